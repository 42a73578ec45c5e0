"""One look into the index by one viewer at one instant: what he may not see does not exist (I6, I12)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from comity.index.layout import Databases, NameHead, Row, pack, read_row, to_microseconds
from comity.kernel.ids import BureauId
from comity.protocol.records import RecordBody
from comity.rules.restrictions import may_see

CountryOf = Callable[[BureauId], str]
"""Country of a bureau by the member directory, three letters; empty when it is not known."""

_BODY: Final = msgspec.json.Decoder(RecordBody)


def nobody(_bureau: BureauId) -> str:
    """Know no bureau's country: owners then see their restricted records only where the lists let them."""
    return ""


class Look:
    """A snapshot with the eyes of one viewer."""

    def __init__(
        self, transaction: Any, databases: Databases, viewer: str, at: datetime, country_of: CountryOf
    ) -> None:
        self.transaction = transaction
        self.databases = databases
        self._viewer = viewer
        self._instant = to_microseconds(at)
        self._country_of = country_of

    def row(self, number: bytes) -> Row | None:
        """Return the record with this number, or None when it does not exist for the viewer now."""
        row = read_row(self.transaction, self.databases, number)
        return row if self._exists(row) else None

    def sees_name(self, head: NameHead) -> bool:
        """Tell whether the record behind a name exists for the viewer now."""
        if head.expires <= self._instant:
            return False
        return not head.restricted or self.row(pack(head.record)) is not None

    def _exists(self, row: Row) -> bool:
        if row.expires <= self._instant:
            return False
        if not row.restricted:
            return True
        return may_see(row.restrictions, self._country_of(BureauId(row.owner)), self._viewer)


def body_of(row: Row) -> RecordBody:
    """Return the record itself."""
    return _BODY.decode(row.body)
