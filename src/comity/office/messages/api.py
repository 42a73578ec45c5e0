"""Machine API of the line: the same use cases as the desk's pages."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HandlingLabel, MessageForm, MessageState, Priority
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, MessageId, ThreadId
from comity.office import access
from comity.office.access import Caller
from comity.office.machine import operation
from comity.office.messages import services
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT
from comity.office.messages.models import Message, MessageReceiptRow
from comity.protocol.messages import MAX_ENVELOPE_BYTES, MessageReceipt
from comity.rules.decisions import Context, Obligation, Subject, decide

MAX_LIST: Final = 200
"""Headers on one page of the list."""


class MessageDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message to send. In a thread an empty subject means the thread's."""

    recipient: Annotated[BureauId, Meta(pattern="^(SEC|[A-Z]{2})$")]
    subject: Annotated[str, Meta(max_length=MAX_SUBJECT)] = ""
    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    priority: Priority = Priority.NORMAL
    label: HandlingLabel = HandlingLabel.OFFICIAL
    thread_id: UUID | None = None
    in_reply_to: UUID | None = None


class MessageHeader(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `subject` is empty for who may see headers only."""

    id: int
    """Rises in the order of storing; give the last one as `after` to go on."""
    message_id: str
    thread_id: str
    sender: str
    recipient: str
    form: MessageForm
    priority: Priority
    label: HandlingLabel
    subject: str
    state: MessageState
    created_at: str
    stored_at: str
    relayed_at: str | None
    delivered_at: str | None
    read_at: str | None


class MessageList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; the list is at its end when the page is not full."""

    messages: list[MessageHeader]


class MessageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One message with all that belongs to it."""

    header: MessageHeader
    text: str
    fields: dict[str, Any]
    in_reply_to: str | None
    envelope_digest: str
    receipts: list[MessageReceipt]
    """The recipient's signed receipts; docs/protocol/envelope.md says how to check one."""


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which messages to list."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 50
    thread_id: UUID | None = None


@operation(
    Action.MESSAGE_LIST,
    "GET",
    summary="List the bureau's messages, oldest first.",
    query=ListQuery,
    answer=MessageList,
)
def list_messages(caller: Caller, at: datetime, query: ListQuery) -> MessageList:
    """Return a page of headers."""
    own = Subject(owner=caller.bureau)
    decision = decide(caller.actor, Action.MESSAGE_LIST, own, Context(at=at))
    decision.require()
    bare = Obligation.HEADERS_ONLY in decision.obligations
    found = Message.objects.filter(bureau=caller.bureau, id__gt=query.after)
    if query.thread_id is not None:
        found = found.filter(thread__thread_id=str(query.thread_id))
    rows = found.select_related("thread").order_by("id")[: query.limit]
    return MessageList(messages=[_header(row, bare=bare) for row in rows])


@operation(
    Action.MESSAGE_SEND,
    "POST",
    summary="Send a message to another bureau, sealed to it.",
    body=MessageDraft,
    answer=MessageAnswer,
    status=201,
    max_bytes=MAX_ENVELOPE_BYTES,
    errors=(409, 503),
    examples={
        "message": {
            "recipient": "SEC",
            "subject": "Question on a document",
            "text": "Please confirm the type of document PX0000001.",
            "priority": "urgent",
        }
    },
)
def send(caller: Caller, at: datetime, body: MessageDraft) -> MessageAnswer:
    """Send it; it is durable when the answer leaves."""
    message = services.send_message(
        caller,
        body.recipient,
        body.subject,
        body.text,
        body.priority,
        body.label,
        at,
        thread_id=None if body.thread_id is None else ThreadId(str(body.thread_id)),
        in_reply_to=None if body.in_reply_to is None else MessageId(str(body.in_reply_to)),
    )
    return _answer(message)


@operation(Action.MESSAGE_VIEW, "GET", summary="Read one message.", answer=MessageAnswer)
def read_message(caller: Caller, at: datetime, message_id: UUID) -> MessageAnswer:
    """Return the message; it does not count as read by a person."""
    found = Message.objects.select_related("thread").filter(message_id=str(message_id)).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    access.require(caller, Action.MESSAGE_VIEW, services.subject_of(found), at, about=f"message:{message_id}")
    return _answer(found)


@operation(
    Action.MESSAGE_VIEW,
    "POST",
    summary="Say that a person has read a received message; its sender gets a signed receipt.",
    answer=MessageAnswer,
)
def mark_read(caller: Caller, at: datetime, message_id: UUID) -> MessageAnswer:
    """Note it, once."""
    return _answer(services.mark_read(caller, MessageId(str(message_id)), at))


def _answer(message: Message) -> MessageAnswer:
    rows = MessageReceiptRow.objects.filter(message=message).select_related("message__thread").order_by("id")
    receipts = list(rows)
    if receipts:
        # One statement, one snapshot: the state shown is never behind the receipts shown with it.
        message = receipts[0].message
    return MessageAnswer(
        header=_header(message, bare=False),
        text=message.text,
        fields=message.fields,
        in_reply_to=message.in_reply_to or None,
        envelope_digest=message.envelope_digest,
        receipts=[msgspec.json.decode(row.receipt, type=MessageReceipt) for row in receipts],
    )


def _header(message: Message, *, bare: bool) -> MessageHeader:
    return MessageHeader(
        id=message.pk,
        message_id=message.message_id,
        thread_id=message.thread.thread_id,
        sender=message.sender,
        recipient=message.recipient,
        form=MessageForm(message.form),
        priority=Priority(message.priority),
        label=HandlingLabel(message.label),
        subject="" if bare else message.subject,
        state=MessageState(message.state),
        created_at=to_wire(message.created_at),
        stored_at=to_wire(message.stored_at),
        relayed_at=_wire(message.relayed_at),
        delivered_at=_wire(message.delivered_at),
        read_at=_wire(message.read_at),
    )


def _wire(instant: datetime | None) -> str | None:
    return None if instant is None else to_wire(instant)
