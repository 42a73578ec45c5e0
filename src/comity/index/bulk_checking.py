"""What a finished build must hold before it is put in place: all that was given, and found again."""

from collections.abc import Callable
from typing import Any, Final

from comity.index.blocks import BLOCK_SHIFT, ROWS, block_key, read_row
from comity.index.buckets import EXACT_WIDTH, ID_WIDTH, entries, key_hash, place
from comity.index.finding import number_of
from comity.index.layout import ALONE, Databases, State
from comity.index.templates import COUNT_BYTES, TemplateMemory
from comity.kernel.errors import ErrorCode, IntegrityError

SAMPLE: Final = 2_000
"""Records that are looked up by id and by every key: a fault in one of a thousand is seen for sure."""


def check_doubles(transaction: Any, databases: Databases, doubles: list[tuple[int, int]]) -> None:
    """Raise `IntegrityError` (integrity.index) when two records whose entries are the same share an id."""
    templates = TemplateMemory()
    for pair in doubles:
        one, other = (read_row(transaction, databases, number, templates).body.record_id for number in pair)
        if one == other:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="a record id was given twice")


def check_build(
    transaction: Any,
    databases: Databases,
    state: State,
    exact_entries: int,
    progress: Callable[[str, int, int], None],
) -> None:
    """Count rows, ids, keys and templates, and look up a sample. Raises `IntegrityError`."""
    rows, shared = _count_rows(transaction, databases), _count_shared(transaction, databases)
    alone = transaction.stat(db=databases.records)["entries"]
    found = {
        "rows": (rows + alone, state.records),
        "templates": (shared, rows),
        "ids": (_count_entries(transaction, databases.ids, ID_WIDTH), state.records),
        "keys": (_count_entries(transaction, databases.exact, EXACT_WIDTH), exact_entries),
    }
    for what, (counted, expected) in found.items():
        if counted != expected:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail=f"{what}: {counted}, not {expected}")
    _check_sample(transaction, databases, state, progress)


def _count_rows(transaction: Any, databases: Databases) -> int:
    with transaction.cursor(db=databases.blocks) as cursor:
        return sum(ROWS - block.count(0, 0, ROWS) for block in cursor.iternext(keys=False))


def _count_entries(transaction: Any, database: Any, width: int) -> int:
    with transaction.cursor(db=database) as cursor:
        return sum(map(len, cursor.iternext(keys=False))) // width


def _count_shared(transaction: Any, databases: Databases) -> int:
    """Return in how many rows the templates stand, by their own word."""
    with transaction.cursor(db=databases.templates) as cursor:
        counts = (data[:COUNT_BYTES] for key, data in cursor if len(key) == COUNT_BYTES)
        return sum(int.from_bytes(count, "big") for count in counts)


def _check_sample(
    transaction: Any, databases: Databases, state: State, progress: Callable[[str, int, int], None]
) -> None:
    templates = TemplateMemory()
    numbers = _sample(transaction, databases, state)
    for done, number in enumerate(numbers, 1):
        row = read_row(transaction, databases, number, templates)
        found = number_of(transaction, databases, row.body.record_id, templates) == number
        for key in row.keys if found else ():
            bucket_key, fingerprint = place(key_hash(key.kind, key.value))
            bucket = transaction.get(bucket_key, b"", db=databases.exact)
            entry = fingerprint + number.to_bytes(4, "big")
            found = found and any(each.startswith(entry) for each in entries(bucket, EXACT_WIDTH))
        if not found:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="a record is not found by its keys")
        if done % 100 == 0 or done == len(numbers):
            progress("verify", done, len(numbers))


def _sample(transaction: Any, databases: Databases, state: State) -> list[int]:
    """Return numbers spread evenly over blocks and lone rows."""
    found = []
    for block in _spread(1, (state.next_record >> BLOCK_SHIFT) + 1):
        rows = transaction.get(block_key(block), bytes(ROWS), db=databases.blocks)[:ROWS]
        slot = (block * 5) % ROWS
        if rows[slot]:
            found.append(block << BLOCK_SHIFT | slot)
    return found + list(_spread(ALONE, state.next_alone))


def _spread(start: int, end: int) -> range:
    return range(start, end, max(1, (end - start) // SAMPLE))
