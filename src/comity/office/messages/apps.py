"""Django's registration of the app."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Sealed messages: threads, outbox, inbox, relay."""

    name = "comity.office.messages"
    label = "line"
    default_auto_field = "django.db.models.BigAutoField"
