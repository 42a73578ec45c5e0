"""Applying the feed: a batch of entries in one transaction with the position it leads to, or not at all."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import lmdb
import msgspec

from comity.index.blocks import has_row, read_row
from comity.index.buckets import EXACT_WIDTH, ID_WIDTH, id_hash, key_hash, numbers, place
from comity.index.changes import Changes
from comity.index.checking import Fold, fold
from comity.index.finding import number_of
from comity.index.layout import (
    FIRST_MAP_BYTES,
    MAP_LIMIT_BYTES,
    STATE_KEY,
    Databases,
    State,
    cut_short,
    encode_state,
    is_whole,
    make_whole,
    read_state,
)
from comity.index.opening import WritableIndex
from comity.index.reader import CountryOf, IndexReader, IndexStatus, nobody
from comity.index.rows import packed_id
from comity.index.templates import TemplateMemory
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.kernel.ids import RecordId
from comity.protocol.feed import FeedEntry

_Result = TypeVar("_Result")


class Applied(msgspec.Struct, frozen=True):
    """Where the copy stands after a batch: the stuff of a copy receipt."""

    sequence: int
    chain: str
    """Hexadecimal."""
    withdrawn: list[RecordId]
    """Records that the batch removed, each looked up after the commit and not found."""


class IndexWriter:
    """The one writer of an index. `map_bytes` is smaller in tests only.

    `country` is the reader's own, under which the feed was asked for. It writes into the generation in
    use; `beside`: into the very folder, where the next one is built. Raises `UnavailableError`
    (index.unavailable; index.rebuilding while a rebuild ends) and `IntegrityError` (integrity.index) for
    an index of another format.
    """

    def __init__(
        self, directory: Path, country: str, *, map_bytes: int = FIRST_MAP_BYTES, beside: bool = False
    ) -> None:
        self.country = country
        self._index = WritableIndex(directory, map_bytes, beside=beside)
        try:
            self.status()
        except BaseException:
            self.close()
            raise

    @property
    def _environment(self) -> lmdb.Environment:
        return self._index.environment

    @property
    def _databases(self) -> Databases:
        return self._index.databases

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the files back; readers obtained by `reader` end with it."""
        self._index.close()

    def status(self) -> IndexStatus:
        """Return where the index stands."""
        self._index.follow()
        with self._environment.begin() as transaction:
            return IndexStatus.of(read_state(transaction, self._databases))

    def reader(self, country_of: CountryOf = nobody) -> IndexReader:
        """Return a reader of the generation in use, in this process and for the writer's own thread."""
        return IndexReader.over(self._environment, self._databases, country_of)

    def apply(self, entries: list[FeedEntry], as_of: str) -> Applied:
        """Apply entries that follow the present position, durably, all or none.

        `as_of`: instant at which the last of `entries` was the newest there was; empty while more are
        to come, the earlier value then stays. Raises `IntegrityError` (feed.gap, feed.commitment,
        feed.chain, integrity.index) and `UnavailableError` (index.unavailable: disk full).
        """
        change = self._write(lambda transaction: self._apply(transaction, entries, as_of))
        gone = [record_id for record_id in dict.fromkeys(change.removed) if change.final[record_id] is None]
        self._confirm(gone, change.traces)
        return Applied(change.sequence, change.chain.hex(), gone)

    def touch(self, as_of: str) -> None:
        """Note that nothing newer existed at `as_of`; an instant before the known one changes nothing."""
        self._write(lambda transaction: self._store(transaction, self._state(transaction), as_of))

    def clear(self) -> None:
        """Empty the index in one transaction, to be filled again from the first entry.

        It has no `as_of` then, so searches are INCOMPLETE until it has caught up.
        """

        def drop(transaction: Any) -> None:
            state = self._state(transaction)
            for database in self._databases:
                transaction.drop(database, delete=False)
            # A number given once never gets another meaning: readers remember templates by theirs.
            kept = State(next_template=state.next_template, classes=state.classes + 1)
            self._store(transaction, kept, "")

        self._write(drop)

    def _apply(self, transaction: Any, entries: list[FeedEntry], as_of: str) -> "_Change":
        state = self._state(transaction)
        folded = fold(entries, state.sequence, state.chain)
        traces = self._traces_of(transaction, folded)
        changes = Changes(transaction, self._databases, state)
        for record_id in folded.final:
            changes.remove(record_id)
        for final in folded.final.values():
            if final is not None:
                changes.add(*final)
        after = changes.finish(sequence=folded.sequence, chain=folded.chain)
        self._store(transaction, after, as_of)
        return _Change(folded.sequence, folded.chain, folded.final, folded.removed, traces)

    def _traces_of(self, transaction: Any, folded: Fold) -> "dict[RecordId, _Traces]":
        """Return what leads to each record to be removed, for looking up that nothing of it is left."""
        found = {}
        templates = TemplateMemory()
        for record_id in (one for one, final in folded.final.items() if final is None):
            number = number_of(transaction, self._databases, record_id, templates)
            if number is not None:
                row = read_row(transaction, self._databases, number, templates)
                found[record_id] = _Traces(number, [key_hash(key.kind, key.value) for key in row.keys])
        return found

    def _state(self, transaction: Any) -> State:
        return read_state(transaction, self._databases)

    def _store(self, transaction: Any, state: State, as_of: str) -> None:
        state = msgspec.structs.replace(state, as_of=max(state.as_of, as_of))
        transaction.put(STATE_KEY, encode_state(state), db=self._databases.meta)

    def _confirm(self, gone: list[RecordId], traces: "dict[RecordId, _Traces]") -> None:
        """Look up every removed record by id, number and each key it had. Raises `IntegrityError`."""
        with self._environment.begin() as transaction:
            for record_id in gone:
                left = number_of(transaction, self._databases, record_id, TemplateMemory()) is not None
                if left or (record_id in traces and self._leads(transaction, record_id, traces[record_id])):
                    raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="a removed record was found")

    def _leads(self, transaction: Any, record_id: RecordId, traces: "_Traces") -> bool:
        """Tell whether anything still leads to the number of a removed record."""
        databases, number = self._databases, traces.number
        places = [(databases.ids, ID_WIDTH, id_hash(packed_id(record_id)))]
        places += [(databases.exact, EXACT_WIDTH, value) for value in traces.keys]
        for database, width, value in places:
            key, fingerprint = place(value)
            if number in numbers(transaction.get(key, b"", db=database), fingerprint, width):
                return True
        return has_row(transaction, databases, number)

    def _write(self, work: Callable[[Any], _Result]) -> _Result:
        """Run `work` in one durable transaction of the generation in use."""
        with self._index.turn():
            return self._write_now(work)

    def _write_now(self, work: Callable[[Any], _Result]) -> _Result:
        """Run `work` in one transaction, with a larger map as often as it proves too small."""
        if not is_whole(self._environment):
            raise cut_short()
        while True:
            try:
                with self._environment.begin(write=True) as transaction:
                    result = work(transaction)
            except lmdb.MapFullError as error:
                size = self._environment.info()["map_size"]
                if size >= MAP_LIMIT_BYTES:
                    raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail="map limit") from error
                self._environment.set_mapsize(min(size * 2, MAP_LIMIT_BYTES))
            except lmdb.MapResizedError:
                self._environment.set_mapsize(0)
            except lmdb.Error as error:
                raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail=type(error).__name__) from error
            else:
                make_whole(self._environment)
                return result


class _Traces(msgspec.Struct, frozen=True):
    """What led to a record: its number and the hashes of its keys."""

    number: int
    keys: list[int]


class _Change(msgspec.Struct, frozen=True):
    sequence: int
    chain: bytes
    final: dict[RecordId, Any]
    removed: list[RecordId]
    traces: dict[RecordId, _Traces]
