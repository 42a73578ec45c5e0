"""The door for sealed messages at their recipient: verify → authorise → journal → act.

A page is verified and opened before a transaction begins, then taken in with few and short ones. What
is refused is journaled with its code, noted and passed over: it never blocks what comes behind it. What
comes behind a missing number is held until that number comes (I4).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.codes import Action, MessageForm, ReceiptKind
from comity.kernel.errors import (
    AccessError,
    ComityError,
    ConflictError,
    ErrorCode,
    InputError,
    LimitError,
    NotFoundError,
    TrustError,
)
from comity.kernel.ids import MessageId, NodeId, OfficerId
from comity.node import envelopes
from comity.node.directory import TrustedDirectory
from comity.office.messages import arrivals, forms, receipts, take_lanes
from comity.office.messages.arrivals import Arrival
from comity.office.messages.models import InboxEnvelope
from comity.office.messages.take_lanes import LARGEST_NUMBER, LaneKey, Numbered, Standing, TakeLanes
from comity.office.runtime import home
from comity.office.supervision.journal import Event, record_events
from comity.protocol.members import Member
from comity.protocol.messages import Envelope
from comity.rules.decisions import Actor, Context, Subject, decide

REFUSALS: Final = (TrustError, InputError, AccessError, NotFoundError, ConflictError, LimitError)
"""Faults of the envelope. Everything else is a fault of this node: the envelope waits at the relay."""
OWN_FAULTS: Final = frozenset(
    {
        ErrorCode.DIRECTORY_MISSING,
        ErrorCode.DIRECTORY_EXPIRED,
        ErrorCode.DIRECTORY_SIGNATURE,
        ErrorCode.DIRECTORY_MALFORMED,
    }
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an envelope. It is durable here, whatever it says."""

    message_id: MessageId
    stored: bool
    """False: it was taken in before, or refused."""
    held: bool = False
    """Stored, and not acted on before an earlier one has come."""
    refused: ErrorCode | None = None


@dataclass(slots=True)
class Checked:
    """An envelope outside of any transaction: opened, or what refuses it."""

    envelope: Envelope
    numbered: Numbered
    trusted: bool = False
    """Whether its sender is sure, and with it its number."""
    arrival: Arrival | None = None
    error: ComityError | None = None


def take_in(page: Sequence[Envelope], at: datetime) -> list[Taken]:
    """Take in envelopes from the relay or from their senders. Safe to repeat.

    Raises what keeps this node from taking in anything now; what was taken in before that stays so.
    """
    directory = home().directory.current(at)
    checked = [check(envelope, directory, at) for envelope in page]
    checked.sort(key=lambda one: (one.numbered.lane, one.numbered.sequence))
    taken = [each for run in _runs(checked) for each in _take_run(run, at)]
    for lane in take_lanes.with_gaps(one.numbered.lane.sender for one in checked if one.trusted):
        fill(lane, at)
    return taken


def check(envelope: Envelope, directory: TrustedDirectory, at: datetime) -> Checked:
    """Verify, authorise and open an envelope; raises only faults of this node."""
    checked = Checked(envelope, _numbered(envelope))
    try:
        sender = envelopes.verify(envelope, directory, at, recipient=home().bureau)
        checked.trusted = True
        checked.arrival = _open(envelope, sender, checked.numbered, directory, at)
    except REFUSALS as error:
        if error.code in OWN_FAULTS:
            raise
        checked.error = error
        checked.trusted |= error.code is ErrorCode.ENVELOPE_EXPIRED  # asked after the signature
    return checked


def fill(lane: LaneKey, at: datetime) -> None:
    """Act on what was held in a lane, as far as nothing is missing any more."""
    while _fill_once(lane, at):
        pass


def _open(
    envelope: Envelope, sender: Member, numbered: Numbered, directory: TrustedDirectory, at: datetime
) -> Arrival:
    _authorise(sender, at)
    letter = envelopes.open_envelope(envelope, home().sealing)
    arrival = Arrival(envelope.header, numbered.sequence, numbered.digest, sender, letter)
    arrivals.check(arrival)
    if arrival.form == MessageForm.RECEIPT:
        receipts.verify_all(receipts.read_sheet(letter.payload), sender, directory)
    forms.check_control(arrival)
    return arrival


def _authorise(sender: Member, at: datetime) -> None:
    actor = Actor(
        bureau=sender.bureau, node_role=sender.role, country=sender.country, node=NodeId(sender.node)
    )
    subject = Subject(owner=sender.bureau, recipients=frozenset({home().bureau}))
    decide(actor, Action.ENVELOPE_RELAY, subject, Context(at=at)).require()


def _numbered(envelope: Envelope) -> Numbered:
    """Return number and digest, of whatever calls itself an envelope: its fields may be anything."""
    header, own = envelope.header, envelope.stanzas[:1]
    sequence = max(0, min(own[0].sequence, LARGEST_NUMBER)) if own else 0
    try:
        digest = envelopes.digest(envelope, home().bureau)
    except REFUSALS:
        digest = hashlib.sha256(msgspec.json.encode(envelope)).hexdigest()
    return Numbered(LaneKey(header.priority, header.sender[:24]), sequence, header.message_id[:36], digest)


def _runs(checked: Sequence[Checked]) -> Iterator[list[Checked]]:
    """Yield what is taken in together: what goes to the desk in bulk, what acts by itself alone."""
    together: list[Checked] = []
    for one in checked:
        if one.arrival is not None and forms.acts_alone(one.arrival):
            if together:
                yield together
            yield [one]
            together = []
        else:
            together.append(one)
    if together:
        yield together


