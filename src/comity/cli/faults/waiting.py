"""Waiting for what desks show."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from comity.cli.faults.desks import DeskError

POLL_S: Final = 0.05


def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Return whether `holds` came true in time; a desk that does not answer now is asked again."""
    deadline = time.monotonic() + within_s
    while True:
        with suppress(DeskError):
            if holds():
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
