"""Long polls that cost nothing while they wait: one watcher reads the number, all waiters share it.

A waiter holds a thread and, on PostgreSQL, the connection of that thread: making one anew for each look
costs a hundred times more than the look. The server has a thread for each (`server`), and
whoever comes when all places are taken is answered at once.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

MAX_WAIT_MS: Final = 10_000
"""Short enough that a lost line is noticed, long enough that an idle peer asks six times a minute."""
WATCH_EVERY_S: Final = 0.05
"""A change is seen 50 ms later at most; twenty reads of one row a second, whatever the number of waiters."""
MAX_WAITING: Final = 64
"""Threads kept for waiting, beside those of `office.threads` that work."""
MAX_WAITING_FOR_MAIL: Final = 400
"""Requests that wait for mail at the relay: two lanes of two hundred members."""


class Watch:
    """Waits for a number in the database to pass a known value (a feed's head, a relay's newest position).

    `read` gives the present value; it is called by one waiter at a time on behalf of all.
    """

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read
        self._turn = threading.Lock()
        self._value = 0
        self._read_at = 0.0

    def wait(self, known: int, wait_ms: int) -> None:
        """Return as soon as the value is above `known`, or after `wait_ms` (at most `MAX_WAIT_MS`)."""
        deadline = time.monotonic() + min(wait_ms, MAX_WAIT_MS) / 1000
        if wait_ms <= 0 or not PLACES.acquire(blocking=False):
            return
        try:
            while self._present() <= known:
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                time.sleep(min(WATCH_EVERY_S, left))
        finally:
            PLACES.release()

    def _present(self) -> int:
        with self._turn:
            now = time.monotonic()
            if now - self._read_at >= WATCH_EVERY_S / 2:
                self._value = self._read()
                self._read_at = now
            return self._value


PLACES: Final = threading.BoundedSemaphore(MAX_WAITING)
"""Every wait in this process takes one; who gets none is answered at once."""
