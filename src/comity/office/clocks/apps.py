"""Django's registration of the app."""

from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Requests with a time limit, and flash messages that nobody has opened."""

    name = "comity.office.clocks"
    label = "clocks"
    default_auto_field = "django.db.models.BigAutoField"
