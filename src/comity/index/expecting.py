"""What must lie in the index because of one record, and how to see what does.

| part        | item                                                        |
|-------------|-------------------------------------------------------------|
| `ids`       | bucket and the entry of its id                              |
| `exact`     | bucket and the entry of one of its keys                     |
| `words`     | class and word, and its number                              |
| `names`     | name number, head and form                                  |
| `grams`     | chunk of postings and the entry in it                       |
| `counts`    | what is counted, once for each time it is there             |
| `templates` | number of the template it uses                              |
| `classes`   | number of its visibility class                              |

Expected items are made from the row alone, by the functions by which a change makes them.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from comity import collections
from comity.collections import NameQuality
from comity.index.buckets import EXACT_WIDTH, ID_WIDTH, entries, id_hash, key_hash, place
from comity.index.classes import EVERYBODY, LOOK_AT_ROW, read_classes
from comity.index.heads import NameHead, birth_days, decode_name, encode_name
from comity.index.layout import NOT_POSTED, pack, unpack
from comity.index.names import letters_of
from comity.index.opening import Snapshot
from comity.index.postings import (
    CHUNK,
    CHUNK_BITS,
    FIRST_HIDDEN_CHUNK,
    PUBLIC,
    RESTRICTED,
    has_count,
    posting_keys,
)
from comity.index.rows import Audience, Row, packed_id
from comity.index.templates import COUNT_BYTES, number_key
from comity.index.words import keys_of
from comity.matching import names

PARTS: Final = ("ids", "exact", "words", "names", "hidden_names", "grams", "counts", "templates", "classes")
COUNTED: Final = frozenset({"counts", "templates", "classes"})
"""Parts that hold a number for each item, not the item as often as it is there."""


class Item(NamedTuple):
    """One thing that lies in the index."""

    part: str
    key: bytes
    """Under which it lies."""
    value: bytes
    """One of what lies there; empty in counted parts."""


class Expectation:
    """Makes the items of rows, by the classes of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        stored = read_classes(snapshot.transaction, snapshot.databases.classes)
        self._classes = {each.audience: number for number, each in stored}

    def of(self, row: Row, number: int) -> list[Item]:
        """Return what must be there for a row; an item of a counted part as often as it counts.

        Raises whatever the functions of collections and matching raise for a record that is damaged.
        """
        visibility = self._class_of(row.audience)
        packed = number.to_bytes(4, "big")
        bucket, fingerprint = place(id_hash(packed_id(row.body.record_id)))
        once = {Item("ids", bucket, fingerprint + packed)}
        for key in row.keys:
            bucket, fingerprint = place(key_hash(key.kind, key.value))
            once.add(Item("exact", bucket, fingerprint + packed + visibility))
        once.update(Item("words", visibility + key, pack(number)) for key in keys_of(row.body))
        items = [*once, *self._named(row, number, int.from_bytes(visibility, "big"))]
        if row.template:
            items.append(Item("templates", number_key(row.template), b""))
        if visibility not in {EVERYBODY, LOOK_AT_ROW}:
            items.append(Item("classes", visibility, b""))
        return items

    def _class_of(self, audience: Audience) -> bytes:
        return self._classes.get(audience, LOOK_AT_ROW) if audience.restricted else EVERYBODY

    def _named(self, row: Row, record: int, visibility: int) -> Iterator[Item]:
        collection, content = collections.get(row.body.collection), row.body.content
        listed = collection.names(content)
        if not listed:
            return
        head = NameHead(record, row.expires, visibility, *birth_days(collection.births(content)))
        for name, number in zip(listed, row.names, strict=True):
            if number == NOT_POSTED:
                continue
            form = names.normalise(name.text)
            own = head._replace(weak=name.quality is NameQuality.WEAK, letters=letters_of(form))
            yield Item(
                "hidden_names" if visibility else "names", pack(number), encode_name(own, form.to_bytes())
            )
            yield from _posted(form, number, visibility)


def _posted(form: names.NameForm, number: int, visibility: int) -> Iterator[Item]:
    chunk = (number >> CHUNK_BITS).to_bytes(2, "big")
    width = (RESTRICTED if visibility else PUBLIC).itemsize
    entry = (visibility << CHUNK_BITS | number & CHUNK - 1).to_bytes(width, "little")
    for key in posting_keys(form):
        yield Item("grams", key + chunk, entry)
        if not visibility and has_count(key):
            yield Item("counts", b"g" + key, b"")
    if not visibility:
        for token in names.rarity_keys(form):
            yield Item("counts", b"t" + token.encode(), b"")


def held(snapshot: Snapshot, part: str) -> Iterator[tuple[Item, int]]:
    """Yield every item of a part with how often it counts, in the order of its keys."""
    if part == "classes":
        for number, stored in read_classes(snapshot.transaction, snapshot.databases.classes):
            yield Item(part, number, b""), stored.count
        return
    with snapshot.transaction.cursor(db=getattr(snapshot.databases, part)) as cursor:
        for key, data in cursor:
            if part == "counts" or (part == "templates" and len(key) == COUNT_BYTES):
                yield Item(part, key, b""), int.from_bytes(data[:COUNT_BYTES], "big")
            elif part != "templates":
                for value in values_of(part, key, data):
                    yield Item(part, key, value), 1


def holds(snapshot: Snapshot, item: Item) -> bool:
    """Tell whether an item is there; one of a counted part, whether it counts at all."""
    database = getattr(snapshot.databases, item.part)
    if item.part == "words":
        with snapshot.transaction.cursor(db=database) as cursor:
            return bool(cursor.set_key_dup(item.key, item.value))
    data = snapshot.transaction.get(item.key, db=database)
    if data is None:
        return False
    return item.part in COUNTED or item.value in values_of(item.part, item.key, data)


def values_of(part: str, key: bytes, data: bytes) -> Iterator[bytes]:
    """Yield one by one what lies under a key of a part that is not counted."""
    if part in {"names", "hidden_names", "words"}:
        return iter((data,))
    if part == "grams":
        return entries(data, (RESTRICTED if key[-2:] >= FIRST_HIDDEN_CHUNK else PUBLIC).itemsize)
    return entries(data, EXACT_WIDTH if part == "exact" else ID_WIDTH)


def record_of(snapshot: Snapshot, item: Item) -> int | None:
    """Return the number of the record to which an item leads, None where it leads to none."""
    if item.part in {"ids", "exact"}:
        return int.from_bytes(item.value[3:7], "big")
    if item.part == "words":
        return unpack(item.value)
    if item.part in {"names", "hidden_names"}:
        return decode_name(item.value)[0].record
    chunk, low = item.key[-2:], int.from_bytes(item.value, "little") & CHUNK - 1
    number = int.from_bytes(chunk, "big") << CHUNK_BITS | low
    data = snapshot.transaction.get(pack(number), db=snapshot.databases.names_at(number))
    return None if data is None else decode_name(data)[0].record
