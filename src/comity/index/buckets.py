"""Keys of records by hash: a bucket holds, sorted, the entries of all keys whose hash begins alike.

An entry is fingerprint (3 bytes), record number (4) and, in `exact`, visibility class (2): 9 bytes for a
key instead of the key itself. Bucket and fingerprint together are 47 bits of the hash; who finds an entry
must compare the row's own keys, so an entry that fits by chance is never an answer.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from comity.collections import KeyKind
from comity.matching.documents import document_fold

BUCKET_BITS: Final = 23
"""8.4 million buckets: at 140 million keys 17 entries each, some 150 bytes, 25 to a page."""
FINGERPRINT_BYTES: Final = 3
EXACT_WIDTH: Final = 9
"""Bytes of an entry of `exact`: fingerprint, record number, class."""
ID_WIDTH: Final = 7
"""Bytes of an entry of `ids`: fingerprint, record number."""
ID_KIND: Final = b"i"
"""Stands before a record id, as the kind byte does before a key."""

MULTIPLIER: Final = 0x9E3779B97F4A7C15
LAST_MULTIPLIER: Final = 0xD6E8FEB86659FD93
"""Odd, so that no step loses a bit of what went in."""
FOLD_SHIFT: Final = 32
BUCKET_SHIFT: Final = 64 - BUCKET_BITS
FINGERPRINT_SHIFT: Final = BUCKET_SHIFT - 8 * FINGERPRINT_BYTES
HASHED_WORDS: Final = 3
"""Least number of 8-byte words that are hashed: kind and 23 bytes, as long as document numbers get."""

_MASK: Final = (1 << 64) - 1
_MANY: Final = 8
"""From here on numbers side by side are quicker than one after the other."""
_TIMES: Final = np.uint64(MULTIPLIER)
_LAST_TIMES: Final = np.uint64(LAST_MULTIPLIER)
_FOLD: Final = np.uint64(FOLD_SHIFT)
_FINGERPRINT: Final = np.uint64(FINGERPRINT_SHIFT)
_BYTE: Final = np.uint64(8)
_SHORT: Final = 8 * HASHED_WORDS
_PLACES: Final = struct.Struct("4s3sx").iter_unpack
"""Seven bytes each, in front of a byte that is not wanted."""
_WORDS: Final = struct.Struct(f"<{HASHED_WORDS}Q").unpack
_KIND_BYTES: Final[dict[KeyKind, bytes]] = {
    KeyKind.DOCUMENT_NUMBER: b"d",
    KeyKind.PLATE: b"p",
    KeyKind.VIN: b"v",
    KeyKind.VIN_TAIL: b"t",
    KeyKind.ENGINE: b"e",
}
_DOCUMENT: Final = _KIND_BYTES[KeyKind.DOCUMENT_NUMBER]
FOLDS: Final = bytes(ord(document_fold(chr(sign))) if sign < 128 else sign for sign in range(256))  # noqa: PLR2004 (ASCII)
"""`document_fold` of ASCII, sign by sign; the kind byte of documents is folded to itself."""


def kind_byte(kind: KeyKind) -> bytes:
    """Return what stands before a key of this kind when it is hashed."""
    return _KIND_BYTES[kind]


def hash_of(data: bytes) -> int:
    """Return 64 bits of `data`, little-endian words one after the other; `hashes_of` does the same."""
    if len(data) > _SHORT:
        return _long_hash(data)
    one, two, three = _WORDS(data.ljust(_SHORT, b"\0"))
    value: int = one * MULTIPLIER & _MASK
    value = (value ^ value >> FOLD_SHIFT ^ two) * MULTIPLIER & _MASK
    value = (value ^ value >> FOLD_SHIFT ^ three) * MULTIPLIER & _MASK
    return (value ^ value >> FOLD_SHIFT) * LAST_MULTIPLIER & _MASK


def hashes_of(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return `hash_of` of many, each a row of `HASHED_WORDS` little-endian words."""
    value = words[:, 0] * _TIMES
    for place in range(1, HASHED_WORDS):
        value ^= value >> _FOLD
        value ^= words[:, place]
        value *= _TIMES
    value ^= value >> _FOLD
    value *= _LAST_TIMES
    return value


def _long_hash(data: bytes) -> int:
    value = 0
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start : start + 8], "little")
        value = (value ^ value >> FOLD_SHIFT ^ word) * MULTIPLIER & _MASK
    return (value ^ value >> FOLD_SHIFT) * LAST_MULTIPLIER & _MASK


def key_hash(kind: KeyKind, value: str) -> int:
    """Return the hash under which a normal key lies; document numbers that look alike share theirs."""
    return hash_of(hashed(kind, value))


