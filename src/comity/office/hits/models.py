"""A hit as one of the two desks sees it."""

from typing import ClassVar

from django.db import models

from comity.kernel.codes import HitState
from comity.office.following import Followed, FollowedManager


class HitSide(models.TextChoices):
    """Whose desk this row is on."""

    SEARCHER = "searcher"
    OWNER = "owner"


class HitOutcome(models.TextChoices):
    """What came of it, said by the searching bureau (article 106 of the rules)."""

    LOCATED = "located"
    ARRESTED = "arrested"
    OBJECT_SEIZED = "object_seized"
    LET_GO = "let_go"
    NO_ACTION = "no_action"


class Hit(Followed):
    """One record found by one search, on one desk. The same `hit_id` stands on both desks."""

    LOCK = 2

    hit_id = models.CharField(max_length=36)
    bureau = models.CharField(max_length=3)
    side = models.CharField(max_length=8, choices=HitSide.choices)
    search_id = models.CharField(max_length=36)
    record_id = models.CharField(max_length=36)
    record_version = models.PositiveIntegerField()
    collection = models.CharField(max_length=20)
    owner = models.CharField(max_length=3)
    searcher = models.CharField(max_length=3)
    officer = models.CharField(max_length=36, blank=True)
    purpose = models.CharField(max_length=30)
    strength = models.CharField(max_length=8)
    score = models.PositiveIntegerField()
    asked = models.JSONField(default=list)
    """What was asked, in words."""
    reasons = models.JSONField(default=list)
    view = models.JSONField(default=dict)
    """What the record said when it was found; erased when the record is withdrawn."""
    notify = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in HitState], default="open")
    searched_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    """When the answer is due; the desk's clock counts down to it."""
    owner_told_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=36, blank=True)
    note = models.TextField(blank=True)
    outcome = models.CharField(max_length=16, choices=HitOutcome.choices, blank=True)
    outcome_at = models.DateTimeField(null=True)
    outcome_by = models.CharField(max_length=36, blank=True)
    thread_id = models.CharField(max_length=36, blank=True)

    objects: ClassVar[models.Manager["Hit"]] = FollowedManager()

    class Meta:
        """A search finds a record once; desks list the open ones by due time."""

        constraints = [
            models.UniqueConstraint(fields=["bureau", "hit_id"], name="one_hit_per_desk"),
            models.UniqueConstraint(fields=["bureau", "search_id", "record_id"], name="one_hit_per_search"),
        ]
        indexes = [models.Index(fields=["bureau", "state", "due_at"])]
