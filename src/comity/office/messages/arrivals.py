"""An opened envelope on its way to the desk, and storing what it says as messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from comity.kernel.codes import MessageForm, MessageState
from comity.kernel.errors import ComityError, ConflictError, ErrorCode, TrustError
from comity.kernel.ids import BureauId, is_id
from comity.node.directory import instant
from comity.office.attachments.arriving import Expected, check_refs, expect_all
from comity.office.cases import seen
from comity.office.clocks import services as clocks
from comity.office.exports import proofs
from comity.office.messages import threads
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT, check_fields, check_line
from comity.office.messages.models import Message, Thread
from comity.office.messages.outgoing import CONTROL_FORMS
from comity.office.messages.threads import Opening
from comity.office.recalls import applying as changes
from comity.office.runtime import home
from comity.protocol.evidence import EnvelopeProof
from comity.protocol.forms import form_received
from comity.protocol.members import Member
from comity.protocol.messages import EnvelopeHeader, Letter

_Form = TypeVar("_Form")
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a verified envelope holds. Nothing of it is stored yet."""

    header: EnvelopeHeader
    sequence: int
    digest: str
    sealing_key: str
    """Id of the own key to which it was sealed."""
    sender: Member
    letter: Letter
    proof: EnvelopeProof
    """What is kept of the envelope."""

    @property
    def form(self) -> str:
        """The form's id."""
        return self.letter.header.form

    @property
    def is_control(self) -> bool:
        """Whether it is meant for the node alone."""
        return self.form in CONTROL_FORMS


def fields_of(arrival: Arrival, form: type[_Form]) -> _Form:
    """Return the coded fields as their type; raises `TrustError` (envelope.malformed)."""
    try:
        return msgspec.convert(arrival.letter.payload.fields, form)
    except msgspec.ValidationError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error


def check(arrival: Arrival) -> None:
    """Refuse what this node could not store: the sender's own checks are not to be relied on."""
    sealed, payload = arrival.letter.header, arrival.letter.payload
    ids = [sealed.thread_id, *([sealed.in_reply_to] if sealed.in_reply_to is not None else [])]
    if not all(is_id(text) for text in ids):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    check_line(payload.subject, "subject", MAX_SUBJECT)
    check_line(payload.text, "text", MAX_TEXT)
    if not arrival.is_control:
        check_fields(payload.fields)
        form_received(arrival.form, payload.form_definition, BureauId(arrival.sender.bureau))
    check_refs(payload.attachments)
    if arrival.form == MessageForm.FREE_TEXT and payload.fields:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)


def store_all(arrivals: Sequence[Arrival], at: datetime) -> tuple[list[Message], list[ComityError | None]]:
    """Store messages in their threads; return them, and for each arrival what refuses it.

    Needs an open transaction. Their receipts are the caller's, last of all.
    """
    refused = _known_ids(arrivals)
    sound = [arrival for arrival, error in zip(arrivals, refused, strict=True) if error is None]
    opened = threads.lock_all(home().bureau, [_opening(arrival) for arrival in sound], at)
    messages: list[Message] = []
    touched: dict[str, Thread] = {}
    files: list[Expected] = []
    for place, arrival in enumerate(arrivals):
        if refused[place] is not None:
            continue
        thread = opened[arrival.letter.header.thread_id]
        refused[place] = _refusal(thread, arrival)
        if refused[place] is None:
            messages.append(_message(arrival, thread, at))
            files += _files(arrival)
            _touch(thread, arrival, at)
            touched[thread.thread_id] = thread
    threads.save_all(list(touched.values()))
    expect_all(files, at)
    stored = Message.objects.bulk_create(messages, batch_size=_BATCH)
    proofs.keep([one.proof for one, error in zip(arrivals, refused, strict=True) if error is None])
    clocks.note(stored, at)
    seen.note_messages(stored)
    changes.take_waiting(stored, at)
    return stored, refused


def _known_ids(arrivals: Sequence[Arrival]) -> list[ComityError | None]:
    """An id that is in use here, be it for a message sent from here, must not come again from outside."""
    ids = [arrival.header.message_id for arrival in arrivals]
    known = set(Message.objects.filter(message_id__in=ids).values_list("message_id", flat=True))
    return [ConflictError(ErrorCode.ENVELOPE_REPLAY) if one in known else None for one in ids]


def _opening(arrival: Arrival) -> Opening:
    sealed = arrival.letter.header
    parties = frozenset({arrival.sender.bureau, *(sealed.recipients or [])})
    return Opening(sealed.thread_id, parties, arrival.letter.payload.subject)


def _refusal(thread: Thread, arrival: Arrival) -> ComityError | None:
    try:
        threads.check_party(thread, [arrival.sender.bureau])
    except ConflictError as error:
        return error
    return None


def _files(arrival: Arrival) -> list[Expected]:
    refs = arrival.letter.payload.attachments
    if not refs:
        return []
    header = arrival.header
    return [Expected(header.message_id, arrival.sender.bureau, instant(header.expires_at), refs)]


def _touch(thread: Thread, arrival: Arrival, at: datetime) -> None:
    threads.introduce(thread, arrival.letter.header.recipients or [])
    thread.unread += 1
    thread.last_at = max(thread.last_at, at)


def _message(arrival: Arrival, thread: Thread, at: datetime) -> Message:
    header, sealed, payload = arrival.header, arrival.letter.header, arrival.letter.payload
    bureau = home().bureau
    return Message(
        message_id=header.message_id,
        thread=thread,
        bureau=bureau,
        sender=BureauId(arrival.sender.bureau),
        unit=sealed.unit,
        recipient=bureau,
        recipients=sealed.recipients or [bureau],
        shows_recipients=sealed.recipients is not None,
        sequence=arrival.sequence,
        order=sealed.order,
        form=sealed.form,
        form_definition=payload.form_definition,
        priority=header.priority,
        label=sealed.label,
        subject=payload.subject,
        text=payload.text,
        fields=payload.fields,
        attachments=msgspec.to_builtins(payload.attachments),
        in_reply_to=sealed.in_reply_to or "",
        state=MessageState.RECEIVED,
        envelope_digest=arrival.digest,
        sealing_key=arrival.sealing_key,
        created_at=instant(header.created_at),
        stored_at=at,
    )
