"""Files that only their owner reads: written whole or not at all, refused when others can read them."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from comity.kernel.errors import ConfigurationError, ErrorCode

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""Any right of group or other on a private file or folder is refused."""


def write_private(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace the file at `path` by `data`, mode 0600, durable when this returns.

    A crash leaves the old file or the new one, never a part: the bytes go to a new file beside it,
    which is synced, then renamed, then the folder is synced. `durable=False` leaves the syncs out, for
    what the next start makes anew.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), PRIVATE_FILE)
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """Return the bytes of a private file.

    Raises `ConfigurationError`: config.missing, or config.permissions when group or other has any
    right on it. The right is read from the opened file, so it cannot be swapped in between.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise ConfigurationError(ErrorCode.CONFIG_MISSING, field=str(path)) from error
    except OSError as error:
        raise ConfigurationError(ErrorCode.CONFIG_PERMISSIONS, field=str(path)) from error
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(file.fileno()).st_mode & OTHERS:
            raise ConfigurationError(ErrorCode.CONFIG_PERMISSIONS, field=str(path))
        return file.read()


def make_private_folder(path: Path) -> None:
    """Make the folder at `path` with mode 0700, whatever the umask."""
    path.mkdir(mode=PRIVATE_FOLDER)
    path.chmod(PRIVATE_FOLDER)


def check_private_folder(path: Path) -> None:
    """Raise `ConfigurationError` (config.missing, config.permissions) unless `path` is a 0700 folder."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise ConfigurationError(ErrorCode.CONFIG_MISSING, field=str(path)) from error
    if not stat.S_ISDIR(mode) or mode & OTHERS:
        raise ConfigurationError(ErrorCode.CONFIG_PERMISSIONS, field=str(path))


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable; without it a renamed file can be lost with the power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
