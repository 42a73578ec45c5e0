"""Lanes of one sender's numbers at the recipient: what comes next, what is missing, what came before."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Final, NamedTuple

from django.db.models import Q

from comity.kernel.codes import Priority
from comity.office.messages.models import InboxEnvelope, TakeLane
from comity.office.runtime import home

LARGEST_NUMBER: Final = 2**63 - 1
SKIPPED: Final = 10_000
"""More than a sender numbers in a lane until it hears that it was put back: a minute at the highest rate."""


class LaneKey(NamedTuple):
    """A lane, sorted as locks are taken."""

    priority: Priority
    sender: str


class Numbered(NamedTuple):
    """What the lanes must know of an envelope whose sender is sure."""

    lane: LaneKey
    sequence: int
    message_id: str
    digest: str


class Standing(Enum):
    """How an envelope stands to what was taken in."""

    NEXT = auto()
    LATE = auto()
    """A number that was passed by; its envelope was never seen."""
    AHEAD = auto()
    """An earlier number is missing."""
    AGAIN = auto()
    """The very same was taken in, or is held."""
    LATER = auto()
    """Its message was taken in, or is held, under an earlier number; its sender sealed it anew."""
    REPLAY = auto()
    """Its id or its number belongs to another one."""


class TakeLanes:
    """The lanes of one page, locked until the transaction ends."""

    def __init__(self, wanted: Iterable[Numbered]) -> None:
        numbered = list(wanted)
        self._lanes = _lock({one.lane for one in numbered})
        self._by_id, self._by_number = _known(numbered, self._lanes)

    def standing(self, one: Numbered) -> Standing:
        """Say how an envelope stands; `take` or `hold` then makes it known."""
        same_id = self._by_id.get(one.message_id)
        if same_id is not None:
            return Standing.AGAIN if same_id == one.digest else Standing.REPLAY
        if not self.is_new_number(one):
            return Standing.REPLAY
        last = self._lanes[one.lane].last_taken
        if one.sequence <= last:
            return Standing.LATE
        return Standing.NEXT if one.sequence == last + 1 else Standing.AHEAD

    def is_used(self, one: Numbered) -> bool:
        """Tell whether a number belongs to another envelope that was taken in, or is held, or is void."""
        taken = one.message_id not in self._by_id and (one.lane, one.sequence) in self._by_number
        return taken or self._is_void(one)

    def is_new_number(self, one: Numbered) -> bool:
        """Tell whether a number was not taken in before, whatever came under it, and is not void."""
        return (one.lane, one.sequence) not in self._by_number and not self._is_void(one)

    def _is_void(self, one: Numbered) -> bool:
        lane = self._lanes[one.lane]
        return lane.void_from < one.sequence <= lane.void_to

    def highest(self, lane: LaneKey) -> int:
        """Return the highest number heard of."""
        return self._lanes[lane].highest

    def begin_above(self, key: LaneKey) -> None:
        """Let a lane go on above numbers that are void: its sender was put back and gave one a second time.

        What it numbered next may be new here; taken in, it would stand before the message whose number was
        refused and which is sealed anew above it. So that is sealed anew, too, in the order of writing.
        """
        lane = self._lanes[key]
        if lane.highest > lane.void_to:
            lane.void_from, lane.void_to = lane.highest, lane.highest + SKIPPED
            lane.highest = lane.void_to
            reach(lane, lane.last_taken)

    def note(self, one: Numbered, *, stored: bool, at: datetime) -> None:
        """Count a number; `stored` when its envelope is taken in or held, and not refused."""
        lane = self._lanes[one.lane]
        if stored:
            self._by_id[one.message_id] = one.digest
            self._by_number.add((one.lane, one.sequence))
        if one.sequence == lane.last_taken + 1:
            reach(lane, one.sequence)
        lane.highest = max(lane.highest, one.sequence)
        lane.gap_since = (lane.gap_since or at) if lane.highest > lane.last_taken else None

    def save(self) -> None:
        """Write how far the lanes are."""
        for lane in self._lanes.values():
            lane.save(update_fields=["last_taken", "highest", "gap_since", "void_from", "void_to"])


def with_gaps(senders: Iterable[str]) -> list[LaneKey]:
    """Return the lanes of `senders` in which something is missing."""
    found = TakeLane.objects.filter(bureau=home().bureau, sender__in=set(senders), gap_since__isnull=False)
    return sorted(LaneKey(Priority(lane.priority), lane.sender) for lane in found)


def reach(lane: TakeLane, number: int) -> None:
    """Note that everything up to `number` is done with, and what is void behind it, too."""
    lane.last_taken = lane.void_to if lane.void_from <= number < lane.void_to else number


def lock_one(key: LaneKey) -> TakeLane:
    """Return one lane, locked, made when there was none."""
    return _lock({key})[key]


def _lock(keys: set[LaneKey]) -> dict[LaneKey, TakeLane]:
    found: dict[LaneKey, TakeLane] = {}
    for priority in Priority:
        senders = {key.sender for key in keys if key.priority is priority}
        if senders:
            found |= {LaneKey(priority, lane.sender): lane for lane in _lock_of(priority, senders)}
    return found


def _lock_of(priority: Priority, senders: set[str]) -> list[TakeLane]:
    bureau = home().bureau
    rows = TakeLane.objects.select_for_update().filter(bureau=bureau, priority=priority, sender__in=senders)
    lanes = list(rows.order_by("sender"))
    if len(lanes) < len(senders):
        new = [TakeLane(bureau=bureau, sender=sender, priority=priority) for sender in sorted(senders)]
        TakeLane.objects.bulk_create(new, ignore_conflicts=True)
        lanes = list(rows.order_by("sender"))
    return lanes


def _known(
    numbered: Sequence[Numbered], lanes: dict[LaneKey, TakeLane]
) -> tuple[dict[str, str], set[tuple[LaneKey, int]]]:
    """Return the digests of known ids, and the known numbers, of what was taken in or is held."""
    asked = Q(message_id__in=[one.message_id for one in numbered])
    for key, lane in lanes.items():
        numbers = [one.sequence for one in numbered if one.lane == key]
        # Above the last number nothing is stored, unless something is missing.
        if lane.gap_since is not None or min(numbers) <= lane.last_taken:
            asked |= Q(sender=key.sender, priority=key.priority, sequence__in=numbers)
    rows = InboxEnvelope.objects.filter(asked, bureau=home().bureau, refused_code="")
    by_id: dict[str, str] = {}
    by_number: set[tuple[LaneKey, int]] = set()
    for row in rows.only("message_id", "digest", "sender", "priority", "sequence"):
        by_id[row.message_id] = row.digest
        by_number.add((LaneKey(Priority(row.priority), row.sender), row.sequence))
    return by_id, by_number
