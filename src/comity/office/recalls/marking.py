"""At the sender: a correction marks the own message that it corrects, by whatever door it was written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from comity.kernel.codes import MessageForm, MessageState
from comity.kernel.errors import AccessError, ConflictError, ErrorCode, InputError, NotFoundError
from comity.office.messages.models import Message
from comity.office.recalls.models import Change, ChangeKind

_NEVER: Final = frozenset(set(MessageForm) - {MessageForm.FREE_TEXT, MessageForm.CORRECTION})
"""Forms on which nodes act: what they did cannot be taken back by erasing words."""


def may_change(message: Message) -> bool:
    """Tell whether a message is of a kind that can be recalled or corrected."""
    return message.form not in _NEVER


def corrected_by(message: Message) -> str:
    """Return the id of the message that `message` corrects, empty when it is none or names none."""
    named = message.fields.get("message") if message.form == MessageForm.CORRECTION else None
    return named if isinstance(named, str) else ""


def mark_corrected(sent: Sequence[Message], at: datetime) -> None:
    """Mark what messages just stored correct, in the transaction that sends them.

    Raises `NotFoundError` (message.not_found), `AccessError` (recall.not_sender), `ConflictError`
    (recall.not_allowed, recall.done), `InputError` (message.recipient) unless it goes to the very
    recipients of the former version: every recipient's node would refuse the correction or wait for ever.
    """
    for message in sent:
        if named := corrected_by(message):
            _check(_locked(named), message)
            note_change(named, message, ChangeKind.CORRECTION, "", at)


def note_change(message_id: str, by: Message, kind: ChangeKind, reason: str, at: datetime) -> None:
    """Write down that an own message is recalled or corrected by another."""
    Change.objects.create(
        bureau=by.bureau,
        message_id=message_id,
        kind=kind,
        by=by.message_id,
        sender=by.sender,
        reason=reason,
        asked_at=at,
        applied_at=at,
    )


def check_not_recalled(message: Message) -> None:
    """Raise `ConflictError` (recall.done) for a message that was recalled already; lock it before."""
    if Change.objects.filter(message_id=message.message_id, kind=ChangeKind.RECALL).exists():
        raise ConflictError(ErrorCode.RECALL_DONE)


def _locked(message_id: str) -> Message:
    found = Message.objects.select_for_update().filter(message_id=message_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="fields.message")
    return found


def _check(former: Message, by: Message) -> None:
    if by.unit and by.unit != former.unit:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="fields.message")
    if former.state == MessageState.RECEIVED:
        raise AccessError(ErrorCode.RECALL_NOT_SENDER, field="fields.message")
    if not may_change(former):
        raise ConflictError(ErrorCode.RECALL_NOT_ALLOWED, field="fields.message")
    check_not_recalled(former)
    if sorted(former.recipients) != sorted(by.recipients):
        raise InputError(
            ErrorCode.MESSAGE_RECIPIENT,
            field="recipients",
            remedy="A correction goes to all recipients of the message, and to nobody else.",
        )
