"""Whether an index is sound: every record is found by all that leads to it, and nothing leads astray.

Verifying everything reads rows and parts once, each in the order in which it lies on the disk. What the
rows demand and what the parts hold are added up as hashes of single items: the sums agree when every item
is there as often as it should be, whatever the order, and next to nothing is kept in memory.

Verifying a sample looks up what the rows drawn by lot demand, and reads the records to which entries
drawn by lot lead.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import lmdb
import msgspec

from comity.index.blocks import has_row, read_row
from comity.index.buckets import BUCKET_BITS
from comity.index.classes import EVERYBODY
from comity.index.expecting import PARTS, Expectation, Item, held, holds, record_of, values_of
from comity.index.layout import ALONE, HIDDEN, State, pack, read_state
from comity.index.opening import Snapshot
from comity.index.rows import Row
from comity.index.templates import COUNT_BYTES, TemplateMemory, digest_key
from comity.index.walking import stored_rows

TELL_EVERY: Final = 1_000
"""Rows or entries between two words on the progress."""
MAX_DRAWS: Final = 4
"""Numbers drawn for each row of a sample; most numbers of an index that changes little are in use."""
LEADING: Final = ("ids", "exact", "words", "names", "hidden_names", "grams")
"""Parts whose entries lead to records."""
MISSING: Final = "an entry that a record demands is missing"
ASTRAY: Final = "an entry leads to no record"
WRONG: Final = "an entry is not the one that a record demands"
_MASK: Final = (1 << 64) - 1

Tell = Callable[[str, int, int], None]
"""Told what is looked at, how much of it is done and of how much; 0 where nobody knows."""


class Fault(msgspec.Struct, frozen=True):
    """Something that is wrong, in words that name no person."""

    place: str
    what: str
    count: int = 1


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at and what is wrong with it."""

    whole: bool
    """Whether everything was looked at."""
    records: int
    entries: int
    faults: list[Fault]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class _Sum:
    """Items of one part, added up."""

    def __init__(self) -> None:
        self.items = 0
        self.hashes = 0

    def add(self, item: Item, times: int = 1) -> None:
        self.items += times
        self.hashes = self.hashes + hash((item.key, item.value)) * times & _MASK


class _Verifying:
    """One look at one snapshot."""

    def __init__(self, snapshot: Snapshot, tell: Tell) -> None:
        self.snapshot = snapshot
        self.state: State = read_state(snapshot.transaction, snapshot.databases)
        self.faults: list[Fault] = []
        self.records = self.entries = 0
        self._tell = tell
        self._expectation = Expectation(snapshot)
        self._templates = TemplateMemory()

    def result(self, *, whole: bool) -> Verified:
        return Verified(whole=whole, records=self.records, entries=self.entries, faults=self.faults)

    def fault(self, place: str, what: str, count: int = 1) -> None:
        """Note a fault, one of a kind only once with how often it was met."""
        for at, known in enumerate(self.faults):
            if (known.place, known.what) == (place, what):
                self.faults[at] = Fault(place, what, known.count + count)
                return
        self.faults.append(Fault(place, what, count))

    def items_of(self, number: int) -> list[Item] | None:
        """Return what a row demands, None and a fault when it cannot be read."""
        try:
            row = self._row(number)
            return self._expectation.of(row, number)
        except Exception:  # noqa: BLE001 - whatever a damaged row makes the code raise is the finding
            self.fault("rows", "cannot be read")
            return None

    def told(self, what: str, items: Iterable[int], total: int) -> Iterator[int]:
        """Yield `items` and tell how far they are."""
        done = 0
        for done, item in enumerate(items, 1):
            yield item
            if done % TELL_EVERY == 0:
                self._tell(what, done, total)
        self._tell(what, done, total)

    def told_part(self, part: str) -> Iterator[tuple[Item, int]]:
        """Yield what a part holds and tell how far it is."""
        for done, (item, times) in enumerate(held(self.snapshot, part), 1):
            self.entries += 1
            yield item, times
            if done % TELL_EVERY == 0:
                self._tell(part, done, 0)

    def _row(self, number: int) -> Row:
        return read_row(self.snapshot.transaction, self.snapshot.databases, number, self._templates)


def verify_all(snapshot: Snapshot, tell: Tell) -> Verified:
    """Hold everything that the rows demand against everything that lies in the index."""
    look = _Verifying(snapshot, tell)
    try:
        _verify_all(look)
    except lmdb.Error as error:
        look.fault("file", f"cannot be read ({type(error).__name__})")
    return look.result(whole=True)


