"""Use cases at a desk: bring a file in by parts, send it with a message, look at it, get it out again.

Sealing and reading of gigabytes happens outside of transactions; each row changes in one.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Sum

from comity.crypto.encoding import to_text
from comity.crypto.sealing import new_content_key
from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, InputError, LimitError, NotFoundError
from comity.kernel.ids import BlobId, BureauId, MessageId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.attachments import sealing, storage
from comity.office.attachments.limits import MAX_UNSENT_BYTES, MAX_UNSENT_FILES, UNSENT_LIFE
from comity.office.attachments.models import Attachment, AttachmentState, UploadedPart
from comity.office.attachments.relay import MIB, check_part
from comity.office.runtime import home
from comity.protocol.attachments import PART_BYTES, part_count
from comity.protocol.messages import AttachmentRef
from comity.rules.attachments import check_count, check_name, check_size
from comity.rules.decisions import Subject

UNSENT: Final = (AttachmentState.UPLOADING, AttachmentState.STORED)


@dataclass(frozen=True, slots=True)
class Original:
    """A file on its way out of the node."""

    attachment: Attachment
    content: Iterator[bytes]
    """Opened chunk by chunk as it is read."""


def begin(caller: Caller, name: str, size: int, at: datetime) -> Attachment:
    """Begin to attach a file of `size` bytes; its parts follow.

    Raises `InputError` (attachment.name), `LimitError` (attachment.size, attachment.quota),
    `StorageFullError`, `AccessError`.
    """
    access.require(caller, Action.ATTACHMENT_ADD, Subject(owner=caller.bureau), at)
    check_name(name)
    check_size(size)
    storage.require_room(home().path, sealing.sealed_size_of(size), _keep_free())
    _require_quota(size)
    attachment_id = new_id(at)
    made = Attachment(
        attachment_id=attachment_id,
        bureau=caller.bureau,
        blob_id=attachment_id,
        sender=caller.bureau,
        author=caller.officer,
        name=name,
        size=size,
        key=to_text(new_content_key()),
        state=AttachmentState.UPLOADING,
        next_attempt_at=at,
        created_at=at,
        expires_at=at + UNSENT_LIFE,
    )
    sealing.begin(made)
    made.save(force_insert=True)
    return made


def put_part(caller: Caller, attachment_id: str, number: int, data: bytes) -> Attachment:
    """Seal one part into the file; the same part again is fine. Durable when this returns.

    Raises `NotFoundError` (attachment.not_found), `InputError` (attachment.part), `ConflictError`
    (attachment.part_changed, attachment.state), `StorageFullError`.
    """
    attachment = own_unsent(caller, attachment_id)
    _require_state(attachment, AttachmentState.UPLOADING)
    check_part(attachment.size, number, len(data))
    part = _claimed(attachment, number, hashlib.sha256(data).hexdigest())
    if not part.stored:
        storage.require_room(home().path, len(data), _keep_free() // 2)
        sealing.seal_part(attachment, number, data)
        UploadedPart.objects.filter(pk=part.pk).update(stored=True)
    return attachment


def complete(caller: Caller, attachment_id: str, at: datetime) -> Attachment:
    """Close the file: all parts are there, its digest and its type are found. Again is fine.

    Reads the whole file: some seconds for gigabytes. Raises `NotFoundError` (attachment.not_found),
    `ConflictError` (attachment.incomplete, attachment.state), `IntegrityError` (attachment.altered).
    """
    attachment = own_unsent(caller, attachment_id)
    if attachment.state == AttachmentState.STORED:
        return attachment
    if len(stored_parts(attachment)) != part_count(attachment.size):
        raise ConflictError(ErrorCode.ATTACHMENT_INCOMPLETE)
    content = sealing.examine(attachment)
    with transaction.atomic():
        attachment = Attachment.objects.select_for_update().get(pk=attachment.pk)
        if attachment.state == AttachmentState.UPLOADING:
            attachment.sha256, attachment.media_type = content.sha256, content.media_type
            attachment.state = AttachmentState.STORED
            attachment.expires_at = at + UNSENT_LIFE
            attachment.save(update_fields=["sha256", "media_type", "state", "expires_at"])
            UploadedPart.objects.filter(attachment=attachment).delete()
    return attachment


def add_whole(caller: Caller, name: str, data: bytes, at: datetime) -> Attachment:
    """Attach a small file that came in one piece (a form without a script, the command line's pipe)."""
    made = begin(caller, name, len(data), at)
    for number in range(part_count(len(data))):
        put_part(caller, made.attachment_id, number, data[number * PART_BYTES : (number + 1) * PART_BYTES])
    return complete(caller, made.attachment_id, at)


def discard(caller: Caller, attachment_id: str) -> None:
    """Remove a file that was not sent; raises `NotFoundError` (attachment.not_found)."""
    attachment = own_unsent(caller, attachment_id)
    with transaction.atomic():
        gone, _ = Attachment.objects.filter(pk=attachment.pk, message_id="", state__in=UNSENT).delete()
    if gone:
        storage.remove_file(sealing.path_of(attachment))


def unsent(caller: Caller) -> list[Attachment]:
    """Return what the caller has attached and not sent, the oldest first."""
    found = Attachment.objects.filter(author=caller.officer, message_id="", state__in=UNSENT)
    return list(found.order_by("id"))


def send_with(  # noqa: PLR0913, PLR0917 - whose, what, with which message, for whom, until when
    author: str,
    attachment_ids: Sequence[str],
    message_id: MessageId,
    recipients: Iterable[BureauId],
    expires_at: datetime,
    at: datetime,
) -> list[AttachmentRef]:
    """Make files part of a message, in the transaction that writes the message; return what it says of them.

    Raises `LimitError` (attachment.count), `InputError` (input.wrong_type) for an id given twice,
    `NotFoundError` (attachment.not_found) for a file that is not the author's or was sent already,
    `ConflictError` (attachment.incomplete).
    """
    check_count(len(attachment_ids))
    if len(set(attachment_ids)) != len(attachment_ids):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="attachments")
    rows = Attachment.objects.select_for_update().filter(attachment_id__in=attachment_ids)
    found = {row.attachment_id: row for row in rows.filter(author=author, message_id__in=["", message_id])}
    to = sorted(set(recipients))
    for position, attachment_id in enumerate(attachment_ids):
        row = found.get(attachment_id)
        if row is None or row.state not in UNSENT:
            raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND, field="attachments")
        if row.state != AttachmentState.STORED:
            raise ConflictError(ErrorCode.ATTACHMENT_INCOMPLETE, field="attachments")
        row.message_id, row.position, row.recipients = message_id, position, to
        row.state, row.next_attempt_at, row.expires_at = AttachmentState.WAITING, at, expires_at
        row.save()
    return [_ref(found[attachment_id]) for attachment_id in attachment_ids]