def hashed(kind: KeyKind, value: str) -> bytes:
    """Return what of a normal key is hashed."""
    if kind is not KeyKind.DOCUMENT_NUMBER:
        return _KIND_BYTES[kind] + value.encode()
    if value.isascii():
        return _DOCUMENT + value.encode().translate(FOLDS)
    return _DOCUMENT + document_fold(value).encode()


def id_hash(record_id: bytes) -> int:
    """Return the hash under which a record id lies (16 bytes of a UUID, or its text when it is none)."""
    return hash_of(ID_KIND + record_id)


def place(value: int) -> tuple[bytes, bytes]:
    """Return bucket key and fingerprint of a hash."""
    both = (value >> FINGERPRINT_SHIFT).to_bytes(7, "big")
    return both[:4], both[4:]


def places(keys: Sequence[tuple[KeyKind, str]]) -> list[tuple[bytes, bytes]]:
    """Return `place` of the hash of each of these normal keys; of many, in a fraction of the time."""
    padded = _padded(keys) if len(keys) >= _MANY else None
    if padded is None:
        return [place(key_hash(kind, value)) for kind, value in keys]
    value = hashes_of(np.frombuffer(padded, "<u8").reshape(-1, HASHED_WORDS))
    both = (value >> _FINGERPRINT << _BYTE).astype(">u8").tobytes()
    return list(_PLACES(both))


def _padded(keys: Sequence[tuple[KeyKind, str]]) -> bytes | None:
    """Return what of each key is hashed, filled up to `HASHED_WORDS`; None where one of them is longer."""
    width = _SHORT - len(_DOCUMENT)
    if [kind for kind, _ in keys].count(KeyKind.DOCUMENT_NUMBER) == len(keys):
        # Nearly always: what has to be done for each is done for all of them in one go.
        sign = _DOCUMENT.decode()
        text = sign + sign.join([value.ljust(width, "\0") for _, value in keys])
        if text.isascii():
            return text.encode().translate(FOLDS) if len(text) == len(keys) * _SHORT else None
    data = [hashed(kind, value) for kind, value in keys]
    if max(map(len, data)) > _SHORT:
        return None
    return b"".join([each.ljust(_SHORT, b"\0") for each in data])


def find(bucket: bytes, fingerprint: bytes, width: int) -> int:
    """Return where the first entry with `fingerprint` begins, -1 when there is none."""
    at = bucket.find(fingerprint)
    while at >= 0 and at % width:
        at = bucket.find(fingerprint, at + 1)
    return at


def numbers(bucket: bytes, fingerprint: bytes, width: int) -> Iterator[int]:
    """Yield the record numbers of the entries with `fingerprint`, ascending."""
    at = find(bucket, fingerprint, width)
    while at >= 0 and bucket[at : at + FINGERPRINT_BYTES] == fingerprint:
        yield int.from_bytes(bucket[at + 3 : at + 7], "big")
        at += width


def entries(bucket: bytes, width: int) -> Iterator[bytes]:
    """Yield the entries of a bucket in order."""
    for at in range(0, len(bucket), width):
        yield bucket[at : at + width]


class EntryChanges(Protocol):
    """Takes the changes of one bucket database."""

    def add(self, value: int, number: int, visibility: bytes = b"") -> None:
        """Enter a record number under a hash."""

    def remove(self, value: int, number: int) -> None:
        """Take a record number out from under a hash, whatever its class."""

    def finish(self) -> None:
        """Write what was collected, or keep it."""


class BucketChanges:
    """Collects changes of one bucket database and writes each bucket once, in ascending order."""

    def __init__(self, transaction: Any, database: Any, width: int) -> None:
        self._transaction = transaction
        self._database = database
        self._width = width
        self._added: dict[bytes, set[bytes]] = {}
        self._removed: dict[bytes, set[bytes]] = {}

    def add(self, value: int, number: int, visibility: bytes = b"") -> None:
        """Enter a record number under a hash."""
        key, fingerprint = place(value)
        self._added.setdefault(key, set()).add(fingerprint + number.to_bytes(4, "big") + visibility)

    def remove(self, value: int, number: int) -> None:
        """Take a record number out from under a hash, whatever its class."""
        key, fingerprint = place(value)
        self._removed.setdefault(key, set()).add(fingerprint + number.to_bytes(4, "big"))

    def finish(self) -> None:
        """Write what was collected."""
        for key in sorted(self._added.keys() | self._removed.keys()):
            data = self._transaction.get(key, b"", db=self._database)
            left = self._without(data, self._removed.get(key, frozenset()))
            after = b"".join(sorted(self._added.get(key, set()).union(left)))
            if not after:
                self._transaction.delete(key, db=self._database)
            elif after != data:
                self._transaction.put(key, after, db=self._database)

    def _without(self, data: bytes, removed: Iterable[bytes]) -> list[bytes]:
        kept = list(entries(data, self._width))
        return [entry for entry in kept if entry[:ID_WIDTH] not in removed] if removed else kept
