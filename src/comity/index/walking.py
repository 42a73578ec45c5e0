"""Going through everything that an index holds, in the order in which it lies on the disk."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from comity.index.blocks import BLOCK_SHIFT, split
from comity.index.layout import unpack
from comity.index.opening import Snapshot

StoredRow = tuple[int, bytes]
"""Number and bytes of a row."""
_Item = tuple[bytes, bytes]


def stored_rows(snapshot: Snapshot) -> Iterator[StoredRow]:
    """Yield every row, by its number."""
    blocks = (_rows_of(key, value) for key, value in _items(snapshot, "blocks"))
    return chain(chain.from_iterable(blocks), _lone_rows(_items(snapshot, "records")))


def differences(before: Snapshot, now: Snapshot) -> tuple[list[StoredRow], list[StoredRow]]:
    """Return the rows that only `before` has and those that only `now` has.

    A changed record has another number, so it is in both lists. What is the same is compared as bytes and
    not read: 100 million rows take some ten seconds.
    """
    gone: list[StoredRow] = []
    come: list[StoredRow] = []
    for key, old, new in _pairs(_items(before, "blocks"), _items(now, "blocks"), _big_endian):
        if old != new:
            rows_before, rows_now = set(_rows_of(key, old)), set(_rows_of(key, new))
            gone += sorted(rows_before - rows_now)
            come += sorted(rows_now - rows_before)
    for key, old, new in _pairs(_items(before, "records"), _items(now, "records"), unpack):
        if old != new:
            gone += _lone_rows([(key, old)] if old else [])
            come += _lone_rows([(key, new)] if new else [])
    return gone, come


def _items(snapshot: Snapshot, name: str) -> Iterator[_Item]:
    with snapshot.transaction.cursor(db=getattr(snapshot.databases, name)) as cursor:
        yield from cursor


def _rows_of(key: bytes, block: bytes) -> Iterator[StoredRow]:
    first = _big_endian(key) << BLOCK_SHIFT
    return ((first + at, row) for at, row in enumerate(split(block) if block else ()) if row)


def _lone_rows(items: Iterable[_Item]) -> Iterator[StoredRow]:
    return ((unpack(key), value) for key, value in items)


def _pairs(
    before: Iterator[_Item], now: Iterator[_Item], order: Callable[[bytes], int]
) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield each key with the values of both sides, an empty one where a side has none. Both ascend."""
    old, new = next(before, None), next(now, None)
    while old or new:
        if old and new and old[0] == new[0]:
            yield old[0], old[1], new[1]
            old, new = next(before, None), next(now, None)
        elif old and (new is None or order(old[0]) < order(new[0])):
            yield old[0], old[1], b""
            old = next(before, None)
        elif new:
            yield new[0], b"", new[1]
            new = next(now, None)


def _big_endian(key: bytes) -> int:
    return int.from_bytes(key, "big")
