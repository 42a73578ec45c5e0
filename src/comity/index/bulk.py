"""Building a whole index at once, beside whatever is in use: many times faster than feeding it.

Rows are written as they come; their keys and ids are put aside, and in the end sorted and appended bucket
by bucket. Everything happens in `.build` within the index's folder, chunk by chunk, each durable: after a
crash a new builder goes on behind the last whole one.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import lmdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from comity.crypto.files import sync_folder
from comity.index.blocks import BLOCK_SHIFT, ROWS, block_key, shared_of
from comity.index.bulk_checking import check_build, check_doubles
from comity.index.bulk_columns import Bytes, check, document_hashes, encode_blocks, id_hashes
from comity.index.bulk_spill import (
    PARTITIONS,
    Buckets,
    Collected,
    Entries,
    SpillFile,
    read_partition,
    write_spill,
)
from comity.index.changes import Changes
from comity.index.classes import ClassChanges
from comity.index.columns import DocumentColumns
from comity.index.layout import (
    ALONE,
    FORMAT,
    MAP_LIMIT_BYTES,
    STATE_KEY,
    State,
    encode_state,
    make_whole,
    open_environment,
    read_state,
)
from comity.index.reader import IndexStatus
from comity.index.rows import audience_of
from comity.index.templates import TemplateChanges
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, InputError, IntegrityError, UnavailableError
from comity.protocol.records import RecordBody

FOLDER: Final = ".build"
PIECE: Final = 1 << 16
"""Documents encoded at once: their bytes stay in the processor's own memory."""
RECORDS_AT_ONCE: Final = 5_000
"""Records of other kinds to one transaction; a crash costs no more of them."""
KEYS_AT_ONCE: Final = 1_000_000
"""About as many keys to one transaction when they are written in the end."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and of how much; 0 where nobody knows yet."""

_KEY: Final = b"build"
_DATA: Final = "data.mdb"
_BODY: Final = msgspec.json.Decoder(RecordBody)
_NO_CLASSES: Final = np.zeros(0, dtype=np.uint16)


class _Building(msgspec.Struct, frozen=True, kw_only=True):
    """How far a build is; written in the transaction that it speaks of."""

    format: int = FORMAT
    country: str
    chunks: int = 0
    within: int = 0
    """Records that are in of the chunk after those."""
    spills: int = 0
    exact: int = 0
    """Partitions of `exact` that are written."""
    ids: int = 0
    entries: int = 0
    """Of `exact`, put aside so far."""


