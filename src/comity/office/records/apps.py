"""Django's registration of the app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Records: an owner's own, and at the secretariat the international collections."""

    name = "comity.office.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"
