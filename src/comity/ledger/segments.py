"""The files of a spool: their names, and putting the newest one right after a crash or a failed write."""

import mmap
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from comity.ledger.disk import Disk
from comity.ledger.frames import sound_length
from comity.ledger.positions import SpoolPosition

SEGMENT_BYTES: Final = 64 * 1024 * 1024
"""About 50,000 searches: checked at opening in under a second, and old ones can be moved away one by one."""

_NAME: Final = re.compile(r"(\d{10})\.spool")


def segment_path(directory: Path, number: int) -> Path:
    """Return the file of segment `number`."""
    return directory / f"{number:010d}.spool"


def segment_numbers(directory: Path) -> list[int]:
    """Return the numbers of the segments in `directory`, ascending."""
    names = (_NAME.fullmatch(entry.name) for entry in directory.iterdir())
    return sorted(int(match[1]) for match in names if match)


@dataclass(slots=True)
class Segment:
    """The segment that is written: `end` is the durable length, owned by the flusher."""

    number: int
    descriptor: int
    end: int

    def position(self) -> SpoolPosition:
        """Return the durable end."""
        return SpoolPosition(self.number, self.end)

    def close(self) -> None:
        """Give the file back."""
        os.close(self.descriptor)


def create_segment(directory: Path, number: int, disk: Disk) -> Segment:
    """Make segment `number`, empty; on return the file and its name are durable. Raises OSError."""
    descriptor = disk.open(segment_path(directory, number))
    try:
        disk.cut(descriptor, 0)
        disk.sync_folder(directory)
    except OSError:
        os.close(descriptor)
        raise
    return Segment(number, descriptor, 0)


def open_newest(directory: Path, disk: Disk) -> Segment:
    """Open the newest segment and cut what is not a whole frame at its end. Raises OSError.

    Whole frames that were never acknowledged stay: the writer died between storing and telling, and
    a search on record that nobody got an answer to is the safe side of I1.
    """
    numbers = segment_numbers(directory)
    if not numbers:
        return create_segment(directory, 1, disk)
    descriptor = disk.open(segment_path(directory, numbers[-1]))
    try:
        size = os.fstat(descriptor).st_size
        sound = _sound_bytes(descriptor, size)
        disk.cut(descriptor, sound)
        disk.sync_folder(directory)
    except OSError:
        os.close(descriptor)
        raise
    return Segment(numbers[-1], descriptor, sound)


def _sound_bytes(descriptor: int, size: int) -> int:
    if size == 0:
        return 0
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
        return sound_length(view)
