"""Identifiers are types: a bureau's code can never be passed where a record's id belongs."""

import re
import secrets
from datetime import datetime
from typing import Final, NewType

BureauId = NewType("BureauId", str)
"""Code of a contact point: two capital letters of ISO 3166-1, `SEC` for the secretariat."""

NodeId = NewType("NodeId", str)
"""Code of an installation: its bureau's code, with a suffix for a post (`SI`, `SI-post1`, `SEC`)."""

OfficerId = NewType("OfficerId", str)
"""Opaque account id of a person at a bureau. Never a name."""

RecordId = NewType("RecordId", str)
MessageId = NewType("MessageId", str)
ThreadId = NewType("ThreadId", str)
FormId = NewType("FormId", str)
"""A form that the product knows (`free_text`), or a bureau's own (`SI:fishing_boat`)."""

UnitId = NewType("UnitId", str)
"""Code of a sub-bureau or a national authority below a bureau."""

NO_UNIT: Final = UnitId("")
"""The bureau itself."""

BlobId = NewType("BlobId", str)
HitId = NewType("HitId", str)
SearchId = NewType("SearchId", str)
FeedSequence = NewType("FeedSequence", int)
"""Position in the secretariat's feed of changes; 1 is the first entry, no number is ever left out."""

SECRETARIAT: Final = BureauId("SEC")
NODE_ID_PATTERN: Final = re.compile(r"(SEC|[A-Z]{2})(-[a-z0-9]{1,20})?")
FORM_ID_PATTERN: Final = re.compile(r"((SEC|[A-Z]{2}):)?[a-z][a-z0-9_]{1,39}")
UUID_PATTERN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
IDS_AT_ONCE: Final = 256
"""Some 2,600 random bytes cost hardly more than ten, and digits are put in their places for all together."""
_ID_HEX: Final = 20
"""Nineteen digits of an id are random, one of them in part; bytes are drawn whole."""
_ID_END: Final = "rrr-vrrr-rrrrrrrrrrrr "
"""What stands behind the version: random digits, the first of the two groups led by the variant; a gap."""
_VARIANT: Final = bytes.maketrans(b"0123456789abcdef", b"89ab" * 4)
"""The two random bits of the digit that also holds the variant (RFC 9562 section 4.1)."""


def new_id(at: datetime) -> str:
    """Return a UUID version 7 (RFC 9562 section 5.7): sorts by `at` to the millisecond, else random."""
    millis = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    drawn = secrets.randbits(74)
    value = (millis << 80) | (0x7 << 76) | (drawn >> 62 << 64) | (0b10 << 62) | (drawn & ((1 << 62) - 1))
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class IdPool:
    """Ids as `new_id` gives them, for thousands a second: randomness is drawn for many at a time.

    For one thread; not to be shared with a forked process.
    """

    def __init__(self) -> None:
        self._drawn: list[str] = []
        self._instant: datetime | None = None
        self._prefix = ""

    def take(self, at: datetime) -> str:
        """Return a UUID version 7 of the instant `at` that nobody was given before."""
        if at is not self._instant:
            text = f"{int(at.timestamp() * 1000) & ((1 << 48) - 1):012x}"
            self._instant, self._prefix = at, f"{text[:8]}-{text[8:]}-7"
        if not self._drawn:
            self._drawn = _draw_ends(IDS_AT_ONCE)
        return self._prefix + self._drawn.pop()


def _draw_ends(count: int) -> list[str]:
    """Return what stands behind the version in `count` ids."""
    digits, width = secrets.token_hex(_ID_HEX * count // 2).encode(), len(_ID_END)
    ends, number = bytearray(_ID_END.encode() * count), 0
    for place, sign in enumerate(_ID_END):
        if sign in "rv":
            column = digits[number::_ID_HEX]
            ends[place::width] = column.translate(_VARIANT) if sign == "v" else column
            number += 1
    return ends.decode().split()


def is_id(text: str) -> bool:
    """Tell whether `text` has the form that `new_id` gives."""
    return UUID_PATTERN.fullmatch(text) is not None


def is_node_id(text: str) -> bool:
    """Tell whether `text` can name a node."""
    return NODE_ID_PATTERN.fullmatch(text) is not None


def is_form_id(text: str) -> bool:
    """Tell whether `text` can name a form: one of the product (`free_text`) or a bureau's own (`SI:boat`)."""
    return FORM_ID_PATTERN.fullmatch(text) is not None


def bureau_of(node: NodeId) -> BureauId:
    """Return the contact point that answers for `node`."""
    return BureauId(node.split("-", 1)[0])
