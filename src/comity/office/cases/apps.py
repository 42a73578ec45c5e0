"""Django's registration of the app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Cases of the desk."""

    name = "comity.office.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
