"""Posting the names of records and taking them back, within one write transaction.

Everything is collected and written in ascending order of its key: LMDB then fills its pages one after the
other, and a chunk of postings that many names touch is written once. Fifty thousand names at a time are
written several times as fast as one by one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from comity.collections import ListedName, NameQuality
from comity.index.heads import NameHead, birth_days, decode_name, encode_name
from comity.index.layout import HIDDEN, MAX_NUMBER, NOT_POSTED, Databases, State, pack
from comity.index.postings import PostingChanges, has_count, posting_keys
from comity.kernel.errors import ErrorCode, InputError, IntegrityError
from comity.matching import names
from comity.matching.dates import BirthDate


class NameChanges:
    """Collects and writes the names of one transaction that begins at `state`."""

    def __init__(self, transaction: Any, databases: Databases, state: State) -> None:
        self._transaction = transaction
        self._databases = databases
        self._next = {"next_name": state.next_name, "next_hidden": state.next_hidden}
        self._public_names = state.public_names
        self._names: list[tuple[int, bytes]] = []
        self._postings = PostingChanges(transaction, databases.grams)
        self._tokens: Counter[str] = Counter()

    def post(
        self,
        listed: Iterable[ListedName],
        births: Sequence[BirthDate],
        *,
        record: int,
        expires: int,
        visibility: int,
    ) -> tuple[int, ...]:
        """Post the names of one record and return their numbers, in order, to be kept in its row.

        `expires` in microseconds since 1970; `visibility` is the class of the record, 0 where all may see
        it. `NOT_POSTED` stands for a name that has no form to be found by (signs without letters, more
        words than can be compared). It must not stop the feed: the record stays findable by its other
        names and its keys.
        """
        earliest, latest = birth_days(births)
        head = NameHead(record, expires, visibility, earliest, latest)
        return tuple(
            self._post(name.text, head._replace(weak=name.quality is NameQuality.WEAK)) for name in listed
        )

    def remove(self, numbers: Iterable[int]) -> None:
        """Take out the names of one record, by what `post` returned in an earlier transaction."""
        for number in numbers:
            if number != NOT_POSTED:
                self._remove(number)

    def finish(self) -> dict[str, int]:
        """Write what was collected and return the fields of the state that change by it."""
        self._names.sort()
        first = bisect_left(self._names, HIDDEN, key=itemgetter(0))
        self._append(self._databases.names, self._names[:first])
        self._append(self._databases.hidden_names, self._names[first:])
        differences = {b"t" + token.encode(): number for token, number in self._tokens.items()}
        for key, number in self._postings.finish().items():
            if has_count(key):
                differences[b"g" + key] = number
        self._write_counts(differences)
        return self._next | {"public_names": self._public_names}

    def _append(self, database: Any, posted: list[tuple[int, bytes]]) -> None:
        with self._transaction.cursor(db=database) as cursor:
            cursor.putmulti([(pack(number), value) for number, value in posted], append=True)

    def _post(self, text: str, head: NameHead) -> int:
        try:
            form = names.normalise(text)
        except InputError:
            return NOT_POSTED
        number = self._take_number("next_hidden" if head.restricted else "next_name")
        head = head._replace(letters=letters_of(form))
        self._names.append((number, encode_name(head, form.to_bytes())))
        self._postings.add(posting_keys(form), number, head.visibility)
        if not head.restricted:
            self._tokens.update(names.rarity_keys(form))
            self._public_names += 1
        return number

    def _remove(self, number: int) -> None:
        data = self._transaction.pop(pack(number), db=self._databases.names_at(number))
        if data is None:
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="record without its name")
        head, packed = decode_name(data)
        form = names.NameForm.from_bytes(packed)
        self._postings.remove(posting_keys(form), number, head.visibility)
        if not head.restricted:
            self._tokens.subtract(names.rarity_keys(form))
            self._public_names -= 1

    def _take_number(self, field: str) -> int:
        number = self._next[field]
        if number >= (HIDDEN if field == "next_name" else MAX_NUMBER):
            raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="numbers used up; rebuild")
        self._next[field] = number + 1
        return number

    def _write_counts(self, differences: dict[bytes, int]) -> None:
        for key, difference in sorted(differences.items()):
            if difference:
                count = int.from_bytes(self._transaction.get(key, b"", db=self._databases.counts), "big")
                if count + difference:
                    value = (count + difference).to_bytes(4, "big")
                    self._transaction.put(key, value, db=self._databases.counts)
                else:
                    self._transaction.delete(key, db=self._databases.counts)


def letters_of(form: names.NameForm) -> int:
    """Return how many letters the words of a form have, at most 255."""
    return min(sum(map(len, form.tokens)), 255)
