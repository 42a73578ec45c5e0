"""What many records share, kept once: owner, purpose, legal basis, label, restrictions, kind of document."""

from collections import Counter
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from comity.index.layout import Databases
from comity.index.rows import Audience, audience_of
from comity.kernel.errors import ErrorCode, IntegrityError
from comity.protocol.records import RecordBody

COUNT_BYTES: Final = 4
"""In front of a template: in how many rows it stands; at none it is removed."""
DIGEST_BYTES: Final = 16
"""Of the SHA-256 of a template: by which a writer finds that it is there already."""
MAX_REMEMBERED: Final = 50_000
"""Templates a reader keeps, some 60 MiB; then forgotten all at once."""
MAX_READ_AHEAD: Final = 20_000
"""Templates read before anybody asks: a quarter of a second. 140 million documents share about 6,000."""

_BODY: Final = msgspec.json.Decoder(RecordBody)


class Template(NamedTuple):
    """A record without what is its own."""

    shared: RecordBody
    audience: Audience
    restricted: bool


class TemplateMemory(dict[int, Template]):
    """Templates as they were read. They never change under their number, so they stay valid."""

    def read(self, transaction: Any, databases: Databases, number: int) -> Template:
        """Return a template. Raises `IntegrityError` (integrity.index) when it is missing."""
        known = self.get(number)
        if known is None:
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            data = transaction.get(number_key(number), db=databases.templates)
            if data is None:
                raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="row without template")
            known = self[number] = template_of(_BODY.decode(data[COUNT_BYTES:]))
        return known

    def read_ahead(self, transaction: Any, databases: Databases, next_number: int) -> None:
        """Read the templates that are there, so that no hit waits for one; the newest of very many."""
        for number in range(max(next_number - MAX_READ_AHEAD, 0), next_number):
            if transaction.get(number_key(number), db=databases.templates) is not None:
                self.read(transaction, databases, number)


class TemplateChanges:
    """Gives out the numbers of templates and counts who uses them, within one transaction."""

    def __init__(self, transaction: Any, databases: Databases, next_number: int) -> None:
        self._transaction = transaction
        self._database = databases.templates
        self.next_number = next_number
        """The first number that no template has; to be kept in the state."""
        self._new: dict[bytes, int] = {}
        self._uses: Counter[int] = Counter()

    def find(self, data: bytes) -> int | None:
        """Return the number of the template with these bytes, None when there is none."""
        if data in self._new:
            return self._new[data]
        found = self._transaction.get(digest_key(data), db=self._database)
        return None if found is None else int.from_bytes(found, "big")

    def make(self, data: bytes) -> int:
        """Return the number of the template with these bytes, a new one when there is none."""
        number = self.find(data)
        if number is None:
            number = self._new[data] = self.next_number
            self.next_number += 1
        return number

    def use(self, number: int, times: int = 1) -> None:
        """Note that so many more rows use a template; negative for fewer."""
        self._uses[number] += times

    def finish(self) -> None:
        """Write what was collected; a template that no row uses any more is removed."""
        for data, number in self._new.items():
            if self._uses[number] > 0:
                self._write(number, self._uses.pop(number), data)
                self._transaction.put(digest_key(data), number_key(number), db=self._database)
        for number, difference in sorted(self._uses.items()):
            if difference:
                data = self._transaction.get(number_key(number), db=self._database)
                count = int.from_bytes(data[:COUNT_BYTES], "big") + difference
                if count:
                    self._write(number, count, data[COUNT_BYTES:])
                else:
                    self._transaction.delete(number_key(number), db=self._database)
                    self._transaction.delete(digest_key(data[COUNT_BYTES:]), db=self._database)

    def _write(self, number: int, count: int, data: bytes) -> None:
        value = count.to_bytes(COUNT_BYTES, "big") + data
        self._transaction.put(number_key(number), value, db=self._database)


def template_of(shared: RecordBody) -> Template:
    """Return the template that a record without what is its own makes."""
    audience = audience_of(shared)
    return Template(shared, audience, audience.restricted)


def number_key(number: int) -> bytes:
    """Return the key under which a template lies."""
    return number.to_bytes(4, "big")


def digest_key(data: bytes) -> bytes:
    """Return the key under which the number of a template lies."""
    return sha256(data).digest()[:DIGEST_BYTES]
