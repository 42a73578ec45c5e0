"""Messages that were shown to the secretariat. A row stands only on an approval; a trigger sees to that."""

from typing import ClassVar

from django.db import models

from comity.office.approvals.models import Approval
from comity.office.scoping import BureauManager


class Disclosure(models.Model):
    """One message that was sealed to the secretariat; triggers refuse UPDATE, DELETE, and rows unapproved."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36)
    """The message that was disclosed."""
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="disclosure")
    sent_as = models.CharField(max_length=36)
    """Message that carried it to the secretariat."""
    disclosed_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Disclosure"]] = BureauManager()

    class Meta:
        """A message is disclosed once."""

        constraints = [models.UniqueConstraint(fields=["bureau", "message_id"], name="disclosed_once")]
