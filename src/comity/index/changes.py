"""Taking records out of the index and putting them in, within one write transaction.

Everything is collected first and written in ascending order of its key: a bucket or block that many
records touch is read and written once, and LMDB fills its pages one after the other.
"""

from typing import Any

import msgspec

from comity import collections
from comity.index.blocks import BlockChanges, compact, read_row
from comity.index.buckets import EXACT_WIDTH, ID_WIDTH, BucketChanges, EntryChanges, id_hash, key_hash
from comity.index.classes import ClassChanges
from comity.index.finding import number_of
from comity.index.layout import ALONE, MAX_NUMBER, Databases, State, pack, to_microseconds
from comity.index.names import NameChanges
from comity.index.rows import LoneRow, Row, audience_of, encode_lone, expiry_of, packed_id
from comity.index.templates import TemplateChanges, TemplateMemory
from comity.index.words import WordChanges
from comity.kernel.errors import ErrorCode, IntegrityError
from comity.kernel.ids import RecordId
from comity.protocol.records import RecordBody


class Changes:
    """Collects and writes the changes of one transaction.

    Records are to be removed first, then added, each at most once. `exact` and `ids` take the entries
    where they are not to be written yet.
    """

    def __init__(
        self,
        transaction: Any,
        databases: Databases,
        state: State,
        *,
        exact: EntryChanges | None = None,
        ids: EntryChanges | None = None,
    ) -> None:
        self._transaction = transaction
        self._databases = databases
        self._state = state
        self._memory = TemplateMemory()
        self._exact = exact or BucketChanges(transaction, databases.exact, EXACT_WIDTH)
        self._ids = ids or BucketChanges(transaction, databases.ids, ID_WIDTH)
        self._blocks = BlockChanges(transaction, databases)
        self._templates = TemplateChanges(transaction, databases, state.next_template)
        self._classes = ClassChanges(transaction, databases)
        self._names = NameChanges(transaction, databases, state)
        self._words = WordChanges(transaction, databases.words)
        self._alone: list[tuple[bytes, bytes]] = []
        self._records = 0
        self._next = {"next_record": state.next_record, "next_alone": state.next_alone}

    def remove(self, record_id: RecordId) -> None:
        """Take a record out with all its keys and names; nothing happens when it is not there."""
        number = number_of(self._transaction, self._databases, record_id, self._memory)
        if number is None:
            return
        row = read_row(self._transaction, self._databases, number, self._memory)
        self._ids.remove(id_hash(packed_id(record_id)), number)
        for key in row.keys:
            self._exact.remove(key_hash(key.kind, key.value), number)
        self._names.remove(row.names)
        self._words.remove(row.body, number, self._classes.use(row.audience, -1))
        self._remove_row(number, row)
        self._records -= 1

    def add(self, body: RecordBody, data: bytes) -> None:
        """Put a record in that is not there; `data` are the bytes that the feed committed to."""
        collection = collections.get(body.collection)
        expires = to_microseconds(expiry_of(body))
        audience = audience_of(body)
        visibility = self._classes.use(audience)
        found = compact(body, data, expires, self._templates)
        if found is not None:
            number = self._take_number("next_record", ALONE)
            self._blocks.set(number, found)
        else:
            number = self._take_number("next_alone", MAX_NUMBER)
            names = self._names.post(
                collection.names(body.content),
                collection.births(body.content),
                record=number,
                expires=expires,
                visibility=int.from_bytes(visibility, "big"),
            )
            row = LoneRow(expires, audience, names, data)
            self._alone.append((pack(number), encode_lone(row)))
        self._ids.add(id_hash(packed_id(body.record_id)), number)
        for key in collection.keys(body.content):
            self._exact.add(key_hash(key.kind, key.value), number, visibility)
        self._words.add(body, number, visibility)
        self._records += 1

    def finish(self, **position: Any) -> State:
        """Write what was collected and return the new state with the fields of `position`."""
        for key, value in self._alone:
            self._transaction.put(key, value, db=self._databases.records, append=True)
        for part in (self._blocks, self._ids, self._exact, self._templates, self._words):
            part.finish()
        named = self._names.finish()
        state = self._state
        return msgspec.structs.replace(
            state,
            records=state.records + self._records,
            next_template=self._templates.next_number,
            classes=state.classes + self._classes.finish(),
            **self._next,
            **named,
            **position,
        )

    def _remove_row(self, number: int, row: Row) -> None:
        if number & ALONE:
            self._transaction.delete(pack(number), db=self._databases.records)
        else:
            self._blocks.set(number, b"")
            self._templates.use(row.template, -1)

    def _take_number(self, field: str, limit: int) -> int:
        number = self._next[field]
        if number >= limit:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="numbers used up; rebuild")
        self._next[field] = number + 1
        return number
