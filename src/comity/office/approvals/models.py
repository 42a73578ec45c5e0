"""Requests for a second person's approval. The database itself refuses what the rule forbids (`guards`)."""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from comity.office.following import Followed, FollowedManager
from comity.office.people.models import Account


class ApprovalKind(StrEnum):
    """What is asked for."""

    DISCLOSURE = "disclosure"
    """Showing one message to the secretariat."""
    RELEASE = "release"
    """Letting one message leave."""


class ApprovalState(StrEnum):
    """A request waits until somebody else has decided it; then it never changes again."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


_NOT_DECIDED = Q(state=ApprovalState.WAITING, decided_by=None, decided_at=None, decided_hash="")
_DECIDED = Q(
    state__in=[ApprovalState.APPROVED, ApprovalState.REFUSED],
    decided_by__isnull=False,
    decided_at__isnull=False,
)


class Approval(Followed):
    """One request, by whom, for exactly which content, and what another person said to it.

    Triggers keep everything but the decision as it was asked for, let a decision be made once, and
    refuse DELETE.
    """

    LOCK = 3

    approval_id = models.CharField(max_length=36, unique=True)
    bureau = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=80)
    """`kind:id` of the thing, never personal data."""
    content_hash = models.CharField(max_length=64)
    """`services.content_hash` of what the request was about when it was made, hexadecimal."""
    reason = models.TextField()
    requested_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=ApprovalState.WAITING.value)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decided_hash = models.CharField(max_length=64, default="", blank=True)
    """Hash of what the second person had before their eyes."""
    note = models.TextField(blank=True, default="")
    """Why it was refused."""

    objects: ClassVar[models.Manager["Approval"]] = FollowedManager()

    class Meta:
        """The rule of two people, in the database too."""

        indexes = [models.Index(fields=["bureau", "state", "requested_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="approval_two_people",
            ),
            models.CheckConstraint(condition=_NOT_DECIDED | _DECIDED, name="approval_state_fits"),
            models.CheckConstraint(
                condition=~Q(state=ApprovalState.APPROVED) | Q(decided_hash=F("content_hash")),
                name="approval_of_this_content",
            ),
            models.UniqueConstraint(
                fields=["bureau", "kind", "subject"],
                condition=Q(state=ApprovalState.WAITING),
                name="approval_asked_once",
            ),
        ]
