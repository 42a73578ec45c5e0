"""Django's registration of the app."""

from django.apps import AppConfig


class FormsConfig(AppConfig):
    """Declared forms: the product's and the bureau's own."""

    name = "comity.office.forms"
    label = "forms"
    default_auto_field = "django.db.models.BigAutoField"
