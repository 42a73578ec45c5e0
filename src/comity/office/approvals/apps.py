"""Django's registration of the app."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Requests that a second person must approve before they take effect."""

    name = "comity.office.approvals"
    label = "approvals"
    default_auto_field = "django.db.models.BigAutoField"