def _take_run(run: list[Checked], at: datetime) -> list[Taken]:
    with transaction.atomic():
        lanes = TakeLanes(one.numbered for one in run if one.trusted)
        standing = [_judge(one, lanes, at) for one in run]
        acting = [one for one, how in zip(run, standing, strict=True) if how in (Standing.NEXT, Standing.LATE)]
        _act(acting, at)
        pairs = list(zip(run, standing, strict=True))
        InboxEnvelope.objects.bulk_create(
            _row(one, how, at) for one, how in pairs if how is not Standing.AGAIN
        )
        record_events(_event(one, how, at) for one, how in pairs)
        lanes.save()
    return [_taken(one, how) for one, how in pairs]


def _judge(one: Checked, lanes: TakeLanes, at: datetime) -> Standing | None:
    """Say how an envelope stands, None for a forged one; a refusal is noted in it."""
    if not one.trusted:
        return None
    standing = lanes.standing(one.numbered)
    if standing is Standing.REPLAY:
        one.error = one.error or ConflictError(ErrorCode.ENVELOPE_REPLAY)
        return standing
    if standing is Standing.AGAIN:
        return standing
    lanes.note(one.numbered, stored=one.error is None, at=at)
    if one.error is not None:
        return standing
    # What only the node reads has no order to keep, and may be what closes the gap.
    if standing is Standing.AHEAD and one.arrival is not None and one.arrival.is_control:
        return Standing.LATE
    return standing


def _act(acting: Sequence[Checked], at: datetime) -> None:
    """Store and do what opened envelopes say; what refuses one is noted in it."""
    sound = [(one, one.arrival) for one in acting if one.error is None and one.arrival is not None]
    if len(sound) == 1 and forms.acts_alone(sound[0][1]):
        _act_alone(sound[0][0], sound[0][1], at)
    elif sound:
        messages, refused = arrivals.store_all([arrival for _, arrival in sound], at)
        for (one, _), error in zip(sound, refused, strict=True):
            one.error = error
        receipts.queue_receipts(ReceiptKind.DELIVERED, messages, at)


def _act_alone(one: Checked, arrival: Arrival, at: datetime) -> None:
    try:
        with transaction.atomic():
            forms.act_alone(arrival, at)
    except REFUSALS as error:
        if error.code in OWN_FAULTS:
            raise
        one.error = error


def _fill_once(lane: LaneKey, at: datetime) -> bool:
    """Move a lane on over what is stored behind it; tell whether there may be more."""
    rows = _held_next(lane)
    directory = home().directory.current(at)
    opened = {
        row.pk: check(msgspec.json.decode(row.envelope, type=Envelope), directory, row.received_at)
        for row in rows
        if row.state == InboxEnvelope.HELD
    }
    with transaction.atomic():
        locked = take_lanes.lock_one(lane)
        run, alone = [], False
        for row in _held_next(lane):
            one = opened.get(row.pk)
            if row.sequence > locked.last_taken + 1 or (row.state == InboxEnvelope.HELD and one is None):
                break
            acts_alone = one is not None and one.arrival is not None and forms.acts_alone(one.arrival)
            if alone or (run and acts_alone):
                break
            locked.last_taken = max(locked.last_taken, row.sequence)
            if one is not None:
                alone = acts_alone
                run.append((row, one))
        _act([one for _, one in run], at)
        for row, one in run:
            _release(row, one)
        record_events(_event(one, Standing.LATE, at) for _, one in run)
        moved = locked.save_progress()
    return moved


def _held_next(lane: LaneKey) -> list[InboxEnvelope]:
    return []


def _release(row: InboxEnvelope, one: Checked) -> None:
    row.state = InboxEnvelope.TAKEN if one.error is None else InboxEnvelope.REFUSED
    row.refused_code = "" if one.error is None else str(one.error.code)
    row.envelope = ""
    row.save(update_fields=["state", "refused_code", "envelope"])


def _row(one: Checked, standing: Standing | None, at: datetime) -> InboxEnvelope:
    held = standing is Standing.AHEAD and one.error is None
    state = InboxEnvelope.HELD if held else InboxEnvelope.TAKEN
    if one.error is not None:
        counts = standing in (Standing.NEXT, Standing.LATE, Standing.AHEAD)
        state = InboxEnvelope.REFUSED if counts else InboxEnvelope.FORGED
    lane, sequence, message_id, digest = one.numbered
    return InboxEnvelope(
        message_id=message_id,
        bureau=home().bureau,
        sender=lane.sender,
        priority=lane.priority,
        sequence=sequence,
        digest=digest,
        received_at=at,
        state=state,
        refused_code="" if one.error is None else str(one.error.code),
        envelope=msgspec.json.encode(one.envelope).decode("utf-8") if held else "",
    )


def _event(one: Checked, standing: Standing | None, at: datetime) -> Event:
    code = str(one.error.code) if one.error is not None else ""
    if standing is Standing.AGAIN:
        code = str(ErrorCode.ENVELOPE_REPLAY)
    return Event(
        bureau=home().bureau,
        node=NodeId(one.numbered.lane.sender),
        officer=OfficerId(""),
        action=Action.ENVELOPE_RELAY,
        subject=f"envelope:{one.numbered.message_id}",
        allowed=not code,
        code=code,
        at=at,
    )


def _taken(one: Checked, standing: Standing | None) -> Taken:
    message_id = one.envelope.header.message_id
    if standing is Standing.AGAIN:
        return Taken(message_id, stored=False, refused=ErrorCode.ENVELOPE_REPLAY)
    if one.error is not None:
        return Taken(message_id, stored=False, refused=one.error.code)
    return Taken(message_id, stored=True, held=standing is Standing.AHEAD)
