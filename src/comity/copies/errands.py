"""Errands: what the process does over and over, each in its own thread, none held up by another's trouble.

An errand that fails is tried again after a pause that doubles up to half a minute; the pauses are
random in part, so that a network does not return to its secretariat all at once.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from comity.kernel.errors import ComityError, ErrorCode
from comity.node.peer import PeerRefusedError

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 30.0
"""A line that is back is noticed within this time."""
_DOUBLINGS: Final = 8
"""After as many failures the longest pause is reached; counting further would overflow after days."""

Step = Callable[[], float]
"""Does one piece of work and returns the seconds until the next; 0 when there is more to do."""
Report = Callable[[str, str | None], None]
"""Told name and error code of an errand after each step; None when the step went well."""

_LOG = structlog.get_logger("comity.copies")


@dataclass
class Errand:
    """One errand. `run` returns when `stop` is set."""

    name: str
    step: Step
    report: Report
    stop: threading.Event
    _failures: int = field(default=0, init=False)

    def run(self) -> None:
        """Repeat the step until told to stop."""
        while not self.stop.is_set():
            self.stop.wait(self._once())

    def _once(self) -> float:
        try:
            pause = self.step()
        except Exception as error:  # noqa: BLE001 - edge of the process: reported, then tried again
            return self._failed(error)
        self._failures = 0
        self.report(self.name, None)
        return pause

    def _failed(self, error: Exception) -> float:
        pause = pause_after(self._failures)
        self._failures += 1
        code = code_of(error)
        self.report(self.name, code)
        _LOG.warning(
            "errand:step:failed",
            errand=self.name,
            code=code,
            failures=self._failures,
            pause_s=round(pause, 1),
            # An unforeseen error is named by its class; its text could hold what was read (I11).
            cause=None if isinstance(error, ComityError) else type(error).__name__,
        )
        return pause


def pause_after(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: 0.1 to 0.2 at first, 15 to 30 at last."""
    longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures, _DOUBLINGS))
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, protects nothing


def code_of(error: Exception) -> str:
    """Return an error's stable code: the other node's where it refused, internal.error for the unforeseen."""
    if isinstance(error, PeerRefusedError):
        return error.peer_code or str(error.code)
    return str(error.code) if isinstance(error, ComityError) else str(ErrorCode.INTERNAL)
