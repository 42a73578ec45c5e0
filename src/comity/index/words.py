"""Vehicles by description: which records share the most of the asked words, the rarest words' lists first.

`words` holds, under visibility class and word, the numbers of the records that say it. Only lists of
classes that exist for the viewer are touched, so what he may not see costs nothing and counts nowhere (I6).
The work of a question is bounded by constants: where lists are too long, the newest records are looked at.
"""

from collections.abc import Iterable
from itertools import islice
from math import ceil, log
from typing import Any, Final, NamedTuple

import numpy as np

from comity import collections
from comity.index.describing import weigh
from comity.index.layout import pack, unpack
from comity.index.questions import DescriptionQuestion
from comity.index.seeing import Look
from comity.matching.descriptions import year_of
from comity.protocol.records import RecordBody
from comity.protocol.search import Candidate

MAX_POSTINGS: Final = 60_000
"""Postings read for one description, two or three milliseconds; longer lists are asked record by record."""
MAX_NEWEST: Final = 5_000
"""Read of the rarest word's list when even that is longer."""
MAX_PROBES: Final = 2_000
"""Questions whether a record stands in a list that was not read."""
MAX_KEPT: Final = 40
"""Candidates: twice what is shown, as year and country reorder them a little."""
MAX_ROWS: Final = 200
"""Rows read for that; those of other years, and expired ones that are not taken out yet, are passed over."""
MIN_SHARE: Final = 2 / 3
"""Of the asked words that must agree: a witness errs in one of three, a list omits one of four."""
MIN_WORDS: Final = 2
RELATED_SHARE: Final = 0.5
"""What a related word is worth: silver for grey."""
_YEAR: Final = "#"
_COUNTRY: Final = "@"
"""Signs before what is posted beside words; no word holds them."""


class _Word(NamedTuple):
    """One asked word with the lists it stands in."""

    counted: bool
    """Whether it counts among the words that must agree; year and country only order what does."""
    weight: float
    lists: list[tuple[bytes, bool]]
    """Key, and whether the list is of a related word."""
    length: int


def keys_of(body: RecordBody) -> set[bytes]:
    """Return the words under which a record is found by description, as `words` keys without their class."""
    return {word.encode() for word in collections.get(body.collection).described(body.content)}


class WordChanges:
    """Collects postings of words and writes them in ascending order, within one transaction."""

    def __init__(self, transaction: Any, database: Any) -> None:
        self._transaction = transaction
        self._database = database
        self._added: list[tuple[bytes, bytes]] = []
        self._removed: list[tuple[bytes, bytes]] = []

    def add(self, body: RecordBody, number: int, visibility: bytes) -> None:
        """Post the words of a record."""
        self._added += [(visibility + key, pack(number)) for key in keys_of(body)]

    def remove(self, body: RecordBody, number: int, visibility: bytes) -> None:
        """Take the words of a record out."""
        self._removed += [(visibility + key, pack(number)) for key in keys_of(body)]

    def finish(self) -> None:
        """Write what was collected."""
        for key, number in sorted(self._removed):
            self._transaction.delete(key, number, db=self._database)
        with self._transaction.cursor(db=self._database) as cursor:
            cursor.putmulti(sorted(self._added))


def find_by_words(look: Look, question: DescriptionQuestion) -> list[Candidate]:
    """Return the vehicles that exist for the viewer and of whose description enough words agree."""
    needed = max(MIN_WORDS, ceil(len(question.words) * MIN_SHARE))
    posted = needed - sum(year_of(word.word) is not None for word in question.words)
    with look.transaction.cursor(db=look.databases.words) as cursor:
        words = _words(cursor, look.shown, question)
        read, unread = _split(words)
        if not read:
            return []
        numbers, weights, agreed = _shared(cursor, read)
        possible = np.flatnonzero(agreed + sum(word.counted for word in unread) >= posted)
        order = possible[np.lexsort((numbers[possible], weights[possible]))[::-1]]
        likely = _probe(cursor, unread, numbers[order], weights[order], agreed[order])
    shares = {word.word: known.weight for word, known in zip(question.words, words, strict=False)}
    found: list[Candidate] = []
    for number in islice((n for n, count in likely if count >= posted), MAX_ROWS):
        row = look.row_at(number)
        one = None if row is None else weigh(row.body, question, shares, needed)
        if one is not None:
            found.append(one)
            if len(found) == MAX_KEPT:
                break
    return found


