"""Whole columns at once: the hashes and compact rows of `buckets` and `blocks`, a million documents a second.

Each function here gives exactly what its twin there gives for one record.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.collections import KeyKind
from comity.index.blocks import DAY, MAX_DAY, MAX_PLAIN, PLAIN, ROWS, TEXT
from comity.index.buckets import FOLDS, HASHED_WORDS, ID_KIND, hashes_of, kind_byte
from comity.index.columns import NUMBER_BYTES, DocumentColumns
from comity.kernel.errors import ErrorCode, InputError

Bytes = NDArray[np.uint8]
Hashes = NDArray[np.uint64]

_SIGNS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGIT_OF: Final = np.full(256, 255, dtype=np.uint8)
_DIGIT_OF[list(_SIGNS)] = np.arange(len(_SIGNS), dtype=np.uint8)
_FOLDED: Final = np.frombuffer(FOLDS, dtype=np.uint8)
_SEVEN_BITS: Final = 7
_MAX_VARINT: Final = 5
"""Bytes of 32 bits, seven to a byte."""
_BASE: Final = np.uint64(36)
_ID_BYTES: Final = 16
_WORD: Final = 8


class Blocks(NamedTuple):
    """Compact rows of consecutive numbers, from one that begins a block."""

    data: bytes
    ends: NDArray[np.int64]
    """Where each block ends in `data`."""


def check(columns: DocumentColumns) -> Bytes:
    """Return the numbers as a matrix of bytes, zeros behind.

    Raises `InputError`: input.wrong_type for columns that differ in length or form, input.bad_number for
    a number that is no normal key, input.impossible_date for an event after 2149.
    """
    count = len(columns.numbers)
    shapes = {len(column) for column in columns}
    if shapes != {count} or columns.record_ids.shape != (count, _ID_BYTES):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="columns")
    if columns.event_days.max(initial=0) > MAX_DAY:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field="columns.event_days")
    signs = np.ascontiguousarray(columns.numbers, dtype=f"S{NUMBER_BYTES}").view(np.uint8)
    signs = signs.reshape(count, NUMBER_BYTES)
    there = signs != 0
    odd = there & (_DIGIT_OF[signs] == _DIGIT_OF[0])
    if odd.any() or not there[:, 0].all() or (there[:, 1:] > there[:, :-1]).any():
        raise InputError(ErrorCode.INPUT_BAD_NUMBER, field="columns.numbers")
    return signs


def document_hashes(signs: Bytes) -> Hashes:
    """Return `buckets.key_hash` of document numbers, given as a matrix of bytes."""
    return _hashes(kind_byte(KeyKind.DOCUMENT_NUMBER), _FOLDED[signs])


def id_hashes(record_ids: Bytes) -> Hashes:
    """Return `buckets.id_hash` of record ids, 16 bytes each."""
    return _hashes(ID_KIND, record_ids)


def _hashes(kind: bytes, values: Bytes) -> Hashes:
    count, width = values.shape
    padded = np.zeros((count, HASHED_WORDS * _WORD), dtype=np.uint8)
    padded[:, 0] = kind[0]
    padded[:, 1 : 1 + width] = values
    return hashes_of(padded.view("<u8"))


def encode_blocks(columns: DocumentColumns, signs: Bytes, templates: NDArray[np.uint32]) -> Blocks:
    """Return the compact rows of documents; `templates` are the numbers of those they share with others."""
    parts = _Parts(len(signs))
    plain = _lengths(signs) <= MAX_PLAIN
    dated = columns.event_days >= 0
    parts.varint(templates)
    flags: Bytes = np.where(plain, np.uint8(PLAIN), np.uint8(TEXT)) | dated * np.uint8(DAY)
    parts.add(flags.reshape(-1, 1))
    parts.add(columns.record_ids)
    parts.varint(columns.versions)
    parts.add(_big_endian(columns.expires, ">u4"))
    if dated.any():
        parts.add(_big_endian(columns.event_days.clip(0), ">u2"), dated[:, None])
    packed, there = _plain_numbers(signs)
    parts.add(packed, there & plain[:, None])
    if not plain.all():
        parts.add(signs, (signs != 0) & ~plain[:, None])
    return parts.blocks()


class _Parts:
    """Bytes of many rows side by side, with a mask of those that are there."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._bytes: list[Bytes] = []
        self._masks: list[NDArray[np.bool_]] = []

    def add(self, part: Bytes, mask: NDArray[np.bool_] | None = None) -> None:
        """Set a part behind those that are there already; `mask` says of what it is made up in each row."""
        self._bytes.append(part)
        there = np.True_ if mask is None else mask
        self._masks.append(np.broadcast_to(there, part.shape))

    def varint(self, values: NDArray[np.uint32]) -> None:
        """Set numbers of seven bits to a byte, the lowest first."""
        highest = int(values.max(initial=0))
        length = max(1, -(-highest.bit_length() // _SEVEN_BITS))
        for place in range(min(length, _MAX_VARINT)):
            left = values >> np.uint32(_SEVEN_BITS * place)
            more = (left >> np.uint32(_SEVEN_BITS)) > 0
            signs: Bytes = (left & np.uint32(127)).astype(np.uint8) | more * np.uint8(128)
            mask = (left > 0)[:, None] if place else None
            self.add(signs.reshape(-1, 1), mask)

    def blocks(self) -> Blocks:
        """Return the rows eight to a block, behind their lengths."""
        width = sum(part.shape[1] for part in self._bytes)
        count = -(-self._count // ROWS)
        data = np.zeros((count * ROWS, width), dtype=np.uint8)
        mask = np.zeros((count * ROWS, width), dtype=np.bool_)
        np.concatenate(self._bytes, axis=1, out=data[: self._count])
        np.concatenate(self._masks, axis=1, out=mask[: self._count])
        lengths = np.count_nonzero(mask, axis=1).astype(np.uint8).reshape(count, ROWS)
        rows = np.concatenate((lengths, data.reshape(count, -1)), axis=1)
        there = np.concatenate((np.ones_like(lengths, dtype=np.bool_), mask.reshape(count, -1)), axis=1)
        ends = np.cumsum(lengths.sum(axis=1, dtype=np.int64) + ROWS)
        return Blocks(rows[there].tobytes(), ends)


def _plain_numbers(signs: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    """Return numbers in base 36 behind a 1, eight bytes big-endian, and which of these are there."""
    value = np.ones(len(signs), dtype=np.uint64)
    for place in range(MAX_PLAIN):
        sign = signs[:, place]
        there = sign != 0
        if not there.any():
            break
        value = np.where(there, value * _BASE + _DIGIT_OF[sign], value)
    limits = np.uint64(1) << np.arange(56, -1, -_WORD, dtype=np.uint64)
    return _big_endian(value, ">u8"), value[:, None] >= limits


def _lengths(signs: Bytes) -> NDArray[np.int64]:
    lengths: NDArray[np.int64] = np.count_nonzero(signs, axis=1)
    return lengths


def _big_endian(values: NDArray[Any], form: str) -> Bytes:
    return values.astype(form).view(np.uint8).reshape(len(values), -1)
