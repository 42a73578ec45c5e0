"""Lanes: threads that do a few steps again and again, wait when there is nothing, back off on faults."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from django.db import connection

from comity.kernel.clock import Clock, to_wire
from comity.kernel.errors import ComityError
from comity.kernel.ids import BureauId
from comity.office.messages.bell import EVERYBODY, Call
from comity.office.scoping import acting_for

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 3.0
"""An office that was killed is back in two seconds, and 200 bureaus that ask in vain cost nothing."""
_LOG = structlog.get_logger("comity.worker")


@dataclass
class Step:
    """One kind of work. `act(at)` does some of it and tells whether it found any."""

    name: str
    act: Callable[[datetime], bool]
    every_s: float
    """Pause when there was nothing; 0 for a step that waits by itself."""
    call: Call | None = None
    """The ring of the bell that makes it due at once."""
    due_at: float = 0.0
    failures: int = 0
    last_error: str = ""
    worked_at: str = ""
    """When it last went without a fault."""


@dataclass
class Lane:
    """One thread with its steps, done in their order."""

    name: str
    steps: list[Step]
    bureau: BureauId
    clock: Clock
    stop: threading.Event
    _rung: threading.Event = field(default_factory=threading.Event)
    _calls: deque[frozenset[Call]] = field(default_factory=deque)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)

    def ring(self, calls: frozenset[Call] = EVERYBODY) -> None:
        """Say that there may be something to do for who is called."""
        if any(step.call in calls for step in self.steps):
            self._calls.append(calls)
            self._rung.set()

    def wake(self) -> None:
        """Wake the lane up to see that it must stop."""
        self._rung.set()

    def run(self) -> None:
        """Work until `stop` is set."""
        while not self.stop.is_set():
            for step in self.steps:
                if step.due_at <= time.monotonic() and not self.stop.is_set():
                    self._turn(step)
            pause = min(step.due_at for step in self.steps) - time.monotonic()
            if pause > 0 and not self.stop.is_set() and self._rung.wait(pause):
                # Taken back before looking: what rings from here on is looked at once more.
                self._rung.clear()
                self._hear()
        connection.close()

    def _turn(self, step: Step) -> None:
        try:
            with acting_for(self.bureau):
                worked = step.act(self.clock.now())
        except Exception as error:  # noqa: BLE001 - the edge of the process: the lane outlives every fault
            self._failed(step, error)
            return
        if step.failures:
            _LOG.info("recovered", step=step.name, failures=step.failures)
        step.failures, step.last_error = 0, ""
        step.worked_at = to_wire(self.clock.now())
        step.due_at = 0.0 if worked else time.monotonic() + step.every_s

    def _failed(self, step: Step, error: Exception) -> None:
        """Note the fault by code or kind, for texts may hold personal data (I11); come back later."""
        connection.close()
        step.failures += 1
        step.last_error = code_of(error)
        step.due_at = time.monotonic() + pause_after(step.failures)
        _LOG.warning(
            "step failed",
            step=step.name,
            code=step.last_error,
            detail=error.detail if isinstance(error, ComityError) else type(error).__name__,
            failures=step.failures,
        )

    def _hear(self) -> None:
        calls: set[Call] = set()
        while self._calls:
            calls |= self._calls.popleft()
        for step in self.steps:
            if step.call in calls and not step.failures:
                step.due_at = 0.0


def code_of(error: Exception) -> str:
    """Return what may be written down about a fault."""
    return str(error.code) if isinstance(error, ComityError) else type(error).__name__


def pause_after(failures: int) -> float:
    """Return the pause after so many faults in a row, a third of it left to chance."""
    whole = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))
    return whole * (2 + secrets.randbelow(1000) / 1000) / 3
