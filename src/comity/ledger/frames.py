"""How one entry lies in a spool segment: length, checksum, salt, body.

```
 0        4        8                40
 | length | crc32  | salt (32 bytes) | body (length bytes) |      numbers big-endian
```

The checksum covers length, salt and body, so a frame that was cut or never finished is recognised.
The salt is drawn at writing, so that a later Merkle tree can commit to the entry without migration.
"""

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from secrets import token_bytes
from typing import Final, NamedTuple

from comity.kernel.errors import ErrorCode, LimitError
from comity.ledger.commitments import SALT_BYTES, new_salt

HEADER: Final = struct.Struct(f">II{SALT_BYTES}s")
MAX_ENTRY_BYTES: Final = 4 * 1024 * 1024
"""A search entry carries at most 20 candidates of at most 64 KiB and their reasons; more is damage."""

LENGTHS_KEPT: Final = 2_048
"""Nearly all entries have 400 to 900 bytes."""

_LENGTH: Final = struct.Struct(">I")


class Frame(NamedTuple):
    """One entry as read."""

    salt: bytes
    body: bytes
    size_bytes: int
    """Of header and body together."""


def encode(body: bytes, salt: bytes | None = None) -> bytes:
    """Return the frame of `body` under `salt`, a fresh one by default.

    Raises `LimitError` when the body is empty or too long.
    """
    if not 0 < len(body) <= MAX_ENTRY_BYTES:
        raise _bad_length(len(body))
    salt = salt or new_salt()
    length = len(body).to_bytes(4, "big")
    return b"%b%b%b%b" % (length, _checksum(length, salt, body).to_bytes(4, "big"), salt, body)


def encode_all(bodies: Sequence[bytes]) -> bytes:
    """Return the frames of `bodies` one after the other, each with its own salt. Raises as `encode`."""
    drawn, crc32, parts = token_bytes(SALT_BYTES * len(bodies)), zlib.crc32, list[bytes]()
    start = 0
    for body in bodies:
        stated, begun = _stated(len(body))
        end = start + SALT_BYTES
        salted = drawn[start:end] + body
        parts += (stated, crc32(salted, begun).to_bytes(4, "big"), salted)
        start = end
    return b"".join(parts)


@lru_cache(LENGTHS_KEPT)
def _stated(length: int) -> tuple[bytes, int]:
    """Return a length as it stands in front of a frame, and the checksum begun with it."""
    if not 0 < length <= MAX_ENTRY_BYTES:
        raise _bad_length(length)
    stated = length.to_bytes(4, "big")
    return stated, zlib.crc32(stated)


def decode(data: memoryview, offset: int) -> Frame | None:
    """Return the frame that starts at `offset`, or None when no whole and sound one does."""
    if len(data) - offset < HEADER.size:
        return None
    length, crc, salt = HEADER.unpack_from(data, offset)
    end = offset + HEADER.size + length
    if not 0 < length <= MAX_ENTRY_BYTES or end > len(data):
        return None
    body = bytes(data[offset + HEADER.size : end])
    if crc != _checksum(_LENGTH.pack(length), salt, body):
        return None
    return Frame(salt, body, HEADER.size + length)


def sound_length(data: memoryview) -> int:
    """Return how many bytes of `data` are whole frames, counted from its start."""
    offset = 0
    while (frame := decode(data, offset)) is not None:
        offset += frame.size_bytes
    return offset


def _bad_length(length: int) -> LimitError:
    return LimitError(ErrorCode.LIMIT_BODY, detail=f"journal entry of {length} bytes")


def _checksum(length: bytes, salt: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(length + salt))