def hold(
    author: str, attachment_ids: Sequence[str], message_id: MessageId, until: datetime
) -> list[Attachment]:
    """Keep files for a message that waits for release: in no other, not removed; raises as `send_with`.

    In the transaction that hands the message in.
    """
    check_count(len(attachment_ids))
    rows = Attachment.objects.select_for_update().filter(attachment_id__in=attachment_ids)
    found = {row.attachment_id: row for row in rows.filter(author=author, message_id="")}
    if len(set(attachment_ids)) != len(attachment_ids):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="attachments")
    for position, attachment_id in enumerate(attachment_ids):
        row = found.get(attachment_id)
        if row is None:
            raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND, field="attachments")
        if row.state != AttachmentState.STORED:
            raise ConflictError(ErrorCode.ATTACHMENT_INCOMPLETE, field="attachments")
        row.message_id, row.position, row.expires_at = message_id, position, until
        row.save(update_fields=["message_id", "position", "expires_at"])
    return [found[attachment_id] for attachment_id in attachment_ids]


def let_go(message_id: MessageId, at: datetime) -> None:
    """Give files back to their author: the message for which they were held does not leave."""
    held = Attachment.objects.filter(message_id=message_id, state=AttachmentState.STORED)
    held.update(message_id="", expires_at=at + UNSENT_LIFE)


def of_messages(message_ids: Iterable[str]) -> dict[str, list[Attachment]]:
    """Return the files of messages, in their order, by message; messages without any are left out."""
    found: dict[str, list[Attachment]] = {}
    for row in Attachment.objects.filter(message_id__in=list(message_ids)).order_by("position"):
        found.setdefault(row.message_id, []).append(row)
    return found


def look(caller: Caller, attachment_id: str) -> Attachment:
    """Return what is known of a file, as its message shows it; `NotFoundError` (attachment.not_found)."""
    return _visible(caller, attachment_id)


def open_original(caller: Caller, attachment_id: str, at: datetime, offset: int = 0) -> Original:
    """Return the file's content from `offset` on; who got which, and when, is in the journal first.

    Raises `NotFoundError` (attachment.not_found), `ConflictError` (attachment.state) before it is here,
    (attachment.part) for an offset behind its end.
    """
    attachment = _visible(caller, attachment_id)
    about = f"attachment:{attachment_id}"
    access.require(caller, Action.ATTACHMENT_OPEN, subject_of(caller, attachment), at, about=about)
    if not is_here(attachment):
        raise ConflictError(ErrorCode.ATTACHMENT_STATE)
    if not 0 <= offset <= attachment.size:
        raise ConflictError(ErrorCode.ATTACHMENT_PART, field="offset")
    return Original(attachment, sealing.read(attachment, offset))