_BUILDING: Final = msgspec.msgpack.Decoder(_Building)


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class BulkBuilder:
    """Builds an index in a folder that has none. `country` is the reader's own, as for `IndexWriter`.

    What an earlier builder of the folder has taken in is kept: give the chunks from number `accepted` on
    (counted from 0), the same as before. Raises `IntegrityError` (integrity.index) where there is an index
    already, and `UnavailableError` (index.unavailable) when the disk fails.
    """

    def __init__(self, directory: Path, country: str, *, progress: Progress = no_progress) -> None:
        self.country = country
        self._directory = directory
        self._folder = directory / FOLDER
        self._progress = progress
        if (directory / _DATA).exists():
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="there is an index already")
        self._building, self._state = _Building(country=country), State()
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def accepted(self) -> int:
        """How many chunks are in, durably: calls of `add_documents` and `add_records` that ended."""
        return self._building.chunks

    def close(self) -> None:
        """Give the files back. What was not finished can be taken up again."""
        self._environment.close()

    def add_documents(self, columns: DocumentColumns, envelopes: Sequence[RecordBody]) -> None:
        """Take in travel documents, one chunk. `envelopes` give what documents share.

        Their id, version, expiry, number and event date are ignored. Raises `InputError` naming the column
        that is wrong, or `envelopes` when one is of another collection or misses.
        """
        self._check_open()
        signs = check(columns)
        if len(signs) == 0:
            self._commit(lambda _: None, chunks=self.accepted + 1)
            return
        first = -(-self._state.next_record // ROWS) * ROWS
        if first + len(signs) > ALONE:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="numbers used up")

        def write(transaction: Any) -> dict[str, int]:
            templates, classes = self._share(transaction, columns.templates, envelopes)
            numbers = np.arange(first, first + len(signs), dtype=np.uint32)
            self._write_blocks(transaction, first, columns, signs, templates[columns.templates])
            self._state = msgspec.structs.replace(
                self._state, next_record=first + len(signs), records=self._state.records + len(signs)
            )
            return self._spill(
                Entries(document_hashes(signs), numbers, classes[columns.templates]),
                Entries(id_hashes(columns.record_ids), numbers, _NO_CLASSES),
            )

        self._commit(write, chunks=self.accepted + 1)
        self._progress("records", self._state.records, 0)

    def add_records(self, bodies: Iterable[bytes]) -> None:
        """Take in records of any collection by their canonical JSON, one chunk.

        Raises `InputError` (input.wrong_type) for bytes that are no record.
        """
        self._check_open()
        left = islice(bodies, self._building.within, None)
        while batch := list(islice(left, RECORDS_AT_ONCE)):
            self._add_batch(batch)
            self._progress("records", self._state.records, 0)
        self._commit(lambda _: None, chunks=self.accepted + 1, within=0)

    def finish(self, sequence: int, chain: bytes, as_of: str) -> IndexStatus:
        """Sort and write the keys, verify, and put the index in its place.

        `sequence` and `chain` are the feed's position that the records stand for, `as_of` the instant at
        which nothing newer existed. Raises `IntegrityError` (integrity.index) when a record id was given
        twice or what was written is not what was given.
        """
        self._write_keys()
        with self._environment.begin() as transaction:
            check_build(transaction, self._databases, self._state, self._building.entries, self._progress)
        self._state = msgspec.structs.replace(self._state, sequence=sequence, chain=chain, as_of=as_of)
        with self._environment.begin(write=True) as transaction:
            transaction.put(STATE_KEY, encode_state(self._state), db=self._databases.meta)
            transaction.delete(_KEY, db=self._databases.meta)
        self.close()
        (self._folder / _DATA).rename(self._directory / _DATA)
        sync_folder(self._directory)
        shutil.rmtree(self._folder)
        return IndexStatus.of(self._state)

    def _check_open(self) -> None:
        if self._building.exact:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="the keys are being written")

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._environment, self._databases = open_environment(
            self._folder, map_bytes=MAP_LIMIT_BYTES, writable=True
        )
        with self._environment.begin() as transaction:
            data = transaction.get(_KEY, db=self._databases.meta)
            known = None if data is None else _BUILDING.decode(data)
            if known is not None and (known.format, known.country) == (FORMAT, self.country):
                self._building = known
                self._state = read_state(transaction, self._databases)
                return
        if any(path.name not in (_DATA, "lock.mdb") for path in self._folder.iterdir()) or data is not None:
            # What lies there is of another format, for another reader, or finished and never put in place.
            self._environment.close()
            shutil.rmtree(self._folder)
            self._open()

    def _commit(self, work: Callable[[Any], dict[str, int] | None], **position: int) -> None:
        """Do `work` and note how far the build is, in one durable transaction, or nothing of it."""
        before = self._state
        try:
            with self._environment.begin(write=True) as transaction:
                position |= work(transaction) or {}
                building = msgspec.structs.replace(self._building, **position)
                transaction.put(STATE_KEY, encode_state(self._state), db=self._databases.meta)
                transaction.put(_KEY, msgspec.msgpack.encode(building), db=self._databases.meta)
            make_whole(self._environment)
        except BaseException as error:
            self._state = before
            if isinstance(error, (lmdb.Error, OSError)):
                detail = type(error).__name__
                raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail=detail) from error
            raise
        self._building = building

    def _share(
        self, transaction: Any, used: NDArray[np.uint32], envelopes: Sequence[RecordBody]
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
        """Return template number and visibility class for each envelope, 0 where no document uses it."""
        uses = np.bincount(used)
        if len(uses) > len(envelopes):
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="envelopes")
        templates = TemplateChanges(transaction, self._databases, self._state.next_template)
        classes = ClassChanges(transaction, self._databases)
        numbers = np.zeros(len(uses), dtype=np.uint32)
        seen = np.zeros(len(uses), dtype=np.uint16)
        for place in np.flatnonzero(uses).tolist():
            body, count = envelopes[place], int(uses[place])
            if body.collection is not CollectionName.TRAVEL_DOCUMENTS:
                raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="envelopes")
            own = {"number", "event_date"}
            content = {name: value for name, value in body.content.items() if name not in own}
            number = templates.make(canonical_bytes(shared_of(body, content, body.owner_reference)))
            templates.use(number, count)
            numbers[place] = number
            seen[place] = int.from_bytes(classes.use(audience_of(body), count), "big")
        templates.finish()
        self._state = msgspec.structs.replace(
            self._state,
            next_template=templates.next_number,
            classes=self._state.classes + classes.finish(),
        )
        return numbers, seen

    def _write_blocks(
        self,
        transaction: Any,
        first: int,
        columns: DocumentColumns,
        signs: Bytes,
        templates: NDArray[np.uint32],
    ) -> None:
        with transaction.cursor(db=self._databases.blocks) as cursor:
            for start in range(0, len(signs), PIECE):
                piece = slice(start, start + PIECE)
                part = columns.part(piece)
                blocks = encode_blocks(part, signs[piece], templates[piece])
                data, block = blocks.data, (first + start) >> BLOCK_SHIFT
                bounds = pairwise([0, *blocks.ends.tolist()])
                items = [
                    (block_key(number), data[begin:end]) for number, (begin, end) in enumerate(bounds, block)
                ]
                cursor.putmulti(items, append=True)

    def _add_batch(self, batch: list[bytes]) -> None:
        exact, ids = Collected(), Collected()

        def write(transaction: Any) -> dict[str, int]:
            changes = Changes(transaction, self._databases, self._state, exact=exact, ids=ids)
            for data in batch:
                try:
                    body = _BODY.decode(data)
                except msgspec.DecodeError as error:
                    raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="bodies") from error
                changes.add(body, data)
            self._state = changes.finish()
            return self._spill(exact.entries(classes=True), ids.entries(classes=False))

        self._commit(write, within=self._building.within + len(batch))

    def _spill(self, exact: Entries, ids: Entries) -> dict[str, int]:
        """Put entries aside and return how far the build then is."""
        number = self._building.spills
        write_spill(self._path("exact", number), exact)
        write_spill(self._path("ids", number), ids)
        return {"spills": number + 1, "entries": self._building.entries + len(exact.hashes)}

    def _path(self, database: str, number: int) -> Path:
        return self._folder / f"{database}-{number:06}"

    def _write_keys(self) -> None:
        """Write `exact` and `ids` from what was put aside, some partitions at a time, each durable."""
        for number, name in enumerate(("exact", "ids")):
            spills = range(self._building.spills)
            files = [SpillFile(self._path(name, spill), classes=name == "exact") for spill in spills]
            at_once = max(1, KEYS_AT_ONCE * PARTITIONS // max(1, sum(file.count for file in files)))
            while files and (done := getattr(self._building, name)) < PARTITIONS:
                after = min(done + at_once, PARTITIONS)
                self._write_partitions(name, files, range(done, after))
                self._progress("keys", number * PARTITIONS + after, 2 * PARTITIONS)

    def _write_partitions(self, name: str, files: list[SpillFile], partitions: range) -> None:
        classes = name == "exact"
        doubles: list[tuple[int, int]] = []

        def write(transaction: Any) -> None:
            with transaction.cursor(db=getattr(self._databases, name)) as cursor:
                for partition in partitions:
                    buckets = read_partition(files, partition, classes=classes)
                    cursor.putmulti(_items(buckets), append=True)
                    doubles.extend(() if classes else buckets.doubles)
            check_doubles(transaction, self._databases, doubles)

        self._commit(write, **{name: partitions.stop})


def _items(buckets: Buckets) -> list[tuple[bytes, bytes]]:
    keys, data = buckets.keys, buckets.data
    bounds = pairwise([0, *buckets.ends])
    return [(keys[4 * at : 4 * at + 4], data[begin:end]) for at, (begin, end) in enumerate(bounds)]
