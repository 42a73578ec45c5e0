"""Django's registration of the app."""

from django.apps import AppConfig


class RecallsConfig(AppConfig):
    """Recalls and corrections of messages."""

    name = "comity.office.recalls"
    label = "recalls"
    default_auto_field = "django.db.models.BigAutoField"
