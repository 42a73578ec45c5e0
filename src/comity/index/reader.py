"""Asking the index: one consistent snapshot per question, restrictions and expiry inside (I6)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import lmdb
import msgspec

from comity.index.alarms import Alarms
from comity.index.exact import find_by_keys, ranked
from comity.index.finding import number_of
from comity.index.layout import Databases, State, read_state
from comity.index.opening import LiveIndex, Snapshot
from comity.index.persons import find_persons
from comity.index.planning import plan_query
from comity.index.questions import Plan
from comity.index.rarity import RarityMemory
from comity.index.seeing import CountryOf, Look, Memory, nobody
from comity.index.words import find_by_words
from comity.kernel.ids import RecordId
from comity.protocol.records import RecordBody
from comity.protocol.search import MAX_CANDIDATES, AlarmBasis, Asked, Candidate, Query
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
    alarm: AlarmBasis | None = None
    """What score names had to reach; None where none was asked."""


class IndexReader:
    """Reads an index that another process writes; use one per process, from any thread.

    Each question looks at the generation that is in use when it begins, and ends on it. Raises
    `UnavailableError` (index.unavailable) while there is no index, `IntegrityError` (integrity.index)
    for one of another format.
    """

    def __init__(self, directory: Path, country_of: CountryOf = nobody, alarms: Alarms | None = None) -> None:
        self._live = LiveIndex.at(directory)
        self._country_of = country_of
        self._alarms = Alarms(directory) if alarms is None else alarms
        self._told: tuple[State, IndexStatus] | None = None

    @classmethod
    def over(cls, environment: lmdb.Environment, databases: Databases, country_of: CountryOf) -> Self:
        """Return a reader over an environment that is open already; it stays with this generation."""
        reader = cls.__new__(cls)
        reader._live = LiveIndex.over(environment, databases)  # noqa: SLF001 (of its own class)
        reader._country_of = country_of  # noqa: SLF001 - a second way to make one
        reader._alarms = Alarms()  # noqa: SLF001 - a second way to make one
        reader._told = None  # noqa: SLF001 - a second way to make one
        return reader

    def close(self) -> None:
        """Give the files back, as soon as the questions under way have ended."""
        self._live.close()

    def warm_up(self) -> None:
        """Read what hits need beside their own rows. For the thread that calls: each has its own memory."""
        with self._live.snapshot() as snapshot:
            memory = snapshot.kept(Memory)
            state = memory.state(snapshot.transaction, snapshot.databases)
            memory.templates.read_ahead(snapshot.transaction, snapshot.databases, state.next_template)

    def status(self) -> IndexStatus:
        """Return where the index stands."""
        with self._live.snapshot() as snapshot:
            return IndexStatus.of(read_state(snapshot.transaction, snapshot.databases))

    def answer(self, query: Query, viewer: str, at: datetime) -> IndexAnswer:
        """Return what exists for `viewer` (country, three letters) at the instant `at`.

        Raises `InputError` naming the field of the query that is wrong, and as the constructor does.
        """
        plan = plan_query(query, at)
        found = self.find(plan, viewer, at)
        return msgspec.structs.replace(found, warnings=plan.warnings + found.warnings)

    def find(self, plan: Plan, viewer: str, at: datetime) -> IndexAnswer:
        """Like `answer`, for a query planned already; `warnings` are only those of finding."""
        with self._live.snapshot() as snapshot:
            look = self._look(snapshot, viewer, at)
            state = look.state
            bases = [self._alarms.basis(name, state.public_names) for name in plan.names]
            candidates = _find(look, plan, bases, snapshot.kept(RarityMemory))
        warnings = [CUT_WARNING] if len(candidates) > MAX_CANDIDATES else []
        shown, alarm = candidates[:MAX_CANDIDATES], bases[0] if bases else None
        return IndexAnswer(plan.asked, warnings, shown, self._status_of(state), alarm)

    @contextmanager
    def looking(self, viewer: str, at: datetime) -> Iterator[tuple[Look, RarityMemory]]:
        """Give a look at the newest state, for measuring; end it soon: until then no space is reused."""
        with self._live.snapshot() as snapshot:
            yield self._look(snapshot, viewer, at), snapshot.kept(RarityMemory)

    @contextmanager
    def eyes(self, at: datetime) -> Iterator[Callable[[str], Look]]:
        """Give, for each viewer, the look at the newest state; all of them look at the same one."""
        with self._live.snapshot() as snapshot:
            looks = dict[str, Look]()

            def look_of(viewer: str) -> Look:
                look = looks.get(viewer)
                if look is None:
                    look = looks[viewer] = self._look(snapshot, viewer, at)
                return look

            yield look_of

    def record(self, record_id: RecordId, viewer: str, at: datetime) -> RecordBody | None:
        """Return one record, or None when it does not exist for `viewer` at `at`."""
        with self._live.snapshot() as snapshot:
            look = self._look(snapshot, viewer, at)
            number = number_of(look.transaction, look.databases, record_id, look.memory.templates)
            row = None if number is None else look.row_at(number)
            return None if row is None else row.body

    def holds(self, record_id: RecordId) -> bool:
        """Tell whether the index still has a record, whoever may see it; for erasing what quotes it."""
        with self._live.snapshot() as snapshot:
            templates = snapshot.kept(Memory).templates
            return number_of(snapshot.transaction, snapshot.databases, record_id, templates) is not None

    def _status_of(self, state: State) -> IndexStatus:
        """Return the status that a state says, the same one until the state is another."""
        known = self._told
        if known is None or known[0] is not state:
            known = self._told = (state, IndexStatus.of(state))
        return known[1]

    def _look(self, snapshot: Snapshot, viewer: str, at: datetime) -> Look:
        memory = snapshot.kept(Memory)
        return Look(snapshot.transaction, snapshot.databases, viewer, at, self._country_of, memory)


def _find(look: Look, plan: Plan, bases: list[AlarmBasis], memory: RarityMemory) -> list[Candidate]:
    found = find_by_keys(look, plan.keys)
    for name, basis in zip(plan.names, bases, strict=True):
        found += find_persons(look, name, memory, basis.threshold)
    for description in plan.descriptions:
        found += find_by_words(look, description)
    return ranked(found) if found else []
