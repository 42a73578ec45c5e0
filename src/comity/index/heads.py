"""What retrieval knows of a listed name without its record: fixed bytes in front of the form in `names`.

Beside what is needed to leave a name out, the days between which the person was born: of a thousand
bearers of one name those come first who can be meant.
"""

import struct
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np

from comity.matching.dates import EARLIEST_YEAR, BirthDate

UNKNOWN_BIRTH: Final = (0, (1 << 16) - 1)
_FIRST_DAY: Final = date(EARLIEST_YEAR, 1, 1).toordinal()
HEAD: Final = np.dtype(
    [
        ("record", "<u4"),
        ("expires", "<u8"),
        ("visibility", "<u2"),
        ("earliest", "<u2"),
        ("latest", "<u2"),
        ("letters", "u1"),
        ("weak", "u1"),
    ]
)
"""Microseconds since 1970, visibility class, days since 1850 (up to 2029), letters in all words."""
_PACKED: Final = struct.Struct("<IQHHHB?")


class NameHead(NamedTuple):
    """What retrieval must know of a name before it looks at the record."""

    record: int
    expires: int
    """Microseconds since 1970-01-01T00:00:00Z."""
    visibility: int = 0
    """Class; 0 for a record that all may see."""
    earliest: int = UNKNOWN_BIRTH[0]
    latest: int = UNKNOWN_BIRTH[1]
    letters: int = 0
    weak: bool = False
    """No ground for an alarm by itself."""

    @property
    def restricted(self) -> bool:
        """Whether some members may not see the record."""
        return self.visibility != 0


def encode_name(head: NameHead, form: bytes) -> bytes:
    """Return the value of `names`."""
    return _PACKED.pack(*head) + form


def decode_name(data: bytes) -> tuple[NameHead, bytes]:
    """Return head and form bytes of a value of `names`."""
    return NameHead(*_PACKED.unpack_from(data)), data[_PACKED.size :]


def read_heads(values: Sequence[bytes]) -> Any:
    """Return the heads of values of `names` as one array."""
    return np.frombuffer(b"".join([value[: HEAD.itemsize] for value in values]), HEAD)


def birth_days(births: Sequence[BirthDate]) -> tuple[int, int]:
    """Return the days since 1850 between which all of `births` lie; everything when there are none."""
    if not births:
        return UNKNOWN_BIRTH
    return day_number(min(one.earliest for one in births)), day_number(max(one.latest for one in births))


def day_number(day: date) -> int:
    """Return the days since 1850, within what two bytes hold."""
    return min(max(day.toordinal() - _FIRST_DAY, UNKNOWN_BIRTH[0]), UNKNOWN_BIRTH[1])
