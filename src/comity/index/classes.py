"""Visibility classes: records that the same members may see share a number of two bytes.

The number stands in every entry of `exact`, so that what a viewer may not see is left out before any row
is touched: to him it costs what a key costs that is not there (I6).
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from comity.index.layout import Databases
from comity.index.rows import Audience, encode_value
from comity.kernel.ids import BureauId
from comity.rules.restrictions import may_see

EVERYBODY: Final = b"\0\0"
LOOK_AT_ROW: Final = b"\xff\xff"
"""For records beyond the classes that two bytes can number: the row itself is asked."""
MAX_CLASSES: Final = 65_534
"""Lists are few: by collection and treaty, not by record."""
REMEMBERED_FOR: Final = timedelta(seconds=30)
"""How long a bureau's country, once asked, is taken to be the same; members join on single days."""


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    count: int
    audience: Audience


_STORED: Final = msgspec.msgpack.Decoder(_Stored)


class ClassChanges:
    """Gives out the numbers of audiences and counts their records, within one transaction."""

    def __init__(self, transaction: Any, databases: Databases) -> None:
        self._transaction = transaction
        self._database = databases.classes
        self._known: dict[Audience, bytes] | None = None
        self._stored: dict[bytes, int] = {}
        self._free = (key for key in map(_key, range(1, MAX_CLASSES + 1)) if key not in self._stored)
        self._uses: Counter[Audience] = Counter()

    def use(self, audience: Audience, times: int = 1) -> bytes:
        """Return the class of an audience and note that so many more records have it."""
        if not audience.restricted:
            return EVERYBODY
        known = self._load()
        if audience not in known:
            number = None if times < 0 else next(self._free, None)
            if number is None:
                return LOOK_AT_ROW
            known[audience] = number
            self._stored[number] = 0
        self._uses[audience] += times
        return known[audience]

    def finish(self) -> bool:
        """Write what was collected and tell whether there are other classes than before.

        Once all numbers are given out none is taken back: records are there whose audience has none.
        """
        changed = False
        full = len(self._stored) >= MAX_CLASSES
        for audience, difference in self._uses.items():
            number = self._load()[audience]
            before = self._stored[number]
            count = before + difference
            if count or full:
                value = encode_value(_Stored(count, audience))
                self._transaction.put(number, value, db=self._database)
            elif before:
                self._transaction.delete(number, db=self._database)
            changed = changed or bool(before) != bool(count)
        return changed

    def _load(self) -> dict[Audience, bytes]:
        if self._known is None:
            self._known = {}
            for number, stored in read_classes(self._transaction, self._database):
                self._known[stored.audience] = number
                self._stored[number] = stored.count
        return self._known


class ClassMemory:
    """What each viewer may not see, remembered until the classes change."""

    def __init__(self) -> None:
        self._version = -1
        self._audiences: list[tuple[bytes, Audience]] = []
        self._numbers = frozenset([EVERYBODY, LOOK_AT_ROW])
        self._hidden: dict[str, tuple[datetime, frozenset[bytes]]] = {}

    def follow(self, transaction: Any, databases: Databases, version: int) -> None:
        """Read the classes again when they are others than before; `version` is `State.classes`."""
        if version != self._version:
            self._audiences = [
                (number, stored.audience) for number, stored in read_classes(transaction, databases.classes)
            ]
            self._numbers = frozenset([EVERYBODY, LOOK_AT_ROW, *(number for number, _ in self._audiences)])
            self._hidden = {}
            self._version = version

    @property
    def numbers(self) -> frozenset[bytes]:
        """Every class, that of records which are not known apart included."""
        return self._numbers

    def hidden(self, viewer: str, at: datetime, country_of: Callable[[BureauId], str]) -> frozenset[bytes]:
        """Return the classes whose records do not exist for `viewer`."""
        known = self._hidden.get(viewer)
        if known is None or not known[0] <= at < known[0] + REMEMBERED_FOR:
            found = frozenset(
                number
                for number, audience in self._audiences
                if not may_see(audience.restrictions, country_of(BureauId(audience.owner)), viewer)
            )
            known = self._hidden[viewer] = (at, found)
        return known[1]


def read_classes(transaction: Any, database: Any) -> list[tuple[bytes, _Stored]]:
    """Return every class with its audience and how many records it has."""
    with transaction.cursor(db=database) as cursor:
        return [(number, _STORED.decode(data)) for number, data in cursor]


def _key(number: int) -> bytes:
    return number.to_bytes(2, "big")
