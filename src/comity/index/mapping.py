"""Bringing an open index's pages into a process before anybody asks (madvise(2), MADV_POPULATE_READ).

LMDB maps its file; each page that a question is the first to touch costs a fault, and after a restart of
the machine a read of the disk. A reader that says it is ready has had them all, as far as memory goes.
"""

import ctypes
import errno
import mmap
import os
from pathlib import Path
from typing import Final

from comity.index.generations import DATA_FILE, current

POPULATE_READ: Final = 22
"""Linux 5.14."""
MEMORY_SHARE: Final = 2
"""An index is brought in where it takes no more than this part of the memory that is free: 1/2. Pages of a
file that others need more are given up by themselves; reading what then has to go again helps nobody."""

_OWN_MAPS: Final = Path("/proc/self/maps")
_MEMORY: Final = Path("/proc/meminfo")
_NOT_OFFERED: Final = (errno.EINVAL, errno.EFAULT, errno.ENOSYS, errno.EPERM)


def bring_in(directory: Path) -> bool:
    """Touch every page of the generation in use, which this process has open; tell whether that was done.

    It is not where memory is scarce or the system too old. Takes 50 ms a gigabyte out of the machine's
    memory, and as long as reading takes from the disk. Raises `UnavailableError` (index.unavailable).
    """
    path = (current(directory) / DATA_FILE).resolve()
    begin = _mapped_at(path)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        # Another generation came into use this moment.
        return False
    if begin is None or size * MEMORY_SHARE > _free_bytes():
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    length = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    if not libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(length), ctypes.c_int(POPULATE_READ)):
        return True
    code = ctypes.get_errno()
    if code in _NOT_OFFERED:
        return False
    raise OSError(code, os.strerror(code))


def _mapped_at(path: Path) -> int | None:
    """Return where this process has a file mapped, None where it has not (proc(5))."""
    for line in _OWN_MAPS.read_text("utf-8").splitlines():
        place, _, rest = line.partition(" ")
        if rest.endswith(f" {path}"):
            return int(place.partition("-")[0], 16)
    return None


def _free_bytes() -> int:
    """Return the memory that could be used without swapping, file pages that could go included."""
    for line in _MEMORY.read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0
