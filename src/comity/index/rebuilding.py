"""Building an index anew from the rows of the one in use, beside it, and swapping the two.

The long part reads a snapshot while searches and the feed go on. Then the writer waits for seconds: what
changed since the snapshot is found by comparing rows, put in, and the new generation comes into use. A
crash at any instant leaves the one in use as it is; what was built is removed by the next rebuild.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec

from comity.crypto.files import PRIVATE_FOLDER
from comity.index import generations
from comity.index.blocks import read_row
from comity.index.bulk import BulkBuilder
from comity.index.changes import Changes
from comity.index.layout import ALONE, State, read_state
from comity.index.opening import LiveIndex, Snapshot
from comity.index.rows import Row
from comity.index.templates import TemplateMemory
from comity.index.unfolding import Unfolding
from comity.index.walking import differences, stored_rows
from comity.index.writer import IndexWriter
from comity.kernel.errors import ErrorCode, IntegrityError

WAY: Final = "rows"
"""Ending of the folder in which the new generation grows."""
SWAP_WAIT_S: Final = 60.0
"""How long a rebuild waits for the writer to end its batch; one on a slow disk takes seconds."""
COLUMN_ROWS: Final = 1 << 18
"""Documents put in at once, some 100 MiB of memory."""
OTHER_ROWS: Final = 50_000

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What came into use."""

    generation: int
    records: int
    sequence: int


def rebuild_from_rows(directory: Path, country: str, tell: Tell) -> Rebuilt:
    """Build the index anew from its own rows and put it into use.

    Raises `UnavailableError` (index.rebuilding, index.unavailable) and `IntegrityError` (integrity.index)
    for rows that cannot be read; the index in use stays in use then.
    """
    with generations.rebuilding(directory):
        generations.discard_unfinished(directory)
        with closing(LiveIndex.at(directory)) as live, live.snapshot() as before:
            built = generations.unfinished(directory, WAY)
            _build(built, country, before, tell)
            with generations.writing(directory, SWAP_WAIT_S), live.snapshot() as now:
                with _Patcher(built, country, beside=True) as patcher:
                    patcher.catch_up(before, now)
                number = generations.publish(directory, built)
                after = read_state(now.transaction, now.databases)
    return Rebuilt(generation=number, records=after.records, sequence=after.sequence)


def _build(built: Path, country: str, source: Snapshot, tell: Tell) -> None:
    """Build an index in the folder `built` that holds the rows of a snapshot and stands where it stands."""
    state = read_state(source.transaction, source.databases)

    def told(what: str, done: int, total: int) -> None:
        tell(what, done, total or state.records)

    built.mkdir(mode=PRIVATE_FOLDER)
    with BulkBuilder(built, country, progress=told) as builder:
        unfolding, others = Unfolding(source), []
        for number, row in stored_rows(source):
            if number & ALONE or not unfolding.take(row):
                others.append(number)
            if len(unfolding) == COLUMN_ROWS:
                builder.add_documents(unfolding.columns(), unfolding.envelopes)
            if len(others) == OTHER_ROWS:
                builder.add_records(row.data for row in _read(source, others))
                others = []
        if unfolding:
            builder.add_documents(unfolding.columns(), unfolding.envelopes)
        builder.add_records(row.data for row in _read(source, others))
        builder.finish(state.sequence, state.chain, state.as_of)


class _Patcher(IndexWriter):
    """Writes rows, not entries of the feed, into the generation that was built."""

    def catch_up(self, before: Snapshot, now: Snapshot) -> None:
        """Put in what changed between two snapshots. Raises `IntegrityError` when records are missing."""
        state = read_state(now.transaction, now.databases)
        gone, come = differences(before, now)
        old = list(_read(before, (number for number, _ in gone)))
        new = list(_read(now, (number for number, _ in come)))
        self._change(old, new, state)
        if self.status().records != state.records:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="the rebuilt index has other records")

    def _change(self, gone: list[Row], come: list[Row], state: State) -> None:
        def work(transaction: Any) -> None:
            changes = Changes(transaction, self._databases, self._state(transaction))
            for row in gone:
                changes.remove(row.body.record_id)
            for row in come:
                changes.add(row.body, row.data)
            self._store(transaction, changes.finish(sequence=state.sequence, chain=state.chain), state.as_of)

        self._write(work)


def _read(source: Snapshot, numbers: Iterable[int]) -> Iterator[Row]:
    templates = TemplateMemory()
    return (read_row(source.transaction, source.databases, number, templates) for number in numbers)
