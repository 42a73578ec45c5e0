"""Django's registration of the app."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """The member directory: invitations, joining, standing of members."""

    name = "comity.office.members"
    label = "members"
    default_auto_field = "django.db.models.BigAutoField"
