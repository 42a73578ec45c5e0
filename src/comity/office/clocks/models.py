"""Clocks of requests, one for each bureau that owes an answer; and flash messages to be opened."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from comity.office.scoping import BureauManager
from comity.rules.deadlines import ClockState, state_of


class Side(StrEnum):
    """Who owes the answer."""

    OURS = "ours"
    """This bureau was asked."""
    THEIRS = "theirs"
    """This bureau asked."""


_OPEN = Q(answered_at=None, stopped_at=None)


class RequestClock(models.Model):
    """The clock of one request between this bureau and one other (`rules.deadlines`)."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36)
    """The request."""
    thread_id = models.CharField(max_length=36)
    peer = models.CharField(max_length=3)
    side = models.CharField(max_length=6)
    form = models.CharField(max_length=50)
    priority = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=36, blank=True)
    """Message that answered or stopped it."""
    warned_at = models.DateTimeField(null=True)
    """When the desk was told that it is due soon; once."""
    escalated_at = models.DateTimeField(null=True)
    """When the desk was told that it is overdue; once."""
    seen_at = models.DateTimeField(null=True)
    """When somebody at the desk took note of the last notice."""
    seen_by = models.CharField(max_length=36, blank=True)

    objects: ClassVar[models.Manager["RequestClock"]] = BureauManager()

    class Meta:
        """One per request and bureau; what runs is found at once, the nearest first."""

        constraints = [
            models.UniqueConstraint(fields=["bureau", "message_id", "peer"], name="one_clock_per_peer")
        ]
        indexes = [
            models.Index(fields=["bureau", "due_at"], condition=_OPEN, name="clock_running"),
            models.Index(fields=["bureau", "thread_id"], name="clock_of_thread"),
        ]

    def state(self, at: datetime) -> ClockState:
        """Return how far it has run at `at`."""
        return state_of(
            self.created_at, self.due_at, at, answered_at=self.answered_at, stopped_at=self.stopped_at
        )


class FlashWatch(models.Model):
    """A flash message that came in and is watched until somebody has opened it."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36)
    thread_id = models.CharField(max_length=36)
    sender = models.CharField(max_length=3)
    received_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["FlashWatch"]] = BureauManager()

    class Meta:
        """One per message; few are open."""

        constraints = [models.UniqueConstraint(fields=["bureau", "message_id"], name="one_watch")]
        indexes = [
            models.Index(fields=["bureau", "received_at"], condition=Q(closed_at=None), name="flash_watched")
        ]
