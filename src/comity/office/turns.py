"""Room for what is urgent: ordinary messages take turns at the office, FLASH and all else never wait for one.

However many NORMAL and URGENT messages come at once, half of `office.threads` is never theirs, and
no more of them work at the same time than share the processor well (no inversion under overload).
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from comity.kernel.codes import Priority
from comity.kernel.errors import BusyError, ErrorCode
from comity.office.runtime import home

IN_LINE: Final = 32
"""Ordinary requests that may wait for their turn: threads that sleep, kept beside `office.threads`."""
LONGEST_S: Final = 5.0
"""Who waits longer than this is told to come again: his own patience ends at 10 s."""


class Turns:
    """`at_once` requests work, `in_line` more wait; whoever comes then is told to come again."""

    def __init__(self, at_once: int, in_line: int, longest_s: float = LONGEST_S) -> None:
        self._room = threading.BoundedSemaphore(at_once + in_line)
        self._working = threading.BoundedSemaphore(at_once)
        self._longest_s = longest_s

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn and hold it; raises `BusyError` (limit.rate)."""
        if not self._room.acquire(blocking=False):
            raise BusyError(ErrorCode.LIMIT_RATE)
        try:
            if not self._working.acquire(timeout=self._longest_s):
                raise BusyError(ErrorCode.LIMIT_RATE)
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._room.release()

    def has_room(self) -> bool:
        """Tell whether who came now would be let in or could wait."""
        free = self._room.acquire(blocking=False)
        if free:
            self._room.release()
        return free


@contextmanager
def turn_for(priorities: Iterable[Priority]) -> Iterator[None]:
    """Let messages of these priorities in: at once when a FLASH is among them, else in turn.

    Take it outside of any transaction. Raises `BusyError` (limit.rate) when too many wait already.
    """
    if Priority.FLASH in set(priorities):
        yield
    else:
        with ordinary().take():
            yield


@cache
def ordinary() -> Turns:
    """Return the turns of this process."""
    return Turns(max(1, home().settings.office.threads // 2), IN_LINE)