def _words(cursor: Any, classes: Iterable[bytes], question: DescriptionQuestion) -> list[_Word]:
    """Return the asked words in their order, then year and country, each with its lists and weight."""
    asked = [(word.same, word.related, True) for word in question.words]
    if question.year is not None:
        near = (f"{_YEAR}{question.year - 1}", f"{_YEAR}{question.year + 1}")
        asked.append(((f"{_YEAR}{question.year}",), near, False))
    if question.country is not None:
        asked.append(((_COUNTRY + question.country,), (), False))
    found: list[tuple[bool, list[tuple[bytes, bool]], int, int]] = []
    for same, related, counted in asked:
        lists, lengths = [], {False: 0, True: 0}
        for word, is_related in [(word, False) for word in same] + [(word, True) for word in related]:
            for visibility in classes:
                key = visibility + word.encode()
                if cursor.set_key(key):
                    lists.append((key, is_related))
                    lengths[is_related] += cursor.count()
        found.append((counted, lists, lengths[False], sum(lengths.values())))
    longest = max(length for _, _, _, length in found)
    return [
        _Word(counted, log(4) if not same else log(4 * longest / same), lists, length)
        for counted, lists, same, length in found
    ]


def _split(words: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """Return the words whose lists are read, rarest first, and those that are asked record by record."""
    known = sorted((word for word in words if word.length), key=lambda word: word.length)
    rarest = next((word for word in known if word.counted), None)
    if rarest is None:
        return [], []
    read, unread, total = [rarest], [], rarest.length
    for word in known:
        if word is rarest:
            continue
        if total + word.length <= MAX_POSTINGS:
            read.append(word)
            total += word.length
        else:
            unread.append(word)
    return read, unread


def _shared(cursor: Any, read: list[_Word]) -> tuple[Any, Any, Any]:
    """Return record numbers with the weight of what they share and how many words that is."""
    parts = []
    for place, word in enumerate(read):
        for key, is_related in word.lists:
            numbers = _numbers(cursor, key, newest=word.length > MAX_POSTINGS)
            parts.append(numbers << np.uint64(8) | np.uint64(place << 1 | is_related))
    packed = np.sort(np.concatenate(parts))
    of_word = packed >> np.uint64(1)
    packed = packed[np.concatenate(([True], of_word[1:] != of_word[:-1]))]
    numbers = packed >> np.uint64(8)
    starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    shares = np.array([share for word in read for share in (word.weight, word.weight * RELATED_SHARE)])
    lists = (packed & np.uint64(255)).astype(np.intp)
    weights = np.add.reduceat(shares[lists], starts)
    counted = np.array([word.counted for word in read for _ in range(2)], dtype=np.int64)
    agreed = np.add.reduceat(counted[lists], starts)
    return numbers[starts], weights, agreed


def _numbers(cursor: Any, key: bytes, *, newest: bool) -> Any:
    if newest:
        cursor.set_key(key)
        cursor.last_dup()
        found = [unpack(value) for value in islice(cursor.iterprev_dup(), MAX_NEWEST)]
        return np.array(found, dtype=np.uint64)
    data = cursor.getmulti([key], dupdata=True, dupfixed_bytes=4, keyfixed=True)
    posting = np.dtype([("key", f"S{len(key)}"), ("number", "=u4")])
    return np.frombuffer(data, dtype=posting)["number"].astype(np.uint64)


def _probe(
    cursor: Any, unread: list[_Word], numbers: Any, weights: Any, agreed: Any
) -> list[tuple[int, int]]:
    """Return numbers and how many words they share, best first, after asking the lists that were not read."""
    if not unread:
        return list(zip(numbers[:MAX_ROWS].tolist(), agreed[:MAX_ROWS].tolist(), strict=True))
    top = MAX_PROBES // sum(len(word.lists) for word in unread)
    found = []
    for number, weight, count in zip(
        numbers[:top].tolist(), weights[:top].tolist(), agreed[:top].tolist(), strict=True
    ):
        value, total, words = pack(number), weight, count
        for word in unread:
            share = _share(cursor, word, value)
            total += share * word.weight
            words += bool(share) and word.counted
        found.append((total, number, words))
    found.sort(reverse=True)
    return [(number, words) for _, number, words in found]


def _share(cursor: Any, word: _Word, value: bytes) -> float:
    share = 0.0
    for key, is_related in word.lists:
        if (not is_related or not share) and cursor.set_key_dup(key, value):
            share = max(share, RELATED_SHARE if is_related else 1.0)
    return share
