"""Entries of `exact` and `ids` on their way through the disk: put aside by hash, taken back in order.

A spill file holds the entries of one chunk, grouped by the first bits of their hash (the partition):
where each partition begins (129 numbers of 8 bytes), then the hashes, the record numbers and the
classes. A partition is read from all files, sorted and cut into buckets in memory.
"""

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.index.buckets import BUCKET_BITS, EXACT_WIDTH, FINGERPRINT_SHIFT, ID_WIDTH
from comity.kernel.errors import ErrorCode, IntegrityError

PARTITION_BITS: Final = 7
PARTITIONS: Final = 1 << PARTITION_BITS
"""At 140 million keys a million entries each: sorted in the processor's own memory."""
_LOCAL_BITS: Final = 24
"""Of an entry's place in its partition; beside it 40 bits of the hash are left to sort by."""
_HASH_SHIFT: Final = np.uint64(FINGERPRINT_SHIFT)
_PARTITION_SHIFT: Final = np.uint64(64 - PARTITION_BITS)
_LOCAL_SHIFT: Final = np.uint64(_LOCAL_BITS)
_LOCAL_MASK: Final = np.uint64((1 << _LOCAL_BITS) - 1)
_SORTED_MASK: Final = np.uint64((1 << 64 - _LOCAL_BITS) - 1)
_FINGERPRINT_BITS: Final = np.uint64(24)
_BUCKETS: Final = 1 << BUCKET_BITS - PARTITION_BITS
"""To a partition."""


class Entries(NamedTuple):
    """Entries of one database, one value each per column."""

    hashes: NDArray[np.uint64]
    numbers: NDArray[np.uint32]
    classes: NDArray[np.uint16]
    """Empty for `ids`."""


class Buckets(NamedTuple):
    """The buckets of one partition in ascending order."""

    keys: bytes
    """Four bytes each."""
    data: bytes
    ends: list[int]
    """Where each bucket ends in `data`."""
    entries: int
    doubles: list[tuple[int, int]]
    """Pairs of record numbers whose bucket and fingerprint are the same: by chance, or one id twice."""


class Collected:
    """Stands in for `BucketChanges` while records are added one by one: entries are kept, not written."""

    def __init__(self) -> None:
        self._entries: set[tuple[int, int, int]] = set()

    def add(self, value: int, number: int, visibility: bytes = b"") -> None:
        """Keep an entry."""
        self._entries.add((value, number, int.from_bytes(visibility, "big")))

    def remove(self, value: int, number: int) -> None:
        """Nothing is removed while an index is built: raises `IntegrityError` (integrity.index)."""
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail=f"removed in a build: {number}, {value:x}")

    def finish(self) -> None:
        """Keep what was collected for `entries`."""

    def entries(self, *, classes: bool) -> Entries:
        """Return what was collected as columns, with their classes or without."""
        hashes, numbers, found = zip(*self._entries, strict=True) if self._entries else ((), (), ())
        return Entries(
            np.array(hashes, dtype=np.uint64),
            np.array(numbers, dtype=np.uint32),
            np.array(found if classes else (), dtype=np.uint16),
        )


def write_spill(path: Path, entries: Entries) -> None:
    """Write the entries of one chunk, durably."""
    partitions = (entries.hashes >> _PARTITION_SHIFT).astype(np.uint8)
    order = np.argsort(partitions, kind="stable")
    offsets = np.zeros(PARTITIONS + 1, dtype=np.int64)
    np.cumsum(np.bincount(partitions, minlength=PARTITIONS), out=offsets[1:])
    with path.open("wb") as file:
        file.write(offsets.tobytes())
        for column in entries:
            file.write(column[order].tobytes() if len(column) else b"")
        file.flush()
        os.fsync(file.fileno())


class SpillFile:
    """One spill file, mapped."""

    def __init__(self, path: Path, *, classes: bool) -> None:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        head = 8 * (PARTITIONS + 1)
        self._offsets = data[:head].view(np.int64).tolist()
        count = self._offsets[-1]
        self.count = count
        self._columns: list[NDArray[Any]] = []
        for kind in (np.uint64, np.uint32, np.uint16)[: 3 if classes else 2]:
            size = count * np.dtype(kind).itemsize
            self._columns.append(data[head : head + size].view(kind))
            head += size
        if head != len(data):
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="spill file of another length")

    def part(self, partition: int) -> list[NDArray[Any]]:
        """Return the columns of one partition."""
        start, end = self._offsets[partition : partition + 2]
        return [column[start:end] for column in self._columns]


def read_partition(files: list[SpillFile], partition: int, *, classes: bool) -> Buckets:
    """Return the buckets of one partition of all files."""
    parts = [file.part(partition) for file in files]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    hashes, numbers = columns[0], columns[1]
    if len(hashes) >> _LOCAL_BITS:
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="more entries than can be sorted")
    place = np.arange(len(hashes), dtype=np.uint64)
    packed = (hashes >> _HASH_SHIFT & _SORTED_MASK) << _LOCAL_SHIFT | place
    packed.sort()
    order = (packed & _LOCAL_MASK).astype(np.intp)
    local = packed >> _LOCAL_SHIFT
    return _cut(partition, local, numbers[order], columns[2][order] if classes else None)


def _cut(
    partition: int, local: NDArray[np.uint64], numbers: NDArray[np.uint32], classes: NDArray[np.uint16] | None
) -> Buckets:
    """Return sorted entries as buckets; `local` is bucket and fingerprint."""
    count = len(local)
    width = ID_WIDTH if classes is None else EXACT_WIDTH
    entries = np.empty((count, width), dtype=np.uint8)
    head = (local & np.uint64((1 << 24) - 1)) << np.uint64(32) | numbers
    entries[:, :ID_WIDTH] = head.astype(">u8").view(np.uint8).reshape(count, 8)[:, 1:]
    if classes is not None:
        entries[:, ID_WIDTH:] = classes.astype(">u2").view(np.uint8).reshape(count, 2)
    buckets = (local >> _FINGERPRINT_BITS).astype(np.uint32)
    changes = np.flatnonzero(buckets[1:] != buckets[:-1]) + 1
    lasts = np.append(changes, count) if count else changes
    firsts = buckets[lasts - 1] + np.uint32(partition * _BUCKETS)
    same = np.flatnonzero(local[1:] == local[:-1])
    doubles = np.stack((numbers[same], numbers[same + 1]), axis=1).tolist()
    return Buckets(
        firsts.astype(">u4").tobytes(),
        entries.tobytes(),
        (lasts * width).tolist(),
        count,
        [(one, other) for one, other in doubles],
    )
