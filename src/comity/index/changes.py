"""Taking records out of the index and putting them in, within one write transaction.

Keys and postings are written in ascending order: LMDB then fills its pages one after the other.
"""

from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from comity import collections
from comity.index.layout import (
    MAX_NUMBER,
    NOT_POSTED,
    Databases,
    NameHead,
    Row,
    State,
    decode_name,
    encode_name,
    encode_row,
    exact_key,
    gram_key,
    is_weak,
    pack,
    read_row,
    stored_key,
    to_microseconds,
)
from comity.kernel.errors import ErrorCode, InputError, IntegrityError
from comity.kernel.ids import RecordId
from comity.matching import names
from comity.protocol.records import RecordBody


class Changes:
    """Collects and writes the changes of one transaction."""

    def __init__(self, transaction: Any, databases: Databases, state: State) -> None:
        self._transaction = transaction
        self._databases = databases
        self._state = state
        self._exact: list[tuple[bytes, bytes]] = []
        self._grams: list[tuple[bytes, bytes]] = []
        self._names: list[tuple[bytes, bytes]] = []
        self._counts: Counter[bytes] = Counter()

    def remove(self, record_id: RecordId) -> None:
        """Take a record out with all its keys and names; nothing happens when it is not there."""
        transaction, databases = self._transaction, self._databases
        number = transaction.pop(record_id.encode(), db=databases.ids)
        if number is None:
            return
        row = read_row(transaction, databases, number)
        for key in row.keys:
            transaction.delete(exact_key(key.kind, key.value), number, db=databases.exact)
        for name in filter(None, row.names):
            self._remove_name(pack(name), public=not row.restricted)
        transaction.delete(number, db=databases.records)
        self._step(records=-1, public_names=0 if row.restricted else -_posted(row.names))

    def add(self, body: RecordBody, data: bytes) -> None:
        """Put a record in that is not there; `data` is the canonical JSON of `body`."""
        collection = collections.get(body.collection)
        number = self._take_number("next_record")
        expires = to_microseconds(datetime.fromisoformat(body.expires_at))
        restricted = bool(body.restrictions.allow or body.restrictions.deny)
        stored = tuple(stored_key(key) for key in collection.keys(body.content))
        name_numbers = tuple(
            self._add_name(name.text, NameHead(number, is_weak(name.quality), restricted, expires))
            for name in collection.names(body.content)
        )
        row = Row(
            expires=expires,
            owner=body.owner,
            allow=tuple(body.restrictions.allow),
            deny=tuple(body.restrictions.deny),
            keys=stored,
            names=name_numbers,
            body=data,
        )
        self._transaction.put(pack(number), encode_row(row), db=self._databases.records, append=True)
        self._transaction.put(body.record_id.encode(), pack(number), db=self._databases.ids)
        self._exact += [(exact_key(key.kind, key.value), pack(number)) for key in stored]
        self._step(records=1, public_names=0 if restricted else _posted(name_numbers))

    def finish(self, **position: Any) -> State:
        """Write what was collected and return the new state with the fields of `position`."""
        for pairs, database in (
            (self._exact, self._databases.exact),
            (self._grams, self._databases.grams),
            (self._names, self._databases.names),
        ):
            with self._transaction.cursor(db=database) as cursor:
                cursor.putmulti(sorted(pairs))
        self._write_counts()
        return msgspec.structs.replace(self._state, **position)

    def _add_name(self, text: str, head: NameHead) -> int:
        """Post a name and return its number, `NOT_POSTED` for one that has no form to be found by.

        Such a name (signs without letters, more words than can be compared) must not stop the feed: the
        record stays findable by its other names and its keys.
        """
        try:
            form = names.normalise(text)
        except InputError:
            return NOT_POSTED
        number = self._take_number("next_name")
        packed = pack(number)
        self._names.append((packed, encode_name(head, form.to_bytes())))
        grams = {gram_key(gram) for gram in names.trigrams(form)}
        self._grams += [(gram, packed) for gram in grams]
        if not head.restricted:
            self._counts.update(_counted(form, grams))
        return number

    def _remove_name(self, number: bytes, *, public: bool) -> None:
        data = self._transaction.pop(number, db=self._databases.names)
        if data is None:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="record without its name")
        form = names.NameForm.from_bytes(decode_name(data)[1])
        grams = {gram_key(gram) for gram in names.trigrams(form)}
        for gram in sorted(grams):
            self._transaction.delete(gram, number, db=self._databases.grams)
        if public:
            self._counts.subtract(_counted(form, grams))

    def _write_counts(self) -> None:
        for key, difference in sorted(self._counts.items()):
            if difference:
                count = int.from_bytes(self._transaction.get(key, b"", db=self._databases.counts), "big")
                if count + difference:
                    value = (count + difference).to_bytes(4, "big")
                    self._transaction.put(key, value, db=self._databases.counts)
                else:
                    self._transaction.delete(key, db=self._databases.counts)

    def _take_number(self, field: str) -> int:
        number: int = getattr(self._state, field)
        if number >= MAX_NUMBER:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="numbers used up; rebuild")
        self._state = msgspec.structs.replace(self._state, **{field: number + 1})
        return number

    def _step(self, *, records: int, public_names: int) -> None:
        self._state = msgspec.structs.replace(
            self._state,
            records=self._state.records + records,
            public_names=self._state.public_names + public_names,
        )


def _posted(numbers: tuple[int, ...]) -> int:
    return sum(number != NOT_POSTED for number in numbers)


def _counted(form: names.NameForm, grams: set[bytes]) -> list[bytes]:
    return [b"g" + gram for gram in grams] + [b"t" + key.encode() for key in names.rarity_keys(form)]
