"""The feed at the secretariat. Positions have no gap: the head row is locked in each writing transaction."""

from django.db import models


class FeedHead(models.Model):
    """The one row that gives out positions."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField(default=0)
    chain = models.CharField(max_length=64)


class FeedEntry(models.Model):
    """One position. Salt and body are erased when the record is withdrawn or superseded (I8)."""

    sequence = models.BigIntegerField(primary_key=True)
    record_id = models.CharField(max_length=36, db_index=True)
    version = models.PositiveIntegerField()
    operation = models.CharField(max_length=10)
    """put or withdraw, as written."""
    owner = models.CharField(max_length=3)
    owner_country = models.CharField(max_length=3)
    commitment = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
    salt = models.CharField(max_length=64, null=True)
    body = models.TextField(null=True)
    restrictions = models.JSONField(default=dict)
    """Who may see it: `protocol.records.Restrictions`."""
    previous_restrictions = models.JSONField(null=True)
    """Those of the version before, for readers that lose sight of the record; null for a first version."""
    created_at = models.DateTimeField()

    class Meta:
        """Owners ask for their withdrawals in order."""

        indexes = [models.Index(fields=["owner", "operation", "sequence"])]


class StoredCopyReceipt(models.Model):
    """A copy's signed word on what it has applied and removed."""

    copy = models.CharField(max_length=24)
    sequence = models.BigIntegerField()
    applied_at = models.DateTimeField()
    received_at = models.DateTimeField()
    signed = models.TextField()

    class Meta:
        """Receipts are looked up by copy and position."""

        indexes = [models.Index(fields=["copy", "sequence"])]


class WithdrawalConfirmation(models.Model):
    """Which copy confirmed the removal of which record (I7)."""

    record_id = models.CharField(max_length=36)
    owner = models.CharField(max_length=3)
    sequence = models.BigIntegerField()
    copy = models.CharField(max_length=24)
    confirmed_at = models.DateTimeField()
    receipt = models.ForeignKey(StoredCopyReceipt, on_delete=models.PROTECT)

    class Meta:
        """One confirmation per record and copy."""

        constraints = [
            models.UniqueConstraint(fields=["record_id", "copy"], name="one_confirmation_per_copy"),
        ]
