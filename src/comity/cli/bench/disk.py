"""The disk under the journal by itself: no answer that is on record before it is told can be quicker."""

import os
import time
from pathlib import Path
from typing import Final

from comity.cli.bench.timing import microseconds

WRITE_BYTES: Final = 20 * 1024
"""Some thirty journal entries: what comes together while the disk is busy, at half the rate."""
KEPT_BYTES: Final = 64 * 1024 * 1024
"""As long as a segment of the journal gets; then the file begins anew."""
PORTION: Final = 16
"""Writes between which the time is looked at."""


def measure_disk(folder: Path, seconds: float) -> list[float]:
    """Return the milliseconds that appending `WRITE_BYTES` took each time until they were on the disk.

    One after the other, as the journal does it (write and fdatasync), for about that many seconds.
    """
    path, data = folder / "disk", os.urandom(WRITE_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def append(block: bytes) -> None:
        os.write(descriptor, block)
        os.fdatasync(descriptor)

    times, until = list[float](), time.monotonic() + seconds
    try:
        while not times or time.monotonic() < until:
            if os.fstat(descriptor).st_size > KEPT_BYTES:
                os.ftruncate(descriptor, 0)
            times += microseconds(append, [data] * PORTION)
    finally:
        os.close(descriptor)
        path.unlink()
    return [each / 1_000 for each in times]
