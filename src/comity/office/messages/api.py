"""Machine API of the line: the same use cases as the desk's pages."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HandlingLabel, MessageForm, MessageState, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, MessageId, UnitId
from comity.office import access
from comity.office.access import Caller
from comity.office.attachments.lines import AttachmentLine, lines_of
from comity.office.following import settled
from comity.office.machine import operation
from comity.office.messages import alarms_api, evidence, passing_on, services, visibility
from comity.office.messages.alarms_api import AlarmLine
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT
from comity.office.messages.models import Delivery, Message, MessageReceiptRow
from comity.office.messages.receipts import receipt_in
from comity.office.units.models import PassedOn
from comity.office.units.services import MAX_NOTE
from comity.protocol.evidence import ReceiptBundle
from comity.protocol.messages import MAX_RECIPIENTS, MessageReceipt
from comity.rules.attachments import MAX_FILES
from comity.rules.decisions import Context, Obligation, Subject, decide

MAX_LIST: Final = 200
"""Headers on one page of the list."""
Code = Annotated[BureauId, Meta(pattern="^(SEC|[A-Z]{2})$")]


class MessageDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message to send, to `recipient`, `recipients` or `reach`.

    In a thread an empty subject means the thread's; elsewhere only a coded form does without.
    """

    recipient: Code | None = None
    recipients: Annotated[list[Code], Meta(max_length=MAX_RECIPIENTS)] = []
    reach: Annotated[str, Meta(pattern="^(all|region:[a-z_]{1,40})$")] | None = None
    """In place of named recipients: `all` bureaus, or those of a region, as they are in force now."""
    form: Annotated[str, Meta(max_length=50)] = MessageForm.FREE_TEXT.value
    """Id of a declared form (GET /api/v1/forms)."""
    fields: dict[str, Any] = {}
    """Coded fields of the form."""
    subject: Annotated[str, Meta(max_length=MAX_SUBJECT)] = ""
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    priority: Priority | None = None
    """Left out, the form's own."""
    label: HandlingLabel = HandlingLabel.OFFICIAL
    thread_id: UUID | None = None
    in_reply_to: UUID | None = None
    show_recipients: bool = False
    """Whether the recipients are told of one another."""
    attachments: Annotated[list[UUID], Meta(max_length=MAX_FILES)] = []
    """Ids of files that were brought in and not sent yet, in their order."""


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient of an own message, and how far it is on its way there."""

    recipient: str
    state: MessageState
    sequence: int
    relayed_at: str | None
    delivered_at: str | None
    read_at: str | None
    answered_at: str | None


class MessageHeader(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `subject` is empty for who may see headers only."""

    id: int
    """Rises in the order of storing; give the last one as `after` to go on."""
    message_id: str
    thread_id: str
    order: int
    """Rises with each message of the sender in this thread."""
    sender: str
    recipient: str
    """Empty for an own message to several."""
    recipients: list[str]
    form: str
    priority: Priority
    label: HandlingLabel
    subject: str
    state: MessageState
    """Of an own message to several: the state of the one that is furthest behind."""
    created_at: str
    stored_at: str
    relayed_at: str | None
    delivered_at: str | None
    read_at: str | None
    answered_at: str | None


class MessageList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; the list is at its end when the page is not full."""

    messages: list[MessageHeader]


class PassedOnLine(msgspec.Struct, frozen=True, kw_only=True):
    """One unit to which a message was passed on."""

    unit: str
    at: str
    read_at: str | None


class PassOnBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which unit, and why."""

    unit: Annotated[UnitId, Meta(min_length=1, max_length=20)]
    note: Annotated[str, Meta(max_length=MAX_NOTE)] = ""


class MessageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One message with all that belongs to it."""

    header: MessageHeader
    text: str
    fields: dict[str, Any]
    form_definition: dict[str, Any] | None
    """Of a bureau's own form, which travels with its messages."""
    passed_on: list[PassedOnLine]
    """Units below this bureau to which the message was given."""
    in_reply_to: str | None
    envelope_digest: str
    attachments: list[AttachmentLine]
    deliveries: list[DeliveryState]
    """Of an own message, one for each recipient."""
    alarms: list[AlarmLine]
    """What stands about its delivery."""
    receipts: list[MessageReceipt]
    """The recipients' signed receipts; docs/protocol/envelope.md says how to check one."""


class ReceiptQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which receipt: of one recipient, of one kind; left out, the one that says most."""

    recipient: Code | None = None
    kind: ReceiptKind | None = None


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
    rows = Message.objects.filter(bureau=caller.bureau, id__gt=query.after, id__lte=settled(Message))
    found = visibility.messages_for(caller, rows)
    if query.thread_id is not None:
        found = found.filter(thread__thread_id=str(query.thread_id))
    rows = found.select_related("thread").order_by("id")[: query.limit]
    return MessageList(messages=[header_of(row, bare=bare) for row in rows])


@operation(Action.MESSAGE_VIEW, "GET", summary="Read one message.", answer=MessageAnswer)
def read_message(caller: Caller, at: datetime, message_id: UUID) -> MessageAnswer:
    """Return the message; it does not count as read by a person."""
    found = Message.objects.select_related("thread").filter(message_id=str(message_id)).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    access.require(
        caller,
        Action.MESSAGE_VIEW,
        services.subject_of(found, caller.actor.unit),
        at,
        about=f"message:{message_id}",
    )
    return answer_of(found)


@operation(
    Action.MESSAGE_VIEW,
    "POST",
    summary="Say that a person has read a received message; its sender gets a signed receipt.",
    answer=MessageAnswer,
)
def mark_read(caller: Caller, at: datetime, message_id: UUID) -> MessageAnswer:
    """Note it, once."""
    return answer_of(services.mark_read(caller, MessageId(str(message_id)), at))


@operation(
    Action.MESSAGE_VIEW,
    "GET",
    summary="Give a receipt of an own message as a paper that proves by itself.",
    query=ReceiptQuery,
    answer=ReceiptBundle,
)
def read_receipt(caller: Caller, at: datetime, message_id: UUID, query: ReceiptQuery) -> ReceiptBundle:
    """Return receipt, what it confirms, and the signed directory; `comity verify receipt` checks it."""
    return evidence.receipt_bundle(
        caller, MessageId(str(message_id)), at, recipient=query.recipient, kind=query.kind
    )


@operation(
    Action.MESSAGE_PASS_ON,
    "POST",
    summary="Give one message to a unit below this bureau; once is enough.",
    body=PassOnBody,
    answer=PassedOnLine,
    errors=(409,),
    examples={"to the customs": {"unit": "customs", "note": "Theirs to answer."}},
)
def pass_on(caller: Caller, at: datetime, message_id: UUID, body: PassOnBody) -> PassedOnLine:
    """Pass it on; the unit's accounts see it from now on."""
    return _passed(passing_on.pass_on(caller, MessageId(str(message_id)), body.unit, body.note, at))


def _passed_on(message: Message) -> "QuerySet[PassedOn]":
    return PassedOn.objects.filter(message_id=message.message_id).select_related("unit").order_by("at")


def _passed(row: PassedOn) -> PassedOnLine:
    return PassedOnLine(unit=row.unit.code, at=to_wire(row.at), read_at=_wire(row.read_at))


def answer_of(message: Message) -> MessageAnswer:
    """Return one message with all that belongs to it."""
    rows = MessageReceiptRow.objects.filter(message=message).select_related("message__thread", "sheet")
    receipts = list(rows.order_by("id"))
    if receipts:
        # One statement, one snapshot: the state shown is never behind the receipts shown with it.
        message = receipts[0].message
    return MessageAnswer(
        header=header_of(message, bare=False),
        text=message.text,
        fields=message.fields,
        form_definition=message.form_definition,
        passed_on=[_passed(row) for row in _passed_on(message)],
        in_reply_to=message.in_reply_to or None,
        envelope_digest=message.envelope_digest,
        attachments=lines_of([message.message_id]).get(message.message_id, []),
        deliveries=[_delivery(row) for row in message.deliveries.order_by("recipient")],
        alarms=alarms_api.lines_of(message),
        receipts=[receipt_in(row) for row in receipts],
    )


def _delivery(row: Delivery) -> DeliveryState:
    return DeliveryState(
        recipient=row.recipient,
        state=MessageState(row.state),
        sequence=row.sequence,
        relayed_at=_wire(row.relayed_at),
        delivered_at=_wire(row.delivered_at),
        read_at=_wire(row.read_at),
        answered_at=_wire(row.answered_at),
    )


def header_of(message: Message, *, bare: bool) -> MessageHeader:
    """Return one line of the list; a `bare` one has no subject."""
    return MessageHeader(
        id=message.pk,
        message_id=message.message_id,
        thread_id=message.thread.thread_id,
        order=message.order,
        sender=message.sender,
        recipient=message.recipient,
        recipients=message.recipients,
        form=message.form,
        priority=Priority(message.priority),
        label=HandlingLabel(message.label),
        subject="" if bare else message.subject,
        state=MessageState(message.state),
        created_at=to_wire(message.created_at),
        stored_at=to_wire(message.stored_at),
        relayed_at=_wire(message.relayed_at),
        delivered_at=_wire(message.delivered_at),
        read_at=_wire(message.read_at),
        answered_at=_wire(message.answered_at),
    )


def _wire(instant: datetime | None) -> str | None:
    return None if instant is None else to_wire(instant)
