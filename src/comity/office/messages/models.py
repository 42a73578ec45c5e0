"""Messages and their way. What leaves and what arrives is written with the change it belongs to (I4)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from comity.kernel.codes import MessageState
from comity.office.following import Followed, FollowedManager
from comity.office.scoping import BureauManager

_STATES = [(state.value, state.value) for state in MessageState]


class Thread(models.Model):
    """Messages that belong together, between this bureau and one or several others."""

    thread_id = models.CharField(max_length=36)
    bureau = models.CharField(max_length=3)
    peer = models.CharField(max_length=3, blank=True)
    """The other bureau; empty when there are several."""
    parties = models.JSONField(default=list)
    """Codes of the other bureaus that take part, as far as this one knows, sorted."""
    subject = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    unread = models.PositiveIntegerField(default=0)
    last_order = models.PositiveBigIntegerField(default=0)
    """`order` of the last own message."""

    objects: ClassVar[models.Manager["Thread"]] = BureauManager()

    class Meta:
        """A thread id is unique within a bureau; lists show the newest first."""

        constraints = [models.UniqueConstraint(fields=["bureau", "thread_id"], name="one_thread_per_bureau")]
        indexes = [models.Index(fields=["bureau", "-last_at"])]


class Message(Followed):
    """One message as this bureau sees it: sent or received."""

    LOCK = 1

    message_id = models.CharField(max_length=36, unique=True)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages", db_index=False)
    bureau = models.CharField(max_length=3)
    sender = models.CharField(max_length=3)
    unit = models.CharField(max_length=40, blank=True)
    """Unit below the sender's bureau that wrote it."""
    recipient = models.CharField(max_length=3, blank=True)
    """The recipient; empty at the sender when there are several."""
    recipients = models.JSONField(default=list)
    """All of them at the sender; at a recipient those that the sender shows, else the own bureau."""
    shows_recipients = models.BooleanField(default=False)
    sequence = models.BigIntegerField(default=0)
    """Number of the envelope, per sender, recipient and priority; 0 at the sender of several."""
    order = models.PositiveBigIntegerField(default=0)
    """Rises with each message of the sender in this thread; 0 for what belongs to no order."""
    form = models.CharField(max_length=50)
    form_definition = models.JSONField(null=True)
    priority = models.CharField(max_length=8)
    label = models.CharField(max_length=14)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    attachments = models.JSONField(default=list)
    """JSON of `protocol.messages.AttachmentRef`."""
    in_reply_to = models.CharField(max_length=36, blank=True)
    author = models.CharField(max_length=36, blank=True)
    """Opaque account id of the own author; empty for received ones."""
    state = models.CharField(max_length=10, choices=_STATES)
    """Of an own message to several: the state of the one that is furthest behind."""
    envelope_digest = models.CharField(max_length=64, blank=True)
    """What receipts confirm; empty at the sender of several, where each delivery has its own."""
    sealing_key = models.CharField(max_length=32, blank=True)
    """Id of the own key to which a received one was sealed."""
    created_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    relayed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Message"]] = FollowedManager()

    class Meta:
        """Threads show messages in the order of storing."""

        indexes = [models.Index(fields=["thread", "stored_at"])]


class OutboxItem(models.Model):
    """A sealed envelope with all its stanzas, kept until it expires: it can always be offered again."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36, unique=True)
    priority = models.CharField(max_length=8)
    envelope = models.TextField()
    size = models.PositiveIntegerField(default=0)
    letter = models.TextField(blank=True)
    """JSON of the letter of a control form, which has no message: sealed anew if its number was used."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects: ClassVar[models.Manager["OutboxItem"]] = BureauManager()

    class Meta:
        """What has expired is found at once."""

        indexes = [models.Index(fields=["bureau", "expires_at"], name="outbox_expiry")]


