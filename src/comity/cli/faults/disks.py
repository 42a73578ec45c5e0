"""Disks that can be full: a small file system in memory for each node, where the caller is root.

They are mounted in a mount namespace of the command's own: nobody else sees them, and they are gone with
its last process, however it ends.
"""

import os
from pathlib import Path
from typing import Final

from comity.cli.faults.namespaces import carried_out, entered

CAPACITY_MB: Final = 2048
"""A limit, not an amount: memory is taken by what is written, some 100 MB in 250 schedules."""
_NEW_MOUNTS: Final = 0x00020000
"""CLONE_NEWNS of unshare(2)."""
_ATTEMPTS: Final = 20


def own_mounts() -> bool:
    """Give this program mounts of its own, before any thread starts; False where that is not allowed."""
    return entered(_NEW_MOUNTS, "mount") and _mount("--make-rprivate", "/")


class Disk:
    """The file system at `path`, with all that a node and its database write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True)
        if not _mount("-t", "tmpfs", "-o", f"size={CAPACITY_MB}m,mode=0755", "comity-faults", str(path)):
            raise OSError(str(path))

    def fill(self, spare: int) -> None:
        """Leave `spare` bytes to everybody together."""
        for attempt in range(_ATTEMPTS):
            stats = os.statvfs(self._path)
            # What is written meanwhile counts too: a size below what is used is refused.
            size = (stats.f_blocks - stats.f_bfree + attempt**2) * stats.f_frsize + spare
            if self._resize(f"{size}"):
                return
        raise OSError(str(self._path))

    def free(self) -> None:
        """Make room again."""
        if not self._resize(f"{CAPACITY_MB}m"):
            raise OSError(str(self._path))

    def remove(self) -> None:
        """Unmount it; open files stay until they are closed."""
        carried_out("umount", "--lazy", str(self._path))

    def _resize(self, size: str) -> bool:
        return _mount("-o", f"remount,size={size}", str(self._path))


def _mount(*arguments: str) -> bool:
    return carried_out("mount", *arguments)
