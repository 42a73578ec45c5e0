"""Django's registration of the app."""

from django.apps import AppConfig


class RecallsConfig(AppConfig):
    """Recalls and corrections of messages."""

    name = "comity.office.recalls"
    label = "recalls"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is done once the release of a recall was approved."""
        from comity.office.recalls.services import perform_recall
        from comity.office.releases.services import ACTS, Act

        ACTS[Act.RECALL] = perform_recall
