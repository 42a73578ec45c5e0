"""Django's registration of the app."""

from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    """Messages that were shown to the secretariat."""

    name = "comity.office.disclosures"
    label = "disclosures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is done once a disclosure was approved."""
        from comity.office.approvals.kinds import HANDLERS
        from comity.office.approvals.models import ApprovalKind
        from comity.office.disclosures.services import DisclosureHandler

        HANDLERS[ApprovalKind.DISCLOSURE] = DisclosureHandler()
