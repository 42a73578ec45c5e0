"""Where an entry ends in a spool, and the mark that tells readers how far it is durable."""

import mmap
import os
import struct
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from comity.kernel.errors import ErrorCode, InputError, IntegrityError

_FIELDS: Final = struct.Struct(">QQ")
_MARK_BYTES: Final = _FIELDS.size + 4
"""Segment, offset and their checksum."""
_MARK_NAME: Final = "durable"
_READ_ATTEMPTS: Final = 100
"""A read beside a write of 20 bytes can be mixed; the next one is whole. A hundred mixed ones are damage."""


class SpoolPosition(NamedTuple):
    """A place between two entries: everything before it was read, the next entry starts at it."""

    segment: int
    """Number of the file, from 1; 0 stands before the first."""
    offset: int
    """Bytes from the start of the segment."""

    def text(self) -> str:
        """Return the form that is stored, e.g. `3:1024`."""
        return f"{self.segment}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "SpoolPosition":
        """Read what `text` gave. Raises `InputError` (input.wrong_type)."""
        segment, separator, offset = text.partition(":")
        if not (
            separator and segment.isascii() and segment.isdigit() and offset.isascii() and offset.isdigit()
        ):
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="position")
        return cls(int(segment), int(offset))


START: Final = SpoolPosition(0, 0)


class DurableMark:
    """How far the spool is on the disk; one writer, any number of reading processes.

    Set after the sync and before an append is acknowledged. It is not synced itself: after a power
    failure it may lag until the writer opens the spool again, but it never runs ahead. Without it a
    reader could take in an entry that a power failure then takes back.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / _MARK_NAME
        self._map: mmap.mmap | None = None

    def set(self, position: SpoolPosition) -> None:
        """Publish `position`. Raises OSError, at the first call only."""
        if self._map is None:
            self._map = self._open()
        fields = _FIELDS.pack(*position)
        # In mapped memory: readers see it at once, and no call makes the writer queue for anything.
        self._map[:] = fields + zlib.crc32(fields).to_bytes(4, "big")

    def get(self) -> SpoolPosition:
        """Return the published position, `START` when nothing was ever written. Raises `IntegrityError`."""
        for _ in range(_READ_ATTEMPTS):
            try:
                data = self._path.read_bytes()
            except FileNotFoundError:
                return START
            if len(data) == _MARK_BYTES and zlib.crc32(data[:16]) == int.from_bytes(data[16:], "big"):
                segment, offset = _FIELDS.unpack_from(data)
                return SpoolPosition(segment, offset)
        raise IntegrityError(ErrorCode.INTEGRITY_SPOOL, detail="durable mark unreadable")

    def close(self) -> None:
        """Give the file back."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _open(self) -> mmap.mmap:
        """Return the mark as mapped memory; the file is whole and has its place on the disk before."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_size != _MARK_BYTES:
                fields = _FIELDS.pack(*START)
                os.pwrite(descriptor, fields + zlib.crc32(fields).to_bytes(4, "big"), 0)
                os.ftruncate(descriptor, _MARK_BYTES)
            os.fsync(descriptor)
            return mmap.mmap(descriptor, _MARK_BYTES)
        finally:
            os.close(descriptor)