class Delivery(models.Model):
    """One recipient of an own envelope, and how far it is on its way there."""

    bureau = models.CharField(max_length=3)
    item = models.ForeignKey(OutboxItem, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="deliveries")
    """None for control forms."""
    recipient = models.CharField(max_length=3)
    priority = models.CharField(max_length=8)
    rank = models.PositiveSmallIntegerField()
    """0 flash, 1 urgent, 2 normal: lanes in the order in which they leave."""
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=_STATES, default=MessageState.QUEUED.value)
    waiting = models.BooleanField(default=True)
    """To be offered, for the first time or anew; what was delivered can wait once more."""
    again = models.BooleanField(default=False)
    """The recipient asked for it once more: the relay gives it out even if it was acknowledged."""
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=60, blank=True)
    proof = models.TextField(blank=True)
    """JSON of `protocol.evidence.EnvelopeProof`, once the envelope itself is let go."""
    late = models.PositiveSmallIntegerField(default=0)
    """How many of the notices on its lateness the desk has been given."""
    created_at = models.DateTimeField()
    relayed_at = models.DateTimeField(null=True)
    direct_at = models.DateTimeField(null=True)
    """When the recipient's own node took it in without the relay."""
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Delivery"]] = BureauManager()

    class Meta:
        """Numbers are given once; what waits is found in the order in which it leaves."""

        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "recipient", "priority", "sequence"], name="delivery_number"
            ),
        ]
        indexes = [
            models.Index(
                fields=["rank", "next_attempt_at", "id"],
                condition=Q(waiting=True),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["late", "created_at"],
                condition=Q(state__in=[MessageState.QUEUED.value, MessageState.RELAYED.value])
                & Q(message__isnull=False),
                name="delivery_late",
            ),
        ]


class SheetSignature(models.Model):
    """One signature that receipts have in common which came together."""

    bureau = models.CharField(max_length=3)
    signature = models.TextField()
    """JSON of both algorithms' signatures."""

    objects: ClassVar[models.Manager["SheetSignature"]] = BureauManager()


class MessageReceiptRow(models.Model):
    """A recipient's signed receipt, kept with the message for a third party to check."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="receipts", db_index=False)
    bureau = models.CharField(max_length=3)
    recipient = models.CharField(max_length=3, default="")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    receipt = models.TextField()
    """JSON of `protocol.messages.MessageReceipt`, verified before it was stored."""
    sheet = models.ForeignKey(SheetSignature, on_delete=models.PROTECT, null=True, db_index=False)
    """Where its signature stands when others have it too; see `receipts.receipt_in`."""

    objects: ClassVar[models.Manager["MessageReceiptRow"]] = BureauManager()

    class Meta:
        """One receipt per recipient and kind."""

        constraints = [
            models.UniqueConstraint(fields=["message", "recipient", "kind"], name="one_receipt_per_kind")
        ]


class SendLane(models.Model):
    """The last number given to one recipient in one priority; locked while the next one is given."""

    bureau = models.CharField(max_length=3)
    peer = models.CharField(max_length=3)
    priority = models.CharField(max_length=8)
    last_sent = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager["SendLane"]] = BureauManager()

    class Meta:
        """One row per lane."""

        constraints = [models.UniqueConstraint(fields=["bureau", "peer", "priority"], name="one_send_lane")]


class TakeLane(models.Model):
    """How far one sender's messages of one priority were taken in; locked while the next ones are."""

    bureau = models.CharField(max_length=3)
    sender = models.CharField(max_length=24)
    priority = models.CharField(max_length=8)
    last_taken = models.BigIntegerField(default=0)
    """Everything up to this number is taken in, refused for good, or given up."""
    highest = models.BigIntegerField(default=0)
    """The highest number heard of: above `last_taken`, something is missing."""
    gap_since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    """When the sender was last asked for what is missing."""
    void_from = models.BigIntegerField(default=0)
    void_to = models.BigIntegerField(default=0)
    """Numbers above the one and up to the other were given by a sender that had forgotten what it gave
    before: they count as used."""

    objects: ClassVar[models.Manager["TakeLane"]] = BureauManager()

    class Meta:
        """One row per lane."""

        constraints = [models.UniqueConstraint(fields=["bureau", "sender", "priority"], name="one_take_lane")]


