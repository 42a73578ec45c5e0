"""The bell of the worker: a named pipe that says "there is something to send" and of which kind, no more.

Rows in the database are the queue; a lost ring costs one poll, never a message. Ringing needs no
listener and never waits.
"""

import os
import select
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

PIPE_NAME: Final = "wake"
_DRAIN_BYTES: Final = 65_536
"""The size of a pipe: one read empties it."""


class Call(StrEnum):
    """Whom a ring is for: nobody else wakes up to look into the database in vain."""

    FLASH = "f"
    REST = "r"
    """Messages that are less urgent."""
    FILES = "a"
    RECORDS = "d"


EVERYBODY: Final = frozenset(Call)


def ring(run_dir: Path, calls: Iterable[Call] = EVERYBODY) -> None:
    """Wake the worker of the node whose run folder this is, if one listens."""
    # ENXIO: the pipe has no reader; EAGAIN: it is full of rings already; ENOENT: no worker ever ran.
    with suppress(OSError):
        descriptor = os.open(run_dir / PIPE_NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(descriptor, "".join(calls).encode("ascii"))
        finally:
            os.close(descriptor)


class Bell:
    """The listening end; one worker holds it. Close it, or use it as a context."""

    def __init__(self, run_dir: Path) -> None:
        path = run_dir / PIPE_NAME
        with suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # Open for writing too: a pipe without any writer would report its end for ever.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def wait(self, timeout_s: float) -> frozenset[Call]:
        """Wait until somebody rings, at most `timeout_s`; return whom for, nobody if nobody did."""
        ready, _, _ = select.select([self._descriptor], [], [], timeout_s)
        if not ready:
            return frozenset()
        with suppress(BlockingIOError):
            heard = set(os.read(self._descriptor, _DRAIN_BYTES).decode("ascii", "replace"))
            return EVERYBODY if heard - EVERYBODY else frozenset(map(Call, heard))
        return frozenset()

    def close(self) -> None:
        """Give the pipe back; the file stays for the next worker."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
