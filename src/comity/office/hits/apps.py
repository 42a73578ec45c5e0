"""Django's registration of the app."""

from django.apps import AppConfig


class HitsConfig(AppConfig):
    """Hits: leads that two desks work on until the owner has answered."""

    name = "comity.office.hits"
    label = "hits"
    default_auto_field = "django.db.models.BigAutoField"
