"""Attachments of this bureau, and at the secretariat the sealed files that wait for their recipients."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from comity.office.scoping import BureauManager


class AttachmentState(StrEnum):
    """Where a file is on its way into, out of, or to this bureau."""

    UPLOADING = "uploading"
    """Parts are coming in from the desk."""
    STORED = "stored"
    """Whole, and not sent with a message yet."""
    WAITING = "waiting"
    """Part of a message; to be brought to the relay, or to be fetched."""
    SENDING = "sending"
    SENT = "sent"
    """Whole at the relay."""
    FETCHING = "fetching"
    READY = "ready"
    """Fetched, opened, and the same as the message names."""
    FAILED = "failed"


class Attachment(models.Model):
    """One file of this bureau: its own, or one that came with a message. The file is sealed on the disk."""

    attachment_id = models.CharField(max_length=36, unique=True)
    """Names the sealed file in the data directory."""
    bureau = models.CharField(max_length=3)
    blob_id = models.CharField(max_length=36)
    """What the sealed file is called between nodes; bound into it."""
    message_id = models.CharField(max_length=36, blank=True)
    """Empty until it is sent with a message."""
    position = models.PositiveSmallIntegerField(default=0)
    """Place among the files of its message."""
    sender = models.CharField(max_length=3)
    recipients = models.JSONField(default=list)
    """Bureaus that the message went to; of an own file."""
    author = models.CharField(max_length=36, blank=True)
    """Opaque account id of who attached it; empty for received ones."""
    name = models.CharField(max_length=150)
    media_type = models.CharField(max_length=100, blank=True)
    """From the content; of a received file found anew, not believed."""
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=43)
    """Base64url. Whoever erases it has erased the file."""
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in AttachmentState])
    code = models.CharField(max_length=60, blank=True)
    """Why it failed or waits: a stable code."""
    parts_done = models.PositiveIntegerField(default=0)
    """Parts that are durable at the other end of its present way."""
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    confirmed = models.BooleanField(default=False)
    """Whether the relay was told that it may erase our copy."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    """Until when it is brought and fetched; unsent ones are removed then."""

    objects: ClassVar[models.Manager["Attachment"]] = BureauManager()

    class Meta:
        """Found by message, by blob, and by what is to be done."""

        indexes = [
            models.Index(fields=["bureau", "message_id", "position"]),
            models.Index(fields=["bureau", "blob_id"]),
            models.Index(fields=["bureau", "state", "next_attempt_at"]),
        ]


class UploadedPart(models.Model):
    """A part that came in from the desk. Written down before it is sealed: no number seals two contents."""

    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="parts")
    bureau = models.CharField(max_length=3)
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored = models.BooleanField(default=False)
    """Whether it is durable in the sealed file."""

    objects: ClassVar[models.Manager["UploadedPart"]] = BureauManager()

    class Meta:
        """A number is given once."""

        constraints = [
            models.UniqueConstraint(fields=["attachment", "number"], name="one_content_per_part"),
        ]


class BlobAccount(models.Model):
    """At the secretariat: one row per bureau, locked while what it has waiting is added up."""

    bureau = models.CharField(primary_key=True, max_length=3)


class Blob(models.Model):
    """At the secretariat: a sealed file on its way. Nobody here can read it or knows its name (I3)."""

    blob_id = models.CharField(max_length=36, unique=True)
    sender = models.CharField(max_length=3)
    sealed_size = models.BigIntegerField()
    declared_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    """When every recipient had confirmed, or at expiry."""

    class Meta:
        """Added up per sender; looked through for what has expired."""

        indexes = [models.Index(fields=["sender", "erased_at"]), models.Index(fields=["expires_at"])]


class BlobRecipient(models.Model):
    """At the secretariat: a bureau that may fetch a sealed file."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="recipients")
    recipient = models.CharField(max_length=3)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        """Once each."""

        constraints = [models.UniqueConstraint(fields=["blob", "recipient"], name="one_row_per_recipient")]
