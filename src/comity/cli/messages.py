"""Messages from the command line; called where the office is open and the bureau's scope is entered."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from comity.cli.callers import caller_named
from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HandlingLabel, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, InputError, NotFoundError
from comity.kernel.ids import BureauId, MessageId, ThreadId, UnitId
from comity.protocol.evidence import ReceiptBundle
from comity.protocol.forms import ShownField, shown

if TYPE_CHECKING:
    from comity.office.releases.lines import WaitingLine


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What `message send` is told."""

    recipients: list[BureauId] = []
    reach: str = ""
    """`all` or `region:NAME` in place of recipients."""
    form: str = "free_text"
    fields: dict[str, Any] = {}
    subject: str = ""
    text: str = ""
    priority: Priority | None = None
    """None: the form's own."""
    label: HandlingLabel = HandlingLabel.OFFICIAL
    thread_id: ThreadId | None = None
    show_recipients: bool = False
    attachments: list[str] = []
    """Ids of files that were attached (`cli.attachments.attach_file`)."""


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `message list`."""

    message_id: str
    thread_id: str
    sender: str
    recipient: str
    """Empty for one of several."""
    recipients: list[str]
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
    coded: list[ShownField]
    """The coded fields in words, in the language asked for."""
    envelope_digest: str
    relayed_at: str | None
    delivered_at: str | None
    read_at: str | None
    receipts: list[dict[str, Any]]
    """The recipient's signed receipts, as `comity verify receipt` takes them."""


def send(username: str, new: NewMessage, at: datetime) -> "MessageLine | WaitingLine":
    """Send a message in the name of an account; it is durable when this returns, on its way or waiting."""
    from comity.office.messages.drafting import draft_of, recipients_of
    from comity.office.releases.lines import line_of
    from comity.office.releases.services import Waiting, hand_in

    caller = caller_named(username)
    draft = draft_of(
        caller,
        recipients_of(None, new.recipients, new.reach, at),
        form=new.form,
        fields=new.fields,
        subject=new.subject,
        text=new.text,
        priority=new.priority,
        label=new.label,
        thread_id=new.thread_id,
        show_recipients=new.show_recipients,
        attachments=new.attachments,
    )
    (done,) = hand_in(caller, [draft], at)
    return line_of(done) if isinstance(done, Waiting) else MessageLine(**_line(done))


def pass_on(username: str, message_id: MessageId, unit: str, note: str, at: datetime) -> None:
    """Give one message to a unit; raises as `office.messages.passing_on.pass_on`."""
    from comity.office.messages.passing_on import pass_on

    pass_on(caller_named(username), message_id, UnitId(unit), note, at)


def fields_from(pairs: Iterable[str]) -> dict[str, Any]:
    """Return coded fields of `name=value` texts; a name that comes twice makes a list.

    Raises `InputError` (input.wrong_type) for what has no equals sign.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="--field", remedy="Write name=value.")
        if name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[name] = value
    return found


def list_messages(username: str, at: datetime, limit: int) -> list[MessageLine]:
    """Return the newest messages of the bureau."""
    from comity.office.access import require
    from comity.office.messages.models import Message
    from comity.office.messages.visibility import messages_for
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.MESSAGE_LIST, Subject(owner=caller.bureau), at)
    seen = messages_for(caller, Message.objects.select_related("thread"))
    found = seen.order_by("-stored_at")[:limit]
    return [MessageLine(**_line(message)) for message in found]


def show(username: str, message_id: MessageId, at: datetime, language: str = "en") -> ShownMessage:
    """Return one message and mark it as read; raises `NotFoundError` (message.not_found)."""
    from comity.office.forms.services import form_to_show
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
        coded=shown(form_to_show(message.form, message.form_definition), message.fields, language),
        envelope_digest=message.envelope_digest,
        relayed_at=_instant(message.relayed_at),
        delivered_at=_instant(message.delivered_at),
        read_at=_instant(message.read_at),
        receipts=[msgspec.json.decode(row.receipt) for row in message.receipts.order_by("at")],
    )


def receipt_paper(
    username: str, message_id: MessageId, recipient: str, kind: str, at: datetime
) -> ReceiptBundle:
    """Return the paper of one receipt of an own message; empty `recipient` or `kind`: see the service."""
    from comity.office.messages.evidence import receipt_bundle

    return receipt_bundle(
        caller_named(username),
        message_id,
        at,
        recipient=BureauId(recipient) if recipient else None,
        kind=ReceiptKind(kind) if kind else None,
    )


def list_alarms(username: str, at: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the alarms of the line that stand, the newest first, as the machine API does, with words."""
    from comity.office.access import require
    from comity.office.messages import alarm_words, standing
    from comity.office.messages.alarms_api import line_of
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.MESSAGE_LIST, Subject(owner=caller.bureau), at)
    found = [(line_of(alarm), alarm_words.shown(alarm)) for alarm in standing.standing(caller)[:limit]]
    return [msgspec.structs.asdict(line) | {"what": w.what, "remedy": w.remedy} for line, w in found]


def set_alarm_aside(username: str, alarm_id: int, at: datetime) -> None:
    """Set an alarm aside; raises as `office.messages.set_aside.set_aside`."""
    from comity.office.messages.set_aside import set_aside

    set_aside(caller_named(username), alarm_id, at)


def _line(message: Any) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "thread_id": message.thread.thread_id,
        "sender": message.sender,
        "recipient": message.recipient,
        "recipients": message.recipients,
        "form": message.form,
        "priority": message.priority,
        "state": message.state,
        "subject": message.subject,
        "at": to_wire(message.created_at),
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else to_wire(value)
