"""Waiting at the relay for mail: whoever puts an envelope in wakes who waits for it.

The office is one process, so that a condition in memory is enough; should several processes serve a
relay one day, a waiter looks again by itself twice a second.
"""

import threading
from typing import Final

from comity.kernel.ids import BureauId
from comity.office.waiting import MAX_WAIT_MS, PLACES

LOOK_AGAIN_S: Final = 0.5


class Mailroom:
    """Counts arrivals for each bureau; a waiter hands in the count it saw before it looked."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._arrivals: dict[BureauId, int] = {}

    def arrivals(self, bureau: BureauId) -> int:
        """Return how many arrivals were announced; ask before looking into the database."""
        with self._changed:
            return self._arrivals.get(bureau, 0)

    def announce(self, bureau: BureauId) -> None:
        """Wake who waits for this bureau's mail; call after the commit."""
        with self._changed:
            self._arrivals[bureau] = self._arrivals.get(bureau, 0) + 1
            self._changed.notify_all()

    def wait(self, bureau: BureauId, seen: int, timeout_s: float) -> None:
        """Return when something arrived since `seen`, or after `timeout_s` (at most `LOOK_AGAIN_S`)."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._arrivals.get(bureau, 0) != seen, min(timeout_s, LOOK_AGAIN_S)
            )


def slices(wait_ms: int) -> list[float]:
    """Return the waiting time asked for (at most `MAX_WAIT_MS`) in parts of `LOOK_AGAIN_S` seconds."""
    whole, rest = divmod(max(0, min(wait_ms, MAX_WAIT_MS)) / 1000, LOOK_AGAIN_S)
    return [LOOK_AGAIN_S] * int(whole) + ([rest] if rest else [])


def take_place() -> bool:
    """Take one of the places for waiting requests; False when all are taken. Give it back with `leave`."""
    return PLACES.acquire(blocking=False)


def leave() -> None:
    """Give a place back."""
    PLACES.release()


MAILROOM: Final = Mailroom()
