"""`python -m comity.cli.faults.shifted CLOCK MODULE ...`: run a part of a node with a clock that can jump.

CLOCK is a file of eight bytes, the seconds by which the clock is wrong. No setting, variable or option
of a node leads here: a node that is started as nodes are started reads the machine's clock. Whoever can
start other programs in a node's name needs no jump of its clock.
"""

import mmap
import runpy
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from comity.kernel.clock import SystemClock

_SECONDS: Final = struct.Struct("<q")


class ClockFile:
    """How wrong the clock of one node is; shared by all its processes without asking the disk."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SECONDS.size)

    @property
    def seconds(self) -> int:
        """Seconds by which the clock is ahead; negative: behind."""
        value: int = _SECONDS.unpack(self._map[:])[0]
        return value

    @seconds.setter
    def seconds(self, value: int) -> None:
        self._map[:] = _SECONDS.pack(value)


def main() -> None:
    """Shift the one place that reads the time of day, then become the module."""
    clock = ClockFile(Path(sys.argv[1]))

    def now(self: SystemClock) -> datetime:  # noqa: ARG001 - takes a method's place
        return datetime.now(UTC) + timedelta(seconds=clock.seconds)

    SystemClock.now = now  # type: ignore[method-assign]  # the reason for this program
    module = sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
