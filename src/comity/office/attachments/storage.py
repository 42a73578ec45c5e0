"""Sealed files on this node's disk: written durably, in parts, refused while the disk is nearly full.

Plain functions over paths; what a file is stands in the database. Nothing unsealed is ever written.
"""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from comity.crypto.files import PRIVATE_FILE, PRIVATE_FOLDER, sync_folder, write_private
from comity.kernel.errors import ErrorCode, StorageFullError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def ensure_folder(path: Path) -> None:
    """Make a private folder, durably, unless it is there."""
    if path.is_dir():
        return
    with _room():
        with suppress(FileExistsError):
            path.mkdir(mode=PRIVATE_FOLDER)
        path.chmod(PRIVATE_FOLDER)
        sync_folder(path.parent)


def require_room(folder: Path, more_bytes: int, keep_free_bytes: int) -> None:
    """Raise `StorageFullError` (storage.full) unless `more_bytes` leave `keep_free_bytes` on the disk."""
    if shutil.disk_usage(folder).free - more_bytes < keep_free_bytes:
        raise StorageFullError(ErrorCode.STORAGE_FULL)


def write_whole(path: Path, data: bytes) -> None:
    """Write a new file, all of it or nothing, durable when this returns; raises `StorageFullError`."""
    with _room():
        write_private(path, data)


def write_at(path: Path, offset: int, data: bytes) -> None:
    """Write `data` into the file at `offset`, durable when this returns; raises `StorageFullError`.

    A crash or a full disk leaves a part of it: the caller writes down what is whole afterwards.
    """
    with _room():
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            _write_all(descriptor, offset, data)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(path.parent)


def read_at(path: Path, offset: int, length: int) -> bytes:
    """Return up to `length` bytes from `offset`; raises `FileNotFoundError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = bytearray()
        while piece := os.pread(descriptor, length - len(found), offset + len(found)):
            found += piece
        return bytes(found)
    finally:
        os.close(descriptor)


def remove_file(path: Path) -> None:
    """Remove a file that may be gone already."""
    path.unlink(missing_ok=True)


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files that may be gone already."""
    for path in paths:
        remove_file(path)


def remove_folder(path: Path) -> None:
    """Remove a folder with all that is in it; one that is gone already is fine."""
    with suppress(FileNotFoundError):
        shutil.rmtree(path)


def numbers_in(folder: Path) -> list[int]:
    """Return the numbers that files in a folder of parts are named by, rising; none for no folder."""
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def _write_all(descriptor: int, offset: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        done = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[done:], offset + done


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError(ErrorCode.STORAGE_FULL) from error
        raise