def verify_sample(snapshot: Snapshot, size: int, tell: Tell, chance: random.Random | None = None) -> Verified:
    """Look up what `size` records demand, and where `size` entries lead."""
    look = _Verifying(snapshot, tell)
    chance = chance or random.Random()  # noqa: S311 - draws a sample, protects nothing
    try:
        for number in look.told("records", _drawn_rows(look, size, chance), size):
            look.records += 1
            for item in look.items_of(number) or ():
                look.entries += 1
                if not holds(snapshot, item):
                    look.fault(item.part, MISSING)
        for part in LEADING:
            for item in _drawn_items(look, part, size // len(LEADING) + 1, chance):
                look.entries += 1
                _check_lead(look, item)
    except lmdb.Error as error:
        look.fault("file", f"cannot be read ({type(error).__name__})")
    return look.result(whole=False)


def _verify_all(look: _Verifying) -> None:
    demanded = {part: _Sum() for part in PARTS}
    public_names = 0
    numbers = (number for number, _ in stored_rows(look.snapshot))
    for number in look.told("records", numbers, look.state.records):
        look.records += 1
        for item in look.items_of(number) or ():
            demanded[item.part].add(item)
            public_names += item.part == "names"
    for part in PARTS:
        _compare(look, part, demanded[part])
    _check_digests(look)
    for what, counted, stated in (
        ("records", look.records, look.state.records),
        ("public names", public_names, look.state.public_names),
    ):
        if counted != stated:
            look.fault("state", f"counts {what} wrongly", abs(counted - stated))


def _compare(look: _Verifying, part: str, demanded: _Sum) -> None:
    found = _Sum()
    for item, times in look.told_part(part):
        found.add(item, times)
    if found.items != demanded.items:
        what = MISSING if found.items < demanded.items else ASTRAY
        look.fault(part, what, abs(found.items - demanded.items))
    elif found.hashes != demanded.hashes:
        look.fault(part, WRONG)


def _check_digests(look: _Verifying) -> None:
    """See that a writer finds every template by its digest, and no other."""
    numbers: dict[bytes, bytes] = {}
    digests: dict[bytes, bytes] = {}
    with look.snapshot.transaction.cursor(db=look.snapshot.databases.templates) as cursor:
        for key, data in cursor:
            if len(key) == COUNT_BYTES:
                numbers[digest_key(data[COUNT_BYTES:])] = key
            else:
                digests[key] = data
    wrong = len(numbers.items() ^ digests.items())
    if wrong:
        look.fault("templates", WRONG, wrong)


def _drawn_rows(look: _Verifying, size: int, chance: random.Random) -> Iterator[int]:
    """Yield numbers of rows, drawn by lot while there are more, all of them otherwise."""
    snapshot, state = look.snapshot, look.state
    if state.records <= size:
        yield from (number for number, _ in stored_rows(snapshot))
        return
    compact, alone = state.next_record, state.next_alone - ALONE
    found = 0
    for _ in range(MAX_DRAWS * size):
        drawn = chance.randrange(compact + alone)
        number = drawn if drawn < compact else ALONE + drawn - compact
        if has_row(snapshot.transaction, snapshot.databases, number):
            yield number
            found += 1
            if found == size:
                return


def _drawn_items(look: _Verifying, part: str, size: int, chance: random.Random) -> Iterator[Item]:
    """Yield items of a part that lie behind keys drawn by lot."""
    snapshot = look.snapshot
    with snapshot.transaction.cursor(db=getattr(snapshot.databases, part)) as cursor:
        for _ in range(size):
            if cursor.set_range(_drawn_key(look, part, chance)) or cursor.first():
                values = list(values_of(part, cursor.key(), cursor.value()))
                yield Item(part, cursor.key(), chance.choice(values))


def _drawn_key(look: _Verifying, part: str, chance: random.Random) -> bytes:
    if part in {"ids", "exact"}:
        return chance.randrange(1 << BUCKET_BITS).to_bytes(4, "big")
    if part == "names":
        return pack(chance.randrange(look.state.next_name))
    if part == "hidden_names":
        return pack(HIDDEN + chance.randrange(look.state.next_hidden - HIDDEN + 1))
    letters = bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=3))
    return EVERYBODY + letters if part == "words" else letters


def _check_lead(look: _Verifying, item: Item) -> None:
    """See that an item leads to a record that demands it."""
    snapshot = look.snapshot
    number = record_of(snapshot, item)
    if number is None or not has_row(snapshot.transaction, snapshot.databases, number):
        look.fault(item.part, ASTRAY)
        return
    demanded = look.items_of(number)
    if demanded is not None and item not in demanded:
        look.fault(item.part, WRONG)
