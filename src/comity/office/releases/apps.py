"""Django's registration of the app."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    """Messages that wait for release, and those that were released."""

    name = "comity.office.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is done once a release was approved."""
        from comity.office.approvals.kinds import HANDLERS
        from comity.office.approvals.models import ApprovalKind
        from comity.office.releases.services import ReleaseHandler

        HANDLERS[ApprovalKind.RELEASE] = ReleaseHandler()
