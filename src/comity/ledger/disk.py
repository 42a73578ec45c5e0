"""The few file operations that durability rests on, in one place so that each can be made to fail.

When `write` or `sync` raises `OSError`, the bytes may or may not have reached the disk: a caller must
be right in both cases.
"""

import errno
import os
from pathlib import Path
from typing import Final, Protocol

from comity.ledger.syncing import KernelSync

_STORES_AT_ONCE: Final = hasattr(os, "RWF_DSYNC")


class Disk(Protocol):
    """What the spool asks of the operating system."""

    def open(self, path: Path) -> int:
        """Open for reading and writing, made with 0600 when missing; return the descriptor."""

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of `data` at `offset`; visible at once, durable after `sync`."""

    def sync(self, descriptor: int) -> None:
        """Return only when data and size are on the disk (fdatasync)."""

    def store(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of `data` at `offset`; return only when data and size are on the disk."""

    def kernel_sync(self, descriptor: int) -> KernelSync | None:
        """Return what syncs without anybody waiting, tried on `descriptor`; None where there is none."""

    def cut(self, descriptor: int, size: int) -> None:
        """Make the file `size` bytes long, durably."""

    def sync_folder(self, folder: Path) -> None:
        """Return only when the folder's entries are on the disk; without it a new file may vanish."""


class LocalDisk:
    """The machine's own disk."""

    def open(self, path: Path) -> int:
        """Open for reading and writing, made with 0600 when missing; return the descriptor."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of `data` at `offset`; visible at once, durable after `sync`."""
        view = memoryview(data)
        while view:
            written = os.pwrite(descriptor, view, offset)
            view = view[written:]
            offset += written

    def sync(self, descriptor: int) -> None:
        """Return only when data and size are on the disk (fdatasync)."""
        os.fdatasync(descriptor)

    def store(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of `data` at `offset`; return only when data and size are on the disk.

        In one call where the system has it (pwritev2(2) with RWF_DSYNC, which is a write and an
        fdatasync): between two calls a thread would have to queue for the interpreter.
        """
        written = 0
        if _STORES_AT_ONCE:
            try:
                written = os.pwritev(descriptor, [data], offset, os.RWF_DSYNC)
            except OSError as error:
                if error.errno != errno.EOPNOTSUPP:
                    raise
        if written < len(data):
            self.write(descriptor, data[written:], offset + written)
            self.sync(descriptor)

    def kernel_sync(self, descriptor: int) -> KernelSync | None:
        """Return what syncs without anybody waiting, tried on `descriptor`; None where there is none."""
        return KernelSync.tried(descriptor)

    def cut(self, descriptor: int, size: int) -> None:
        """Make the file `size` bytes long, durably."""
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Return only when the folder's entries are on the disk; without it a new file may vanish."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
