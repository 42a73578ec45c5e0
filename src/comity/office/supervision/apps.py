"""Django's registration of the app."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """What was done by whom: the node's journal and the searches that were answered."""

    name = "comity.office.supervision"
    label = "supervision"
    default_auto_field = "django.db.models.BigAutoField"
