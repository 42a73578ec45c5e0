"""What a recipient's node does by itself: erase a recalled message, mark a corrected one, confirm it signed.

Runs inside the intake's transaction. Only the original's sender may; a recall or correction that
overtook its message waits and takes effect with it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.codes import MessageState, ReceiptKind
from comity.kernel.errors import AccessError, ConflictError, ErrorCode, TrustError
from comity.kernel.ids import BureauId, is_id
from comity.office.attachments import services as attachments
from comity.office.cases import seen
from comity.office.clocks import services as clocks
from comity.office.messages import receipts
from comity.office.messages.limits import MAX_NOTE, check_line
from comity.office.messages.models import Message, Thread
from comity.office.recalls.marking import may_change
from comity.office.recalls.models import Change, ChangeKind

READ: Final = "read"
UNREAD: Final = "unread"
"""What the signed confirmation says besides: whether somebody had opened the message."""
_RECEIPTS: Final = {ChangeKind.RECALL: ReceiptKind.RECALLED, ChangeKind.CORRECTION: ReceiptKind.CORRECTED}


class RecallFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a recall."""

    message: str
    reason: str


def take_recall(said: RecallFields, sender: BureauId, by: Message, at: datetime) -> None:
    """Erase the message that `by` recalls, now or when it comes.

    Raises `TrustError` (envelope.malformed), `AccessError` (recall.not_sender), `ConflictError`
    (recall.not_allowed): the recall is refused and journaled then, and nothing of it stays.
    """
    check_line(said.reason, "reason", MAX_NOTE)
    _take(said.message, ChangeKind.RECALL, sender, by, said.reason, at)


def take_correction(by: Message, sender: BureauId, at: datetime) -> None:
    """Mark the message that `by` corrects, if it names one; raises as `take_recall`."""
    corrected = by.fields.get("message")
    if isinstance(corrected, str):
        _take(corrected, ChangeKind.CORRECTION, sender, by, "", at)


def take_waiting(messages: Sequence[Message], at: datetime) -> None:
    """Apply what overtook messages that were just stored; in the caller's transaction."""
    by_id = {message.message_id: message for message in messages}
    waiting = Change.objects.filter(message_id__in=list(by_id), applied_at=None).order_by("id")
    for change in waiting:
        message = by_id[change.message_id]
        if change.sender == message.sender and may_change(message):
            _apply(change, message, at)


def recalled(messages: Iterable[Message]) -> set[str]:
    """Return the ids of those messages whose content was erased here, as their sender asked."""
    ids = [message.message_id for message in messages]
    found = Change.objects.filter(message_id__in=ids, kind=ChangeKind.RECALL, applied_at__isnull=False)
    return set(found.values_list("message_id", flat=True))


def confirm_recall_again(message: Message, at: datetime) -> None:
    """Confirm a recall once more, for the envelope that stands for the message now."""
    change = Change.objects.filter(
        message_id=message.message_id, kind=ChangeKind.RECALL, applied_at__isnull=False
    ).latest("id")
    receipts.queue_receipts(ReceiptKind.RECALLED, [message], at, READ if change.was_read else UNREAD)


def _take(  # noqa: PLR0913, PLR0917 - what is changed, how, by whom, by what, why, when
    message_id: str, kind: ChangeKind, sender: BureauId, by: Message, reason: str, at: datetime
) -> None:
    if not is_id(message_id):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    message = (
        Message.objects.select_for_update(of=("self",))
        .select_related("thread")
        .filter(message_id=message_id)
        .first()
    )
    if message is not None:
        _check(message, sender)
    change = Change.objects.create(
        bureau=by.bureau,
        message_id=message_id,
        kind=kind,
        by=by.message_id,
        sender=sender,
        reason=reason,
        asked_at=by.created_at,
    )
    if message is not None:
        _apply(change, message, at)


def _check(message: Message, sender: BureauId) -> None:
    if message.state != MessageState.RECEIVED or message.sender != sender:
        raise AccessError(ErrorCode.RECALL_NOT_SENDER)
    if not may_change(message):
        raise ConflictError(ErrorCode.RECALL_NOT_ALLOWED)


def _apply(change: Change, message: Message, at: datetime) -> None:
    kind = ChangeKind(change.kind)
    change.applied_at, change.was_read = at, message.read_at is not None
    change.save(update_fields=["applied_at", "was_read"])
    if kind is ChangeKind.RECALL:
        _erase(message)
        clocks.stop(message.message_id, change.by, at)
    note = READ if change.was_read else UNREAD
    receipts.queue_receipts(_RECEIPTS[kind], [message], at, note)


def _erase(message: Message) -> None:
    """Erase content, files and subject, also where the thread and replies here repeat the subject."""
    subject, thread = message.subject, message.thread
    message.subject, message.text, message.fields = "", "", {}
    message.form_definition, message.attachments = None, []
    message.save(update_fields=["subject", "text", "fields", "form_definition", "attachments"])
    attachments.erase([message.message_id])
    seen.forget(seen.Source.MESSAGE, [message.message_id])
    if subject:
        Message.objects.filter(thread=thread, subject=subject).update(subject="")
        Thread.objects.filter(pk=thread.pk, subject=subject).update(subject="")
