"""Django's registration of the app."""

from django.apps import AppConfig


class FeedConfig(AppConfig):
    """The secretariat's feed of changes and the receipts of copies."""

    name = "comity.office.feed"
    label = "feed"
    default_auto_field = "django.db.models.BigAutoField"
