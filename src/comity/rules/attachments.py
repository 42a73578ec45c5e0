"""What may be attached to a message: how large, how many, under which name. Pure rules."""

import unicodedata
from typing import Final

from comity.kernel.errors import ErrorCode, InputError, LimitError

MAX_FILE_BYTES: Final = 2 * 1024**3
"""An hour of film from a body camera; what is larger travels on a disk."""
MAX_FILES: Final = 20
"""Attachments of one message: what a desk can look through."""
MAX_NAME: Final = 150
"""Characters of a name: what a list can show."""
MAX_NAME_BYTES: Final = 255
"""Of a name in UTF-8: the longest that file systems keep."""
_NEVER: Final = frozenset('/\\<>:"|?*')
"""Parts of a path, here or on the recipient's system."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Needed to write Persian and several languages of India."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of signs that show nothing or turn the direction of others, so that a name lies."""
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
)
"""Names that Windows takes for devices, whatever follows the first dot."""


def check_name(name: str, field: str = "name") -> None:
    """Raise `InputError` (attachment.name) unless `name` is the plain name of a file.

    Refused: nothing, more than 150 characters or 255 bytes, any part of a path, signs that show nothing
    or turn the direction of writing, blanks or dots at the ends, names of devices.
    """
    plain = (
        0 < len(name) <= MAX_NAME
        and name == name.strip().rstrip(".")
        and not name.startswith(".")
        and not any(_is_odd(letter) for letter in name)
        and name.split(".", 1)[0].rstrip().lower() not in _DEVICES
    )
    if not plain or len(name.encode("utf-8")) > MAX_NAME_BYTES:
        raise InputError(ErrorCode.ATTACHMENT_NAME, field=field)


def check_size(size: int, field: str = "size") -> None:
    """Raise `LimitError` (attachment.size) for more than 2 GiB, `InputError` for less than nothing."""
    if size < 0:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=field)
    if size > MAX_FILE_BYTES:
        raise LimitError(ErrorCode.ATTACHMENT_SIZE, field=field)


def check_count(count: int, field: str = "attachments") -> None:
    """Raise `LimitError` (attachment.count) for more than a message may carry."""
    if count > MAX_FILES:
        raise LimitError(ErrorCode.ATTACHMENT_COUNT, field=field)


def _is_odd(letter: str) -> bool:
    if letter in _NEVER:
        return True
    return unicodedata.category(letter) in _UNSEEN and letter not in _JOINERS
