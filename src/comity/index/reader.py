"""Asking the index: one consistent snapshot per question, restrictions and expiry inside (I6)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import lmdb
import msgspec

from comity.index.exact import find_by_key, merged, rank
from comity.index.layout import MAP_LIMIT_BYTES, Databases, State, open_environment, read_state
from comity.index.persons import find_persons
from comity.index.planning import plan_query
from comity.index.questions import Plan
from comity.index.rarity import RarityMemory
from comity.index.seeing import CountryOf, Look, body_of, nobody
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import RecordId
from comity.protocol.records import RecordBody
from comity.protocol.search import MAX_CANDIDATES, Asked, Candidate, Query
from comity.protocol.search import Warning as QueryWarning

__all__ = ["CUT_WARNING", "CountryOf", "IndexAnswer", "IndexReader", "IndexStatus", "nobody"]

CUT_WARNING: Final = QueryWarning(
    code="answer.cut",
    field="query",
    message=f"More than {MAX_CANDIDATES} records are possible; the best are shown.",
)


class IndexStatus(msgspec.Struct, frozen=True):
    """Where the index stands."""

    sequence: int
    chain: str
    """Hexadecimal."""
    as_of: str
    """Instant at which nothing newer existed; empty while the index was never up to date."""
    records: int
    """Of all viewers: for the administrator, never for an answer (I6)."""
    format: int

    @classmethod
    def of(cls, state: State) -> Self:
        """Return the status that `state` says."""
        return cls(state.sequence, state.chain.hex(), state.as_of, state.records, state.format)


class IndexAnswer(msgspec.Struct, frozen=True):
    """What one index says to one query."""

    asked: list[Asked]
    warnings: list[QueryWarning]
    candidates: list[Candidate]
    """Best first, at most `MAX_CANDIDATES`, each record once."""
    status: IndexStatus
    """Of the snapshot that answered."""


class _Local(threading.local):
    """What each thread that asks keeps for itself."""

    def __init__(self) -> None:
        self.memory = RarityMemory()


class IndexReader:
    """Reads an index that another process writes; use one per process, from any thread.

    Raises `UnavailableError` (index.unavailable) while there is no index, `IntegrityError`
    (integrity.index) for one of another format.
    """

    def __init__(self, directory: Path, country_of: CountryOf = nobody) -> None:
        environment, databases = open_environment(directory, map_bytes=MAP_LIMIT_BYTES, writable=False)
        self._set(environment, databases, country_of)

    @classmethod
    def over(cls, environment: lmdb.Environment, databases: Databases, country_of: CountryOf) -> Self:
        """Return a reader over an environment that is open already."""
        reader = cls.__new__(cls)
        reader._set(environment, databases, country_of)  # noqa: SLF001 (of its own class)
        return reader

    def _set(self, environment: lmdb.Environment, databases: Databases, country_of: CountryOf) -> None:
        self._environment = environment
        self._databases = databases
        self._country_of = country_of
        self._local = _Local()

    def close(self) -> None:
        """Give the files back."""
        self._environment.close()

    def status(self) -> IndexStatus:
        """Return where the index stands."""
        with self._snapshot() as transaction:
            return IndexStatus.of(read_state(transaction, self._databases))

    def answer(self, query: Query, viewer: str, at: datetime) -> IndexAnswer:
        """Return what exists for `viewer` (country, three letters) at the instant `at`.

        Raises `InputError` naming the field of the query that is wrong, and as the constructor does.
        """
        plan = plan_query(query, at)
        found = self.find(plan, viewer, at)
        return msgspec.structs.replace(found, warnings=plan.warnings + found.warnings)

    def find(self, plan: Plan, viewer: str, at: datetime) -> IndexAnswer:
        """Like `answer`, for a query planned already; `warnings` are only those of finding."""
        with self._snapshot() as transaction:
            state = read_state(transaction, self._databases)
            look = Look(transaction, self._databases, viewer, at, self._country_of)
            candidates = self._find(look, plan, state)
        warnings = [CUT_WARNING] if len(candidates) > MAX_CANDIDATES else []
        return IndexAnswer(plan.asked, warnings, candidates[:MAX_CANDIDATES], IndexStatus.of(state))

    def record(self, record_id: RecordId, viewer: str, at: datetime) -> RecordBody | None:
        """Return one record, or None when it does not exist for `viewer` at `at`."""
        with self._snapshot() as transaction:
            read_state(transaction, self._databases)
            number = transaction.get(record_id.encode(), db=self._databases.ids)
            look = Look(transaction, self._databases, viewer, at, self._country_of)
            row = None if number is None else look.row(number)
            return None if row is None else body_of(row)

    def holds(self, record_id: RecordId) -> bool:
        """Tell whether the index still has a record, whoever may see it; for erasing what quotes it."""
        with self._snapshot() as transaction:
            return transaction.get(record_id.encode(), db=self._databases.ids) is not None

    def _find(self, look: Look, plan: Plan, state: State) -> list[Candidate]:
        found: dict[RecordId, Candidate] = {}
        for key in plan.keys:
            for one in find_by_key(look, key):
                found[one.record_id] = merged(found[one.record_id], one) if one.record_id in found else one
        for name in plan.names:
            for one in find_persons(look, name, self._local.memory, state.sequence, state.public_names):
                found[one.record_id] = merged(found[one.record_id], one) if one.record_id in found else one
        return sorted(found.values(), key=rank)

    @contextmanager
    def _snapshot(self) -> Iterator[Any]:
        """Give a read transaction over the newest state."""
        try:
            transaction = self._environment.begin()
        except lmdb.Error as error:
            raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail=type(error).__name__) from error
        with transaction:
            yield transaction
