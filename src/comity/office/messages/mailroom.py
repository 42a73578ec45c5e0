"""Waiting at the relay for mail: whoever puts an envelope in wakes who waits for it.

The office is one process, so that memory is enough. Each bureau has its own condition: an arrival for
one wakes nobody else, however many wait.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Final

from comity.kernel.codes import Priority
from comity.kernel.ids import BureauId
from comity.office.messages.limits import RANK
from comity.office.waiting import MAX_WAIT_MS, MAX_WAITING_FOR_MAIL

LOOK_UP_S: Final = 1.0
"""How often a waiter looks whether its asker is still there."""


class _Box:
    """Arrivals of one bureau by rank, counted."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.arrivals = [0] * len(RANK)


class Mailroom:
    """Counts arrivals for each bureau; a waiter hands in the count it saw before it looked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._boxes: dict[BureauId, _Box] = {}

    def arrivals(self, bureau: BureauId, ranks: Sequence[int]) -> int:
        """Return how many arrivals were announced; ask before looking into the database."""
        box = self._box(bureau)
        with box.changed:
            return sum(box.arrivals[rank] for rank in ranks)

    def announce(self, arrived: Iterable[tuple[BureauId, Priority]]) -> None:
        """Wake who waits for this mail; call after the commit."""
        for bureau, priority in arrived:
            box = self._box(bureau)
            with box.changed:
                box.arrivals[RANK[priority]] += 1
                box.changed.notify_all()

    def wait(self, bureau: BureauId, ranks: Sequence[int], seen: int, timeout_s: float) -> int:
        """Return the count as soon as something arrived since `seen`, or after `timeout_s`."""
        box = self._box(bureau)
        with box.changed:
            box.changed.wait_for(lambda: sum(box.arrivals[rank] for rank in ranks) != seen, timeout_s)
            return sum(box.arrivals[rank] for rank in ranks)

    def _box(self, bureau: BureauId) -> _Box:
        with self._lock:
            return self._boxes.setdefault(bureau, _Box())


def slices(wait_ms: int) -> list[float]:
    """Return the waiting time asked for (at most `MAX_WAIT_MS`) in parts of `LOOK_UP_S` seconds."""
    whole, rest = divmod(max(0, min(wait_ms, MAX_WAIT_MS)) / 1000, LOOK_UP_S)
    return [LOOK_UP_S] * int(whole) + ([rest] if rest else [])


def take_place() -> bool:
    """Take one of the places for waiting requests; False when all are taken. Give it back with `leave`."""
    return _PLACES.acquire(blocking=False)


def leave() -> None:
    """Give a place back."""
    _PLACES.release()


_PLACES: Final = threading.BoundedSemaphore(MAX_WAITING_FOR_MAIL)
MAILROOM: Final = Mailroom()
