"""Django's registration of the app."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Threads as files and as paper."""

    name = "comity.office.exports"
    label = "exports"
    default_auto_field = "django.db.models.BigAutoField"
