"""What the recipient does with an opened envelope, by its form. Runs inside the intake's transaction."""

from datetime import datetime
from typing import TypeVar

import msgspec

from comity.kernel.codes import MessageForm, MessageState, ReceiptKind
from comity.kernel.errors import ConflictError, ErrorCode, TrustError
from comity.kernel.ids import BureauId, is_id
from comity.node.directory import instant
from comity.office.hits import services as hits
from comity.office.messages import receipts, threads
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT, check_fields, check_line
from comity.office.messages.models import Message
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import EnvelopeHeader, HitAlarm, HitAnswer, Payload

_Form = TypeVar("_Form")


def act_on(payload: Payload, header: EnvelopeHeader, digest: str, sender: Member, at: datetime) -> None:
    """Do what the form asks: store and show a message, open or answer a hit, file a receipt.

    Raises a `ComityError` for what cannot be acted on; the caller then refuses the envelope and
    nothing of it stays.
    """
    _check(payload)
    if payload.form is MessageForm.RECEIPT:
        receipts.take_receipt(payload, sender, at)
        return
    message = _store(payload, header, digest, sender, at)
    if payload.form is MessageForm.HIT_ALARM:
        hits.receive_alarm(fields_of(payload, HitAlarm), payload.thread_id, sender.bureau, at)
    elif payload.form is MessageForm.HIT_ANSWER:
        hits.receive_answer(fields_of(payload, HitAnswer), sender.bureau, at)
    receipts.queue_receipt(ReceiptKind.DELIVERED, message, sender, at)


def fields_of(payload: Payload, form: type[_Form]) -> _Form:
    """Return the coded fields as their type; raises `TrustError` (envelope.malformed)."""
    try:
        return msgspec.convert(payload.fields, form)
    except msgspec.ValidationError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error


def _check(payload: Payload) -> None:
    """Refuse what this node could not store: the sender's own checks are not to be relied on."""
    ids = [payload.thread_id, *([payload.in_reply_to] if payload.in_reply_to is not None else [])]
    if not all(is_id(text) for text in ids):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    check_line(payload.subject, "subject", MAX_SUBJECT)
    check_line(payload.text, "text", MAX_TEXT)
    check_fields(payload.fields)
    if payload.form is MessageForm.FREE_TEXT and payload.fields:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)


def _store(payload: Payload, header: EnvelopeHeader, digest: str, sender: Member, at: datetime) -> Message:
    # An id that is in use here, be it for a message sent from here, must not come again from outside.
    if Message.objects.filter(message_id=header.message_id).exists():
        raise ConflictError(ErrorCode.ENVELOPE_REPLAY)
    bureau = home().bureau
    thread = threads.thread_with(bureau, sender.bureau, payload.thread_id, payload.subject, at)
    threads.touch(thread, at, unread=1)
    return Message.objects.create(
        message_id=header.message_id,
        thread=thread,
        bureau=bureau,
        sender=BureauId(sender.bureau),
        recipient=bureau,
        sequence=header.sequence,
        form=payload.form,
        priority=header.priority,
        label=payload.label,
        subject=payload.subject,
        text=payload.text,
        fields=payload.fields,
        in_reply_to=payload.in_reply_to or "",
        state=MessageState.RECEIVED,
        envelope_digest=digest,
        created_at=instant(header.created_at),
        stored_at=at,
    )
