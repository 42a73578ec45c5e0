"""Use cases at the sender: recall a message, correct one. Only who sent it may."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from comity.kernel.codes import Action, HandlingLabel, MessageForm, Priority
from comity.kernel.errors import ConflictError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import BureauId, FormId, MessageId, ThreadId, UnitId
from comity.office import access
from comity.office.access import Caller
from comity.office.clocks import services as clocks
from comity.office.messages import services as line
from comity.office.messages.limits import MAX_NOTE, check_line
from comity.office.messages.models import Message
from comity.office.messages.services import Draft, subject_of
from comity.office.recalls.marking import check_not_recalled, may_change, note_change
from comity.office.recalls.models import Change, ChangeKind
from comity.office.releases.demand import grounds_of
from comity.office.releases.services import Act, Waiting, submit
from comity.protocol.forms import declared, require_values


def recall(caller: Caller, message_id: MessageId, reason: str, at: datetime) -> Message | Waiting:
    """Ask every recipient's node to erase a message; return the message that asks, or what waits for release.

    Raises `NotFoundError` (message.not_found, access.not_found), `AccessError` (recall.not_sender),
    `InputError` (input.missing_field, input.too_long, field reason), `ConflictError` (recall.done,
    recall.not_allowed), and as `messages.services.send_all`.
    """
    message = _own(caller, message_id, Action.MESSAGE_RECALL, at)
    fields = {"message": message.message_id, "reason": _reason(reason)}
    draft = _draft(message, MessageForm.RECALL, fields, "")
    with transaction.atomic():
        if _needs_release(draft, at):
            _check_open(message)
            return submit(caller, draft, at, act=Act.RECALL, told={"message_id": message.message_id})
        return perform_recall(draft, {"message_id": message.message_id}, caller.officer, at)


def perform_recall(draft: Draft, told: dict[str, Any], author: str, at: datetime) -> Message:
    """Send the draft of a recall and note what it takes back, in the caller's transaction."""
    message = Message.objects.get(message_id=told["message_id"])
    _check_open(message)
    (sent,) = line.send_drafts([draft], at, author)
    note_change(message.message_id, sent, ChangeKind.RECALL, draft.fields["reason"], at)
    clocks.stop(message.message_id, sent.message_id, at)
    return sent


def correct(
    caller: Caller, message_id: MessageId, fields: dict[str, Any], text: str, at: datetime
) -> Message | Waiting:
    """Send a new version of a message; every recipient's node marks the former one. Return the new one.

    `fields` are those of the declared form `correction`; the message's id is put in here. Raises as
    `recall`, and `InputError` (message.empty, field text; form.…).
    """
    message = _own(caller, message_id, Action.MESSAGE_CORRECT, at)
    if not text.strip():
        raise InputError(ErrorCode.MESSAGE_EMPTY, field="text")
    said = {**fields, "message": message.message_id}
    checked = require_values(declared()[MessageForm.CORRECTION], said)
    with transaction.atomic():
        _check_open(message)
        draft = _draft(message, MessageForm.CORRECTION, checked, text)
        if _needs_release(draft, at):
            return submit(caller, draft, at)
        (sent,) = line.send_drafts([draft], at, caller.officer)
    return sent


def changes_of(messages: Sequence[Message]) -> dict[str, list[Change]]:
    """Return what became of messages, by message, in order of time."""
    found = Change.objects.filter(message_id__in=[one.message_id for one in messages]).order_by("id")
    changes: dict[str, list[Change]] = {}
    for change in found:
        changes.setdefault(change.message_id, []).append(change)
    return changes


def _own(caller: Caller, message_id: MessageId, action: Action, at: datetime) -> Message:
    message = Message.objects.select_related("thread").filter(message_id=message_id).first()
    if message is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    access.require(caller, action, subject_of(message), at, about=f"message:{message_id}")
    if not may_change(message):
        raise ConflictError(ErrorCode.RECALL_NOT_ALLOWED)
    return message


def _needs_release(draft: Draft, at: datetime) -> bool:
    return bool(grounds_of(draft.form, draft.label, draft.priority, draft.recipients, at))


def _check_open(message: Message) -> None:
    """Lock the message; what was recalled is neither recalled nor corrected again."""
    Message.objects.select_for_update().get(pk=message.pk)
    check_not_recalled(message)


def _draft(message: Message, form: MessageForm, fields: dict[str, Any], text: str) -> Draft:
    """Return what goes to the very recipients of `message`, at least urgent: it may overtake it."""
    priority = Priority(message.priority)
    return Draft(
        recipients=tuple(BureauId(code) for code in message.recipients),
        text=text,
        form=FormId(form),
        fields=fields,
        priority=Priority.FLASH if priority is Priority.FLASH else Priority.URGENT,
        label=HandlingLabel(message.label),
        thread_id=ThreadId(message.thread.thread_id),
        in_reply_to=MessageId(message.message_id),
        show_recipients=message.shows_recipients,
        unit=UnitId(message.unit),
    )


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="reason")
    check_line(reason, "reason", MAX_NOTE)
    return reason
