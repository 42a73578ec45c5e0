"""One look into the index by one viewer at one instant: what he may not see does not exist (I6, I12)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from comity.index.blocks import read_row
from comity.index.classes import LOOK_AT_ROW, ClassMemory
from comity.index.heads import NameHead
from comity.index.layout import Databases, State, read_state, to_microseconds, unpack
from comity.index.rows import Row
from comity.index.templates import TemplateMemory
from comity.kernel.ids import BureauId
from comity.protocol.records import RecordBody
from comity.rules.restrictions import may_see

CountryOf = Callable[[BureauId], str]
"""Country of a bureau by the member directory, three letters; empty when it is not known."""


def nobody(_bureau: BureauId) -> str:
    """Know no bureau's country: owners then see their restricted records only where the lists let them."""
    return ""


class Memory:
    """What a reader remembers of the index from question to question, for all its threads."""

    def __init__(self) -> None:
        self.templates = TemplateMemory()
        self.classes = ClassMemory()
        self._state: tuple[int, State] = (-1, State())

    def state(self, transaction: Any, databases: Databases) -> State:
        """Return where the index stands: read again only after something was written."""
        version = transaction.id()
        known = self._state
        if known[0] != version:
            known = self._state = (version, read_state(transaction, databases))
        return known[1]


class Look:
    """A snapshot with the eyes of one viewer."""

    def __init__(  # noqa: PLR0913, PLR0917 (each is a different thing that an answer depends on)
        self,
        transaction: Any,
        databases: Databases,
        viewer: str,
        at: datetime,
        country_of: CountryOf,
        memory: Memory | None = None,
    ) -> None:
        self.transaction = transaction
        self.databases = databases
        self.memory = Memory() if memory is None else memory
        self.state = self.memory.state(transaction, databases)
        self.memory.classes.follow(transaction, databases, self.state.classes)
        self.hidden = self.memory.classes.hidden(viewer, at, country_of)
        """Visibility classes whose records do not exist for the viewer."""
        self._viewer = viewer
        self._at = at
        self._instant: int | None = None
        self._country_of = country_of

    @property
    def instant(self) -> int:
        """Microseconds since 1970; most questions find nothing whose expiry would have to be compared."""
        if self._instant is None:
            self._instant = to_microseconds(self._at)
        return self._instant

    @property
    def shown(self) -> list[bytes]:
        """Visibility classes whose records can exist for the viewer."""
        return sorted(self.memory.classes.numbers - self.hidden)

    def row(self, number: bytes) -> Row | None:
        """Return the record with this number, or None when it does not exist for the viewer now."""
        return self.row_at(unpack(number))

    def row_at(self, number: int) -> Row | None:
        """Like `row`, for the number itself."""
        row = read_row(self.transaction, self.databases, number, self.memory.templates)
        return row if self._exists(row) else None

    def sees_name(self, head: NameHead) -> bool:
        """Tell whether the record behind a name exists for the viewer now."""
        if head.expires <= self.instant:
            return False
        visibility = head.visibility.to_bytes(2, "big")
        if visibility == LOOK_AT_ROW:
            return self.row_at(head.record) is not None
        return visibility not in self.hidden

    def _exists(self, row: Row) -> bool:
        if row.expires <= self.instant:
            return False
        if not row.restricted:
            return True
        audience = row.audience
        return may_see(audience.restrictions, self._country_of(BureauId(audience.owner)), self._viewer)


def body_of(row: Row) -> RecordBody:
    """Return the record itself."""
    return row.body