class InboxEnvelope(models.Model):
    """Every envelope that reached this bureau: the guard against replay, never thinned out (I4)."""

    TAKEN = "taken"
    HELD = "held"
    """Stored and not acted on: an earlier number of its lane is missing."""
    REFUSED = "refused"
    """Its sender did sign it, but it cannot be acted on; its number counts."""
    FORGED = "forged"
    """Nobody's signature holds; the number in it says nothing."""

    message_id = models.CharField(max_length=36)
    bureau = models.CharField(max_length=3)
    sender = models.CharField(max_length=24)
    priority = models.CharField(max_length=8)
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=TAKEN)
    refused_code = models.CharField(max_length=60, blank=True)
    envelope = models.TextField(blank=True)
    """Of a held one, until it is acted on."""

    objects: ClassVar[models.Manager["InboxEnvelope"]] = BureauManager()

    class Meta:
        """An id and a number are taken in once."""

        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "message_id"], condition=Q(refused_code=""), name="inbox_id_once"
            ),
            models.UniqueConstraint(
                fields=["bureau", "sender", "priority", "sequence"],
                condition=Q(refused_code=""),
                name="inbox_number_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["bureau", "sender", "priority", "sequence"],
                condition=~Q(state="taken"),
                name="inbox_not_taken",
            )
        ]


class LineAlarm(models.Model):
    """Something about the line that the desk must know: late, expired, missing or given up messages."""

    bureau = models.CharField(max_length=3)
    kind = models.CharField(max_length=20)
    """A code of `alarms.AlarmKind`."""
    peer = models.CharField(max_length=3)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="alarms")
    key = models.CharField(max_length=60)
    """What it is about: the same thing raises no second alarm."""
    detail = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=36, blank=True)
    """Opaque account id of who set it aside; empty when it ended by itself."""

    objects: ClassVar[models.Manager["LineAlarm"]] = BureauManager()

    class Meta:
        """Raised once; what stands open is found at once."""

        constraints = [models.UniqueConstraint(fields=["bureau", "kind", "peer", "key"], name="alarm_once")]
        indexes = [
            models.Index(
                fields=["bureau", "-raised_at"], condition=Q(cleared_at__isnull=True), name="alarm_open"
            )
        ]


class RelayMessage(models.Model):
    """At the secretariat: what all recipients of an envelope share; ciphertext and header only (I3)."""

    message_id = models.CharField(primary_key=True, max_length=36)
    sender = models.CharField(max_length=24)
    priority = models.CharField(max_length=8)
    digest = models.CharField(max_length=64)
    envelope = models.TextField(blank=True)
    """JSON of the envelope without stanzas; erased once every recipient has acknowledged."""
    received_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        """What has expired is found at once."""

        indexes = [models.Index(fields=["expires_at"], name="relay_expiry")]


class RelayStanza(models.Model):
    """At the secretariat: one recipient's part of an envelope, waiting until it is acknowledged."""

    message = models.ForeignKey(
        RelayMessage, on_delete=models.CASCADE, related_name="stanzas", db_index=False
    )
    recipient = models.CharField(max_length=3)
    sender = models.CharField(max_length=24)
    priority = models.CharField(max_length=8)
    rank = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField()
    size = models.PositiveIntegerField()
    """Bytes of the recipient's copy."""
    stanza = models.TextField(blank=True)
    """JSON; erased once acknowledged."""
    received_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        """Recipients read what waits, the most urgent first; numbers are given once."""

        constraints = [
            models.UniqueConstraint(
                fields=["sender", "recipient", "priority", "sequence"], name="relay_number"
            ),
            models.UniqueConstraint(fields=["message", "recipient"], name="relay_once"),
        ]
        indexes = [
            models.Index(
                fields=["recipient", "rank", "id"],
                condition=Q(acknowledged_at__isnull=True),
                name="relay_waiting",
            )
        ]


class RelayLane(models.Model):
    """At the secretariat: the highest number seen of one sender, recipient and priority; kept for ever."""

    sender = models.CharField(max_length=24)
    recipient = models.CharField(max_length=3)
    priority = models.CharField(max_length=8)
    highest = models.BigIntegerField(default=0)

    class Meta:
        """One row per lane."""

        constraints = [
            models.UniqueConstraint(fields=["sender", "recipient", "priority"], name="one_relay_lane")
        ]
