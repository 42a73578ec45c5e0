"""Generations: each complete index is a folder of its own, and a file says which of them is in use.

| in the index folder   | what it is                                                                 |
|-----------------------|----------------------------------------------------------------------------|
| `current`             | number of the generation in use                                            |
| `<number>/`           | one LMDB environment                                                       |
| `<number>.<way>/`     | the next generation while it is being built, out of the feed or of rows    |
| `writer.lock`         | held by whoever changes the index or the file `current`, for as long       |
| `rebuild.lock`        | held by the one rebuild that may run                                       |

A folder that holds an environment directly and no `current` is generation 0. What is not in use is
removed at once: a reader that has it open keeps its files until it has moved on, nobody else finds
them, and nothing that was withdrawn stays behind in them (I7).
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from comity.crypto.files import PRIVATE_FILE, read_private, sync_folder, write_private
from comity.kernel.errors import ConfigurationError, ErrorCode, IntegrityError, UnavailableError

CURRENT: Final = "current"
DATA_FILE: Final = "data.mdb"
WRITER_LOCK: Final = "writer.lock"
REBUILD_LOCK: Final = "rebuild.lock"
LOCK_WAIT_S: Final = 2.0
"""How long a writer waits for its turn; a batch of the feed takes a fraction of that."""
RESUMABLE: Final = ".feed"
"""Ending of the folder of a generation that is built from the feed, entry by entry."""
_LOCK_POLL_S: Final = 0.01
_GONE: Final = ".gone"

Signature = tuple[int, int] | None
"""Tells one state of the file `current` from another; None while there is none."""


def signature(directory: Path) -> Signature:
    """Return what changes whenever another generation comes into use: a few microseconds."""
    try:
        found = (directory / CURRENT).stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def current_number(directory: Path) -> int | None:
    """Return the number of the generation in use, None where there is no index yet.

    Raises `IntegrityError` (integrity.index) when the file `current` holds no number.
    """
    try:
        text = read_private(directory / CURRENT)
    except ConfigurationError as error:
        if error.code is not ErrorCode.CONFIG_MISSING:
            raise
        return 0 if (directory / DATA_FILE).exists() else None
    if not text.strip().isdigit():
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="file current")
    return int(text)


def folder_of(directory: Path, number: int) -> Path:
    """Return the folder of a generation."""
    return directory / str(number) if number else directory


def current(directory: Path) -> Path:
    """Return the folder of the generation in use. Raises `UnavailableError` (index.unavailable)."""
    number = current_number(directory)
    if number is None:
        raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail="no generation")
    return folder_of(directory, number)


def next_number(directory: Path) -> int:
    """Return the number of the generation after the present one."""
    return (current_number(directory) or 0) + 1


def unfinished(directory: Path, way: str) -> Path:
    """Return the folder in which the next generation is built, made or not."""
    return directory / f"{next_number(directory)}.{way}"


def publish(directory: Path, built: Path) -> int:
    """Put the finished generation in `built`, which nobody has open, into use; return its number.

    To be called with `writing` held. Durable when this returns; a crash leaves the old generation or
    the new one in use, each whole. The old one is removed.
    """
    number = next_number(directory)
    _sync_file(built / DATA_FILE)
    sync_folder(built)
    place = folder_of(directory, number)
    if place.exists():
        remove(place)
    built.rename(place)
    sync_folder(directory)
    write_private(directory / CURRENT, b"%d\n" % number)
    sweep(directory)
    return number


def sweep(directory: Path) -> None:
    """Remove every generation that is not in use, and what crashes left of such removals.

    To be called with `writing` held. What a refill had fetched when it broke off is left for the next one.
    """
    number = current_number(directory)
    if not is_rebuilding(directory):
        for path in unfinished_folders(directory):
            if path.suffix != RESUMABLE:
                remove(path)
    for path in directory.iterdir():
        if path.name.startswith(_GONE) or (path.name.isdigit() and path.name != str(number)):
            remove(path)
    if number:
        for name in (DATA_FILE, "lock.mdb"):
            (directory / name).unlink(missing_ok=True)


def discard_unfinished(directory: Path, *, keep: Path | None = None) -> None:
    """Remove what rebuilds left unfinished, but for `keep`. To be called with `rebuilding` held."""
    for path in unfinished_folders(directory):
        if path != keep:
            remove(path)


def unfinished_folders(directory: Path) -> list[Path]:
    """Return the folders of generations that are being built, or were when a rebuild broke off."""
    return [path for path in directory.glob("[0-9]*.*") if path.is_dir()]


def remove(place: Path) -> None:
    """Remove a generation's folder: all of it under its name at once, then file by file."""
    gone = place
    if not place.name.startswith(_GONE):
        gone = place.with_name(f"{_GONE}-{secrets.token_hex(8)}")
        place.rename(gone)
    shutil.rmtree(gone)


@contextmanager
def writing(directory: Path, wait_s: float | None = None) -> Iterator[None]:
    """Hold the right to change the index.

    Raises `UnavailableError` (index.rebuilding) after `wait_s`, by default `LOCK_WAIT_S`.
    """
    with _locked(directory / WRITER_LOCK, LOCK_WAIT_S if wait_s is None else wait_s):
        yield


@contextmanager
def rebuilding(directory: Path) -> Iterator[None]:
    """Hold the right to rebuild. Raises `UnavailableError` (index.rebuilding) when another does."""
    with _locked(directory / REBUILD_LOCK, 0.0):
        yield


def is_rebuilding(directory: Path) -> bool:
    """Tell whether a rebuild runs."""
    try:
        with rebuilding(directory):
            return False
    except UnavailableError:
        return True


@contextmanager
def _locked(path: Path, wait_s: float) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        _lock(descriptor, wait_s)
        yield
    finally:
        # Closing gives the lock back, and so does the death of the process.
        os.close(descriptor)


def _lock(descriptor: int, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() >= deadline:
            raise UnavailableError(ErrorCode.INDEX_REBUILDING)
        time.sleep(_LOCK_POLL_S)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
