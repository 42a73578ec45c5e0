"""Posting the names of records and taking them back, within one write transaction.

Postings are written in ascending order: LMDB then fills its pages one after the other.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from comity.collections import ListedName
from comity.index.layout import (
    MAX_NUMBER,
    NOT_POSTED,
    Databases,
    NameHead,
    decode_name,
    encode_name,
    gram_key,
    is_weak,
    pack,
)
from comity.kernel.errors import ErrorCode, InputError, IntegrityError
from comity.matching import names


class NameChanges:
    """Collects and writes the names of one transaction."""

    def __init__(self, transaction: Any, databases: Databases, next_number: int) -> None:
        self._transaction = transaction
        self._databases = databases
        self.next_number = next_number
        """The first number that no name has; to be kept in the state."""
        self.public_names = 0
        """By how many the names of unrestricted records became more, or fewer."""
        self._names: list[tuple[bytes, bytes]] = []
        self._grams: list[tuple[bytes, bytes]] = []
        self._counts: Counter[bytes] = Counter()

    def post(
        self, listed: Iterable[ListedName], *, record: int, restricted: bool, expires: int
    ) -> tuple[int, ...]:
        """Post the names of one record and return their numbers, in order, to be kept in its row.

        `NOT_POSTED` stands for a name that has no form to be found by (signs without letters, more words
        than can be compared). It must not stop the feed: the record stays findable by its other names and
        its keys.
        """
        return tuple(
            self._post(name.text, NameHead(record, is_weak(name.quality), restricted, expires))
            for name in listed
        )

    def remove(self, numbers: Iterable[int]) -> None:
        """Take out the names of one record, by what `post` returned."""
        for number in numbers:
            if number != NOT_POSTED:
                self._remove(pack(number))

    def finish(self) -> None:
        """Write what was collected."""
        for pairs, database in (
            (self._grams, self._databases.grams),
            (self._names, self._databases.names),
        ):
            with self._transaction.cursor(db=database) as cursor:
                cursor.putmulti(sorted(pairs))
        self._write_counts()

    def _post(self, text: str, head: NameHead) -> int:
        try:
            form = names.normalise(text)
        except InputError:
            return NOT_POSTED
        number = self.next_number
        if number >= MAX_NUMBER:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="numbers used up; rebuild")
        self.next_number += 1
        packed = pack(number)
        self._names.append((packed, encode_name(head, form.to_bytes())))
        grams = {gram_key(gram) for gram in names.trigrams(form)}
        self._grams += [(gram, packed) for gram in grams]
        if not head.restricted:
            self._counts.update(_counted(form, grams))
            self.public_names += 1
        return number

    def _remove(self, number: bytes) -> None:
        data = self._transaction.pop(number, db=self._databases.names)
        if data is None:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="record without its name")
        head, packed = decode_name(data)
        form = names.NameForm.from_bytes(packed)
        grams = {gram_key(gram) for gram in names.trigrams(form)}
        for gram in sorted(grams):
            self._transaction.delete(gram, number, db=self._databases.grams)
        if not head.restricted:
            self._counts.subtract(_counted(form, grams))
            self.public_names -= 1

    def _write_counts(self) -> None:
        for key, difference in sorted(self._counts.items()):
            if difference:
                count = int.from_bytes(self._transaction.get(key, b"", db=self._databases.counts), "big")
                if count + difference:
                    value = (count + difference).to_bytes(4, "big")
                    self._transaction.put(key, value, db=self._databases.counts)
                else:
                    self._transaction.delete(key, db=self._databases.counts)


def _counted(form: names.NameForm, grams: set[bytes]) -> list[bytes]:
    return [b"g" + gram for gram in grams] + [b"t" + key.encode() for key in names.rarity_keys(form)]
