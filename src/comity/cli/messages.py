"""Messages from the command line; called where the office is open and the bureau's scope is entered."""

from datetime import datetime
from typing import Any

import msgspec

from comity.cli.callers import caller_named
from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HandlingLabel, Priority
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, MessageId, ThreadId


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What `message send` is told."""

    recipient: BureauId
    subject: str
    text: str
    priority: Priority = Priority.NORMAL
    label: HandlingLabel = HandlingLabel.OFFICIAL
    thread_id: ThreadId | None = None


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `message list`."""

    message_id: str
    thread_id: str
    sender: str
    recipient: str
    form: str
    priority: str
    state: str
    subject: str
    at: str


class ShownMessage(MessageLine, frozen=True, kw_only=True):
    """What `message show` gives."""

    label: str
    text: str
    fields: dict[str, Any]
    envelope_digest: str
    relayed_at: str | None
    delivered_at: str | None
    read_at: str | None
    receipts: list[dict[str, Any]]
    """The recipient's signed receipts, as `comity verify receipt` takes them."""


def send(username: str, new: NewMessage, at: datetime) -> MessageLine:
    """Send a message in the name of an account; it is durable when this returns."""
    from comity.office.messages.services import send_message

    sent = send_message(
        caller_named(username),
        new.recipient,
        new.subject,
        new.text,
        new.priority,
        new.label,
        at,
        thread_id=new.thread_id,
    )
    return MessageLine(**_line(sent))


def list_messages(username: str, at: datetime, limit: int) -> list[MessageLine]:
    """Return the newest messages of the bureau."""
    from comity.office.access import require
    from comity.office.messages.models import Message
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.MESSAGE_LIST, Subject(owner=caller.bureau), at)
    found = Message.objects.select_related("thread").order_by("-stored_at")[:limit]
    return [MessageLine(**_line(message)) for message in found]


def show(username: str, message_id: MessageId, at: datetime) -> ShownMessage:
    """Return one message and mark it as read; raises `NotFoundError` (message.not_found)."""
    from comity.office.messages.models import Message
    from comity.office.messages.services import mark_read

    mark_read(caller_named(username), message_id, at)
    message = Message.objects.filter(message_id=message_id).first()
    if message is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    return ShownMessage(
        **_line(message),
        label=message.label,
        text=message.text,
        fields=message.fields,
        envelope_digest=message.envelope_digest,
        relayed_at=_instant(message.relayed_at),
        delivered_at=_instant(message.delivered_at),
        read_at=_instant(message.read_at),
        receipts=[msgspec.json.decode(row.receipt) for row in message.receipts.order_by("at")],
    )


def _line(message: Any) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "thread_id": message.thread.thread_id,
        "sender": message.sender,
        "recipient": message.recipient,
        "form": message.form,
        "priority": message.priority,
        "state": message.state,
        "subject": message.subject,
        "at": to_wire(message.created_at),
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else to_wire(value)
