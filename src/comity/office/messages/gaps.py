"""Missing numbers: the recipient asks for them, the sender offers them again, both desks hear of it (I4).

A number can be missing because the relay or the recipient was put back from a backup, because an
envelope was forged on its way, or because the sender lost it. What can be had comes again by itself;
what cannot is passed by, so that it holds nothing up for ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Q

from comity.kernel.codes import MessageForm, Priority
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId, NodeId, bureau_of
from comity.office.messages import alarms, bell, outgoing, sealing_anew, take_lanes
from comity.office.messages.alarms import AlarmKind, NewAlarm
from comity.office.messages.models import Delivery, InboxEnvelope, LineAlarm, TakeLane
from comity.office.messages.take_lanes import LaneKey
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import Resend

ALARM_AFTER: Final = timedelta(seconds=30)
"""Both desks are to know within a minute; most gaps close within a second."""
ASK_AGAIN_AFTER: Final = timedelta(seconds=30)
GIVE_UP_AFTER: Final = timedelta(hours=1)
"""Then what was held is shown, for an unread message may be worse than a missing one. An alarm stays until
somebody sets it aside."""
MAX_RANGES: Final = 20
"""Ranges asked for at once; the rest with the next question."""
MAX_RESENT: Final = 1_000
"""Envelopes offered again for one request; who misses more asks again."""
REQUEST_PRIORITY: Final = Priority.FLASH
"""A request must not wait behind what it is about."""


class Used(NamedTuple):
    """Numbers of a lane that came a second time, from `first` on; `last` is the highest that is known."""

    lane: LaneKey
    first: int
    last: int


class Range(NamedTuple):
    """Numbers from `first` to `last`, both included."""

    first: int
    last: int


def ask_for_missing(at: datetime) -> bool:
    """Ask senders for what has been missing for half a minute, and tell the own desk. A worker's step."""
    # An instant that lies ahead was written by a clock that was wrong.
    due = TakeLane.objects.filter(Q(gap_since__lte=at - ALARM_AFTER) | Q(gap_since__gt=at)).filter(
        Q(asked_at=None) | Q(asked_at__lte=at - ASK_AGAIN_AFTER) | Q(asked_at__gt=at)
    )
    lanes = [LaneKey(Priority(lane.priority), lane.sender) for lane in due]
    for lane in sorted(lanes):
        _ask(lane, at)
    return False


def clear_closed(at: datetime) -> bool:
    """Close alarms on numbers that have come since, or were passed by. A step of the worker."""
    for alarm in LineAlarm.objects.filter(kind=AlarmKind.MISSING, cleared_at=None):
        gap = TakeLane.objects.filter(sender=alarm.peer, priority=alarm.detail["priority"])
        if not gap.filter(gap_since__isnull=False).exists():
            LineAlarm.objects.filter(pk=alarm.pk).update(cleared_at=at)
    for alarm in LineAlarm.objects.filter(kind=AlarmKind.ASKED, cleared_at=None):
        asked = Delivery.objects.filter(recipient=alarm.peer, priority=alarm.detail["priority"])
        numbers = (alarm.detail["first"], alarm.detail["last"])
        if not asked.filter(waiting=True, sequence__range=numbers).exists():
            LineAlarm.objects.filter(pk=alarm.pk).update(cleared_at=at)
    return False


def missing_in(lane: TakeLane) -> list[Range]:
    """Return the numbers between what was taken in and the highest one heard of that have not come."""
    stored = InboxEnvelope.objects.filter(
        bureau=home().bureau, sender=lane.sender, priority=lane.priority, sequence__gt=lane.last_taken
    ).exclude(state=InboxEnvelope.FORGED)
    known = set(stored.values_list("sequence", flat=True))
    below = [number for number in known if number <= lane.void_from]
    above = [number for number in known if number > lane.void_to]
    holes = _holes([max(lane.last_taken, lane.void_to), *sorted(above), lane.highest + 1])
    if lane.last_taken < lane.void_from:
        return [*_holes([lane.last_taken, *sorted(below), lane.void_from + 1]), *holes]
    return list(holes)


def hear_of(highest: dict[LaneKey, int], at: datetime) -> None:
    """Note numbers that the relay knows of and this node does not, and ask for them at once.

    The caller has emptied its inbox: this node was put back from a backup, and they do not come by
    themselves.
    """
    missing = []
    with transaction.atomic():
        for key, number in sorted(highest.items()):
            lane = take_lanes.lock_one(key)
            if number > lane.highest:
                lane.highest = number
                lane.gap_since = lane.gap_since or at
                lane.save(update_fields=["highest", "gap_since"])
                missing.append(key)
    for key in missing:
        _ask(key, at)


