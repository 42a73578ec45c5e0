"""Records as this node knows them.

At a bureau: its own records and what became of them. At the secretariat: all records in force.
"""

from django.db import models

from comity.office.scoping import BureauManager


class RecordState(models.TextChoices):
    """Where a record is on its way."""

    PENDING = "pending"
    """Queued at the owner; the secretariat has not answered yet."""
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


class Record(models.Model):
    """Newest version of one record. `bureau` is the owner. A withdrawn record has no body any more."""

    record_id = models.CharField(primary_key=True, max_length=36)
    bureau = models.CharField(max_length=3)
    collection = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    accepted_version = models.PositiveIntegerField(default=0)
    """Newest version that the secretariat has accepted; 0 before the first."""
    state = models.CharField(max_length=12, choices=RecordState.choices)
    owner_reference = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True)
    """What lists show; erased with the body."""
    body = models.TextField(null=True)
    """Canonical JSON of `protocol.records.RecordBody`."""
    refused_code = models.CharField(max_length=60, blank=True)
    refused_field = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    withdrawn_sequence = models.BigIntegerField(null=True)
    """Feed position of the withdrawal, once the secretariat gave it."""
    copies_confirmed = models.BooleanField(default=False)
    """Every copy has confirmed the withdrawal (I7)."""

    objects = BureauManager()

    class Meta:
        """Lists are read by owner and newest change."""

        indexes = [
            models.Index(fields=["bureau", "-changed_at"]),
            models.Index(fields=["state", "expires_at"]),
        ]


class RecordVersion(models.Model):
    """History of a record: who changed it when. Bodies are erased when the record is withdrawn."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="versions")
    bureau = models.CharField(max_length=3)
    version = models.PositiveIntegerField()
    operation = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True)
    officer = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField()
    body = models.TextField(null=True)

    objects = BureauManager()

    class Meta:
        """One row per version."""

        constraints = [models.UniqueConstraint(fields=["record", "version"], name="one_row_per_version")]


class OutgoingSubmission(models.Model):
    """A signed batch on its way to the secretariat: written with the records it changes."""

    submission_id = models.CharField(primary_key=True, max_length=36)
    bureau = models.CharField(max_length=3)
    signed = models.TextField()
    """JSON of `protocol.records.SignedSubmission`; erased once there is a verdict."""
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="queued")
    """queued, accepted or refused."""
    verdict = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=60, blank=True)

    objects = BureauManager()


class ReceivedSubmission(models.Model):
    """At the secretariat: the verdict given, so that the same submission gets the same answer."""

    submission_id = models.CharField(primary_key=True, max_length=36)
    bureau = models.CharField(max_length=3)
    body_sha256 = models.CharField(max_length=64)
    verdict = models.TextField()
    received_at = models.DateTimeField()

    objects = BureauManager()


class WithdrawalReceipt(models.Model):
    """At the owner: one copy's confirmation that a withdrawn record is gone (I7)."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="withdrawal_receipts")
    bureau = models.CharField(max_length=3)
    copy = models.CharField(max_length=24)
    confirmed_at = models.DateTimeField(null=True)
    """Empty while the copy has not answered."""
    receipt = models.TextField(blank=True)
    """JSON of `protocol.feed.SignedCopyReceipt`, verified before it was stored."""

    objects = BureauManager()

    class Meta:
        """One row per record and copy."""

        constraints = [models.UniqueConstraint(fields=["record", "copy"], name="one_receipt_per_copy")]


class WithdrawalCursor(models.Model):
    """At the owner: up to which feed position it has seen its withdrawals in the secretariat's list."""

    bureau = models.CharField(primary_key=True, max_length=3)
    sequence = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)

    objects = BureauManager()
