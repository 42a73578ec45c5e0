"""Numbers that only rise, even when the database is put back from a backup.

A process that gives out rising numbers begins a life of its own: it counts on from a number that no
earlier life can have reached. The last one is kept in a file beside the database, for a restored
database does not know what it had given since.
"""

import fcntl
import os
from datetime import datetime
from pathlib import Path
from typing import Final

from comity.crypto.files import PRIVATE_FILE, read_private, write_private
from comity.kernel.errors import ConfigurationError, ErrorCode

BEHIND: Final = 1_000_000
"""How far above the last life one begins when the clock has gone back: more than any life counts."""
_LOCK: Final = ".life.lock"


def begin_life(path: Path, at: datetime) -> int:
    """Return where a life that begins at `at` counts from, noted in the file `path` for the next one.

    It is the instant in milliseconds of Unix time, so that it rises even where the file is lost or is put
    back together with the database. Raises `ConfigurationError` (config.odd_value, config.permissions).
    """
    descriptor = os.open(path.with_name(_LOCK), os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        last = _last(path)
        now = int(at.timestamp() * 1000)
        begun = now if now > last else last + BEHIND
        write_private(path, str(begun).encode("ascii"))
        return begun
    finally:
        os.close(descriptor)


def _last(path: Path) -> int:
    if not path.exists():
        return 0
    text = read_private(path)
    if not text.isdigit():
        raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=str(path))
    return int(text)