def fetch_again(caller: Caller, attachment_id: str, at: datetime) -> Attachment:
    """Begin anew to fetch a received file that failed; raises `ConflictError` (attachment.state)."""
    attachment = _visible(caller, attachment_id)
    about = f"attachment:{attachment_id}"
    access.require(caller, Action.ATTACHMENT_VIEW, subject_of(caller, attachment), at, about=about)
    with transaction.atomic():
        attachment = Attachment.objects.select_for_update().get(pk=attachment.pk)
        _require_state(attachment, AttachmentState.FAILED)
        if attachment.sender == caller.bureau:
            raise ConflictError(ErrorCode.ATTACHMENT_STATE)
        attachment.state, attachment.code = AttachmentState.WAITING, ""
        attachment.parts_done = attachment.attempts = 0
        attachment.next_attempt_at = at
        attachment.save()
    return attachment


def erase(message_ids: Iterable[str]) -> int:
    """Erase the files of messages that are erased, in their transaction; return how many there were.

    Without its row nothing has a file's key; what is left on the disk is swept away after the commit.
    """
    rows = list(Attachment.objects.filter(message_id__in=list(message_ids)))
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    paths = [sealing.path_of(row) for row in rows]
    transaction.on_commit(lambda: storage.remove_files(paths))
    return len(rows)


def own_unsent(caller: Caller, attachment_id: str) -> Attachment:
    """Return the caller's own file that was not sent.

    Raises `NotFoundError` (attachment.not_found) to others, `ConflictError` (attachment.state) once sent.
    """
    found = _visible(caller, attachment_id)
    if found.message_id:
        raise ConflictError(ErrorCode.ATTACHMENT_STATE)
    return found


def stored_parts(attachment: Attachment) -> list[int]:
    """Return the numbers of the parts that are durable here, rising."""
    if attachment.state != AttachmentState.UPLOADING:
        return list(range(part_count(attachment.size)))
    parts = UploadedPart.objects.filter(attachment=attachment, stored=True)
    return list(parts.order_by("number").values_list("number", flat=True))


def is_here(attachment: Attachment) -> bool:
    """Tell whether the whole file is on this node's disk and may be opened."""
    if attachment.sender == attachment.bureau:
        return attachment.state != AttachmentState.UPLOADING
    return attachment.state == AttachmentState.READY


def subject_of(caller: Caller, attachment: Attachment) -> Subject:
    """Return what `rules.decide` is told about a file; the units that may see it only where one asks."""
    if not caller.actor.unit:
        return Subject(owner=caller.bureau)
    if not attachment.message_id:
        return Subject(owner=caller.bureau, units=frozenset({caller.actor.unit}))
    from comity.office.messages import visibility
    from comity.office.messages.models import Message

    carrier = Message.objects.filter(message_id=attachment.message_id).first()
    return Subject(
        owner=caller.bureau,
        units=frozenset() if carrier is None else visibility.units_of_message(carrier),
    )


def _visible(caller: Caller, attachment_id: str) -> Attachment:
    found = Attachment.objects.filter(attachment_id=attachment_id).first()
    if found is None or not _may_see(caller, found):
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    return found


def _may_see(caller: Caller, attachment: Attachment) -> bool:
    """Tell whether a file is there for the caller: unsent ones for their author, others with a message."""
    if not attachment.message_id:
        return attachment.author == caller.officer
    if not caller.actor.unit:
        return True
    from comity.office.messages import visibility
    from comity.office.messages.models import Message

    carrier = Message.objects.filter(message_id=attachment.message_id)
    return visibility.messages_for(caller, carrier).exists()


def _claimed(attachment: Attachment, number: int, digest: str) -> UploadedPart:
    """Write down which content a part has, before it is sealed: a nonce never meets a second content."""
    part, _ = UploadedPart.objects.get_or_create(
        attachment=attachment, number=number, defaults={"sha256": digest, "bureau": attachment.bureau}
    )
    if part.sha256 != digest:
        raise ConflictError(ErrorCode.ATTACHMENT_PART_CHANGED, field="part")
    return part


def _require_state(attachment: Attachment, state: AttachmentState) -> None:
    if attachment.state != state:
        raise ConflictError(ErrorCode.ATTACHMENT_STATE)


def _require_quota(size: int) -> None:
    waiting = Attachment.objects.filter(message_id="", state__in=UNSENT)
    sums = waiting.aggregate(total=Sum("size"), count=Count("id"))
    if (sums["total"] or 0) + size > MAX_UNSENT_BYTES or sums["count"] >= MAX_UNSENT_FILES:
        raise LimitError(ErrorCode.ATTACHMENT_QUOTA)


def _keep_free() -> int:
    return home().settings.attachments.keep_free_mib * MIB


def _ref(attachment: Attachment) -> AttachmentRef:
    return AttachmentRef(
        blob_id=BlobId(attachment.blob_id),
        name=attachment.name,
        media_type=attachment.media_type,
        size=attachment.size,
        sha256=attachment.sha256,
        key=attachment.key,
    )
