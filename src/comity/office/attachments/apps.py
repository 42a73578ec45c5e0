"""Django's registration of the app."""

from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    """Files beside messages, and at the secretariat the sealed ones on their way."""

    name = "comity.office.attachments"
    label = "attachments"
    default_auto_field = "django.db.models.BigAutoField"
