"""Messages and their way. Outbox and inbox rows are written with the business change they belong to (I4)."""

from typing import ClassVar

from django.db import models

from comity.kernel.codes import MessageState
from comity.office.scoping import BureauManager


class Thread(models.Model):
    """Messages that belong together."""

    thread_id = models.CharField(max_length=36)
    bureau = models.CharField(max_length=3)
    peer = models.CharField(max_length=3)
    """The other bureau."""
    subject = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    unread = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["Thread"]] = BureauManager()

    class Meta:
        """A thread id is unique within a bureau; lists show the newest first."""

        constraints = [models.UniqueConstraint(fields=["bureau", "thread_id"], name="one_thread_per_bureau")]
        indexes = [models.Index(fields=["bureau", "-last_at"])]


class Message(models.Model):
    """One message as this bureau sees it: sent or received."""

    message_id = models.CharField(max_length=36, unique=True)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    bureau = models.CharField(max_length=3)
    sender = models.CharField(max_length=3)
    recipient = models.CharField(max_length=3)
    sequence = models.BigIntegerField()
    """Of the envelope, per sender and recipient; gives the order within a thread per sender."""
    form = models.CharField(max_length=20)
    priority = models.CharField(max_length=8)
    label = models.CharField(max_length=14)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    in_reply_to = models.CharField(max_length=36, blank=True)
    author = models.CharField(max_length=36, blank=True)
    """Opaque account id of the own author; empty for received ones."""
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in MessageState])
    envelope_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    relayed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Message"]] = BureauManager()

    class Meta:
        """Threads show messages in the order of storing."""

        indexes = [models.Index(fields=["thread", "stored_at"])]


class MessageReceiptRow(models.Model):
    """A recipient's signed receipt, kept with the message for a third party to check."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts")
    bureau = models.CharField(max_length=3)
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    receipt = models.TextField()
    """JSON of `protocol.messages.MessageReceipt`, verified before it was stored."""

    objects: ClassVar[models.Manager["MessageReceiptRow"]] = BureauManager()

    class Meta:
        """One receipt per kind."""

        constraints = [models.UniqueConstraint(fields=["message", "kind"], name="one_receipt_per_kind")]


class OutboxItem(models.Model):
    """A sealed envelope that waits for the relay. Lives until the relay has it."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36, unique=True)
    recipient = models.CharField(max_length=3)
    sequence = models.BigIntegerField()
    priority = models.CharField(max_length=8)
    envelope = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager["OutboxItem"]] = BureauManager()

    class Meta:
        """Sequence numbers are given once."""

        constraints = [
            models.UniqueConstraint(fields=["bureau", "recipient", "sequence"], name="outbox_order"),
        ]


class PeerCounter(models.Model):
    """Last sequence number sent to a peer, and last one taken in from it."""

    bureau = models.CharField(max_length=3)
    peer = models.CharField(max_length=3)
    last_sent = models.BigIntegerField(default=0)
    last_received = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["PeerCounter"]] = BureauManager()

    class Meta:
        """One row per peer."""

        constraints = [models.UniqueConstraint(fields=["bureau", "peer"], name="one_counter_per_peer")]


class InboxEnvelope(models.Model):
    """Every envelope that reached this bureau, taken in or refused: the guard against replay."""

    message_id = models.CharField(max_length=36)
    bureau = models.CharField(max_length=3)
    sender = models.CharField(max_length=24)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    refused_code = models.CharField(max_length=60, blank=True)

    objects: ClassVar[models.Manager["InboxEnvelope"]] = BureauManager()

    class Meta:
        """An id is taken in once."""

        constraints = [models.UniqueConstraint(fields=["bureau", "message_id", "digest"], name="inbox_once")]


class RelayCursor(models.Model):
    """How far this bureau has taken in its mail at the relay."""

    bureau = models.CharField(primary_key=True, max_length=3)
    position = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["RelayCursor"]] = BureauManager()


class RelayMailbox(models.Model):
    """At the secretariat: one row per recipient, locked while an envelope gets its position."""

    recipient = models.CharField(primary_key=True, max_length=3)


class RelayEnvelope(models.Model):
    """At the secretariat: a sealed envelope on its way; ciphertext and header only (I3)."""

    position = models.BigAutoField(primary_key=True)
    message_id = models.CharField(max_length=36, unique=True)
    sender = models.CharField(max_length=24)
    recipient = models.CharField(max_length=3)
    sequence = models.BigIntegerField()
    priority = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)
    envelope = models.TextField(blank=True)
    """Erased once the recipient has acknowledged."""
    received_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        """Recipients read their own by position."""

        indexes = [models.Index(fields=["recipient", "position"])]
        constraints = [
            models.UniqueConstraint(fields=["sender", "recipient", "sequence"], name="relay_order"),
        ]