def take_request(asked: Resend, sender: Member, at: datetime) -> None:
    """Offer again what `sender` misses, or pass by what will not come; in the intake's transaction."""
    if asked.gone:
        _pass_by(LaneKey(asked.priority, sender.node), Range(asked.first, asked.last), at)
        return
    outgoing.raise_numbers({(sender.bureau, asked.priority): asked.last})
    if asked.used:
        _seal_anew(asked, sender, at)
        return
    wanted = Delivery.objects.filter(
        recipient=sender.bureau, priority=asked.priority, sequence__range=(asked.first, asked.last)
    ).exclude(item=None)
    rows = dict(wanted.order_by("sequence").values_list("sequence", "pk")[:MAX_RESENT])
    Delivery.objects.filter(pk__in=rows.values()).update(
        waiting=True, again=True, direct_at=None, next_attempt_at=at
    )
    end = asked.last if len(rows) < MAX_RESENT else max(rows)
    gone = _holes([asked.first - 1, *rows, end + 1])
    outgoing.queue_control([_answer(sender, asked.priority, each, at, gone=True) for each in gone], at)
    _alarm(AlarmKind.ASKED, sender.bureau, asked.priority, Range(asked.first, asked.last), at)
    transaction.on_commit(lambda: bell.ring(home().run_dir))


def tell_used(lanes: Iterable[Used], at: datetime) -> None:
    """Tell senders that they gave numbers a second time. In the intake's transaction."""
    parcels = []
    for used in sorted(lanes):
        try:
            member = outgoing.recipient_member(bureau_of(NodeId(used.lane.sender)), at)
        except (InputError, TrustError):
            continue
        fields = Resend(priority=used.lane.priority, first=used.first, last=used.last, used=True)
        parcels.append(outgoing.control(MessageForm.RESEND, fields, member, REQUEST_PRIORITY, at))
    outgoing.queue_control(parcels, at)


def _seal_anew(asked: Resend, sender: Member, at: datetime) -> None:
    """Seal what has no receipt and a number that the recipient knows with another content."""
    refused = Delivery.objects.filter(
        recipient=sender.bureau,
        priority=asked.priority,
        sequence__range=(asked.first, asked.last),
        delivered_at=None,
        item__isnull=False,
    )
    items = set(refused.order_by("item").values_list("item", flat=True)[:MAX_RESENT])
    sealing_anew.seal_anew(items, at)


def _ask(key: LaneKey, at: datetime) -> None:
    with transaction.atomic():
        lane = take_lanes.lock_one(key)
        if lane.gap_since is None:
            return
        missing = missing_in(lane)
        bureau = bureau_of(NodeId(key.sender))
        if missing:
            _alarm(AlarmKind.MISSING, bureau, key.priority, Range(missing[0].first, missing[-1].last), at)
        if missing and lane.asked_at is not None and at - lane.gap_since >= GIVE_UP_AFTER:
            take_lanes.reach(lane, missing[0].last)
            _alarm(AlarmKind.GIVEN_UP, bureau, key.priority, missing[0], at)
        lane.asked_at = at
        lane.save(update_fields=["last_taken", "asked_at"])
        try:
            member = outgoing.recipient_member(bureau, at)
        except (InputError, TrustError):
            return  # no member any more, or this node cannot tell: asked again later
        parcels = [_answer(member, key.priority, each, at) for each in missing[:MAX_RANGES]]
        outgoing.queue_control(parcels, at)


def _alarm(kind: AlarmKind, peer: BureauId, priority: Priority, numbers: Range, at: datetime) -> None:
    detail = {"priority": priority, "first": numbers.first, "last": numbers.last}
    alarms.raise_all([NewAlarm(kind, peer, f"{priority} {numbers.first}", detail)], at)


def _pass_by(key: LaneKey, gone: Range, at: datetime) -> None:
    lane = take_lanes.lock_one(key)
    lane.highest = max(lane.highest, gone.last)
    if gone.first <= lane.last_taken + 1 <= gone.last:
        take_lanes.reach(lane, gone.last)
    else:
        _note_gone(key, gone, at)
    lane.save(update_fields=["last_taken", "highest"])


def _note_gone(key: LaneKey, gone: Range, at: datetime) -> None:
    """Remember numbers that will not come, behind others that still may."""
    numbers = range(gone.first, min(gone.last, gone.first + MAX_RESENT - 1) + 1)
    InboxEnvelope.objects.bulk_create(
        InboxEnvelope(
            bureau=home().bureau,
            sender=key.sender,
            priority=key.priority,
            sequence=number,
            received_at=at,
            state=InboxEnvelope.REFUSED,
            refused_code=ErrorCode.ENVELOPE_GAP,
        )
        for number in numbers
    )


def _answer(
    member: Member, priority: Priority, each: Range, at: datetime, *, gone: bool = False
) -> outgoing.Parcel:
    fields = Resend(priority=priority, first=each.first, last=each.last, gone=gone)
    return outgoing.control(MessageForm.RESEND, fields, member, REQUEST_PRIORITY, at)


def _holes(numbers: Sequence[int]) -> Iterator[Range]:
    """Yield the ranges between neighbours of a rising sequence."""
    for before, after in pairwise(numbers):
        if after - before > 1:
            yield Range(before + 1, after - 1)
