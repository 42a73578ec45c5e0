"""The door for sealed messages at their recipient: verify → authorise → journal → act.

A page is verified and opened before a transaction begins, then taken in with few and short ones. What
is refused is journaled with its code, noted and passed over: it never blocks what comes behind it. What
comes behind a missing number is held until that number comes (I4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.codes import Action, ReceiptKind
from comity.kernel.errors import ConflictError, ErrorCode
from comity.kernel.ids import MessageId, NodeId, OfficerId
from comity.node.directory import TrustedDirectory
from comity.office.messages import arrivals, forms, gaps, known_again, receipts, take_lanes
from comity.office.messages.arrivals import Arrival
from comity.office.messages.gaps import Used
from comity.office.messages.models import InboxEnvelope
from comity.office.messages.opening import OWN_FAULTS, REFUSALS, Checked, check
from comity.office.messages.take_lanes import LaneKey, Standing, TakeLanes
from comity.office.runtime import home
from comity.office.supervision.journal import Event, record_events
from comity.protocol.messages import Envelope

FILL_AT_ONCE: Final = 100
"""Held messages acted on in one transaction: a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an envelope. It is durable here, whatever it says."""

    message_id: MessageId
    sequence: int
    """The number under which it came."""
    stored: bool
    """False: it was taken in before, or refused."""
    held: bool = False
    """Stored, and not acted on before an earlier one has come."""
    again: bool = False
    """It was taken in before: the very same, or what its sender sealed anew since."""
    refused: ErrorCode | None = None


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


def fill(lane: LaneKey, at: datetime) -> None:
    """Act on what was held in a lane, as far as nothing is missing any more."""
    while _fill_once(lane, at):
        pass


def _runs(checked: Sequence[Checked]) -> Iterator[list[Checked]]:
    """Yield what is taken in together: what goes to the desk in bulk, what acts by itself alone."""
    together: list[Checked] = []
    for one in checked:
        if _acts_alone(one):
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
        used = _used(run, standing, lanes)
        lanes.save()  # now: a request to pass numbers by may be about the very lane in which it came
        acting = [
            one for one, how in zip(run, standing, strict=True) if how in (Standing.NEXT, Standing.LATE)
        ]
        _act(acting, at)
        pairs = list(zip(run, standing, strict=True))
        InboxEnvelope.objects.bulk_create(
            _row(one, how, at) for one, how in pairs if how is not Standing.AGAIN
        )
        record_events(_event(one, how, at) for one, how in pairs)
        known_again.confirm([one for one, how in pairs if how is Standing.LATER], at)
        gaps.tell_used(used, at)
    return [_taken(one, how) for one, how in pairs]


def _used(run: Sequence[Checked], standing: Sequence[Standing | None], lanes: TakeLanes) -> list[Used]:
    """Return the lanes in which a sender gave numbers a second time, each once."""
    first: dict[LaneKey, int] = {}
    for one, how in zip(run, standing, strict=True):
        if how is Standing.REPLAY and lanes.is_used(one.numbered):
            first.setdefault(one.numbered.lane, one.numbered.sequence)
    return [Used(lane, number, lanes.highest(lane)) for lane, number in first.items()]


def _judge(one: Checked, lanes: TakeLanes, at: datetime) -> Standing | None:
    """Say how an envelope stands, None for a forged one; a refusal is noted in it."""
    if not one.trusted:
        return None
    standing = lanes.standing(one.numbered)
    if standing is Standing.AGAIN:
        return standing
    if standing is Standing.REPLAY:
        if lanes.is_used(one.numbered):
            lanes.begin_above(one.numbered.lane)
        is_later = lanes.is_new_number(one.numbered) and known_again.take_later(one)
        one.error = one.error or ConflictError(ErrorCode.ENVELOPE_REPLAY)
        if not lanes.is_new_number(one.numbered):
            return standing
        # A known message under another number: it is not shown again, but its number counts.
        standing = Standing.LATER if is_later else Standing.LATE
    lanes.note(one.numbered, stored=one.error is None or standing is Standing.LATER, at=at)
    # What only the node reads has no order to keep, and may be what closes the gap.
    is_control = one.arrival is not None and one.arrival.is_control and one.error is None
    return Standing.LATE if standing is Standing.AHEAD and is_control else standing


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
    """Move a lane on over what is stored behind it, in one transaction; tell whether it moved."""
    directory = home().directory.current(at)
    with transaction.atomic():
        locked = take_lanes.lock_one(lane)
        run = _next_run(lane, locked.last_taken, directory)
        acting = [(row, one) for row, one in run if one is not None]
        _act([one for _, one in acting], at)
        for row, one in acting:
            _release(row, one)
        record_events(_event(one, Standing.NEXT, at) for _, one in acting if one.error is not None)
        if run:
            take_lanes.reach(locked, run[-1][0].sequence)
            locked.gap_since, locked.asked_at = at, None
        if locked.highest <= locked.last_taken:
            locked.gap_since = None
        locked.save(update_fields=["last_taken", "gap_since", "asked_at"])
    return bool(run)


def _next_run(
    lane: LaneKey, last: int, directory: TrustedDirectory
) -> list[tuple[InboxEnvelope, Checked | None]]:
    """Return what follows number `last` without gap, opened where it is held; at most one that acts alone."""
    stored = InboxEnvelope.objects.filter(
        bureau=home().bureau, sender=lane.sender, priority=lane.priority, sequence__gt=last
    ).exclude(state=InboxEnvelope.FORGED)
    run: list[tuple[InboxEnvelope, Checked | None]] = []
    for row in stored.order_by("sequence", "id")[:FILL_AT_ONCE]:
        if row.sequence > last + 1:
            break
        one = None
        if row.state == InboxEnvelope.HELD:
            envelope = msgspec.json.decode(row.envelope, type=Envelope)
            one = check(envelope, directory, row.received_at)
        alone = one is not None and _acts_alone(one)
        if alone and any(opened for _, opened in run):
            break
        run.append((row, one))
        last = row.sequence
        if alone:
            break
    return run


def _acts_alone(one: Checked) -> bool:
    return one.arrival is not None and forms.acts_alone(one.arrival)


def _release(row: InboxEnvelope, one: Checked) -> None:
    row.state = InboxEnvelope.TAKEN if one.error is None else InboxEnvelope.REFUSED
    row.refused_code = "" if one.error is None else str(one.error.code)
    row.envelope = ""
    row.save(update_fields=["state", "refused_code", "envelope"])


def _row(one: Checked, standing: Standing | None, at: datetime) -> InboxEnvelope:
    held = standing is Standing.AHEAD and one.error is None
    state = InboxEnvelope.HELD if held else InboxEnvelope.TAKEN
    if one.error is not None:
        counts = standing in (Standing.NEXT, Standing.LATE, Standing.LATER, Standing.AHEAD)
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
    message_id, number = one.envelope.header.message_id, one.numbered.sequence
    if standing in (Standing.AGAIN, Standing.LATER):
        return Taken(message_id, number, stored=False, again=True, refused=ErrorCode.ENVELOPE_REPLAY)
    if one.error is not None:
        return Taken(message_id, number, stored=False, refused=one.error.code)
    return Taken(message_id, number, stored=True, held=standing is Standing.AHEAD)
