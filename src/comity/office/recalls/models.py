"""Recalls and corrections, on both sides: asked for by the sender, applied by each recipient's node."""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from comity.office.scoping import BureauManager


class ChangeKind(StrEnum):
    """What becomes of a message after it was sent."""

    RECALL = "recall"
    """Its content is erased; that it was there, and why it is gone, stays."""
    CORRECTION = "correction"
    """A later message stands in its place; it stays readable."""


class Change(models.Model):
    """One recall or correction of one message, by the message that carries it."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36)
    """The message that is recalled or corrected."""
    kind = models.CharField(max_length=10)
    by = models.CharField(max_length=36)
    """The message that says so; for a correction the new version."""
    sender = models.CharField(max_length=3)
    reason = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    """When it took effect here; a recall that overtook its message waits for it."""
    was_read = models.BooleanField(default=False)
    """Whether somebody here had opened the message by then."""

    objects: ClassVar[models.Manager["Change"]] = BureauManager()

    class Meta:
        """Each carrying message says one thing; what waits is found at once."""

        constraints = [models.UniqueConstraint(fields=["bureau", "by"], name="one_change_per_message")]
        indexes = [
            models.Index(fields=["bureau", "message_id"], name="change_of_message"),
            models.Index(fields=["bureau", "message_id"], condition=Q(applied_at=None), name="change_waits"),
        ]
