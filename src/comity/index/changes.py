"""Taking records out of the index and putting them in, within one write transaction.

Keys and postings are written in ascending order: LMDB then fills its pages one after the other.
"""

from datetime import datetime
from typing import Any

import msgspec

from comity import collections
from comity.index.layout import (
    MAX_NUMBER,
    Databases,
    Row,
    State,
    encode_row,
    exact_key,
    pack,
    read_row,
    stored_key,
    to_microseconds,
)
from comity.index.names import NameChanges
from comity.kernel.errors import ErrorCode, IntegrityError
from comity.kernel.ids import RecordId
from comity.protocol.records import RecordBody


class Changes:
    """Collects and writes the changes of one transaction."""

    def __init__(self, transaction: Any, databases: Databases, state: State) -> None:
        self._transaction = transaction
        self._databases = databases
        self._state = state
        self._exact: list[tuple[bytes, bytes]] = []
        self._names = NameChanges(transaction, databases, state.next_name)

    def remove(self, record_id: RecordId) -> None:
        """Take a record out with all its keys and names; nothing happens when it is not there."""
        transaction, databases = self._transaction, self._databases
        number = transaction.pop(record_id.encode(), db=databases.ids)
        if number is None:
            return
        row = read_row(transaction, databases, number)
        for key in row.keys:
            transaction.delete(exact_key(key.kind, key.value), number, db=databases.exact)
        self._names.remove(row.names)
        transaction.delete(number, db=databases.records)
        self._step(-1)

    def add(self, body: RecordBody, data: bytes) -> None:
        """Put a record in that is not there; `data` is the canonical JSON of `body`."""
        collection = collections.get(body.collection)
        number = self._take_number()
        expires = to_microseconds(datetime.fromisoformat(body.expires_at))
        restricted = bool(body.restrictions.allow or body.restrictions.deny)
        stored = tuple(stored_key(key) for key in collection.keys(body.content))
        listed = collection.names(body.content)
        name_numbers = self._names.post(listed, record=number, restricted=restricted, expires=expires)
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
        self._step(1)

    def finish(self, **position: Any) -> State:
        """Write what was collected and return the new state with the fields of `position`."""
        with self._transaction.cursor(db=self._databases.exact) as cursor:
            cursor.putmulti(sorted(self._exact))
        self._names.finish()
        return msgspec.structs.replace(
            self._state,
            next_name=self._names.next_number,
            public_names=self._state.public_names + self._names.public_names,
            **position,
        )

    def _take_number(self) -> int:
        number = self._state.next_record
        if number >= MAX_NUMBER:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="numbers used up; rebuild")
        self._state = msgspec.structs.replace(self._state, next_record=number + 1)
        return number

    def _step(self, records: int) -> None:
        self._state = msgspec.structs.replace(self._state, records=self._state.records + records)
