"""Django's registration of the app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Accounts of people, their roles and their grants."""

    name = "comity.office.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
