"""Django's registration of the app."""

from django.apps import AppConfig


class UnitsConfig(AppConfig):
    """Units below a bureau and what was passed on to them."""

    name = "comity.office.units"
    label = "units"
    default_auto_field = "django.db.models.BigAutoField"
