"""Postings of names: under which keys a name lies, and how the lists of name numbers are kept.

A list is cut into chunks of 65,536 name numbers: key = posting key, then the upper half of the numbers
(two bytes, big-endian); value = the lower halves, ascending, two bytes each. A change touches one chunk.

Names of restricted records have numbers from `HIDDEN` on, hence chunks of their own. Their entries carry
the visibility class in front (four bytes): what a viewer may not see is left out before anything is
counted, cut off or looked at, and the public lists do not know of it (I6).

Beside the keys that `matching.names` gives, a name lies under the pairs of its words and under all of its
words together, by their skeletons: of common words each has a hundred thousand bearers, both have few.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, Final
from zlib import crc32

import numpy as np

from comity.kernel.errors import ErrorCode, IntegrityError
from comity.matching import names

CHUNK_BITS: Final = 16
CHUNK: Final = 1 << CHUNK_BITS
FIRST_HIDDEN_CHUNK: Final = b"\x80\0"
GRAM_BYTES: Final = 8
"""Long skeletons that begin alike share a posting list; the comparison tells them apart."""
MAX_PAIRED_WORDS: Final = 4
"""Words of a name that are paired, the longest skeletons first: six pairs. A name has three words as a rule,
and those left out are particles."""
PUBLIC: Final = np.dtype("<u2")
RESTRICTED: Final = np.dtype("<u4")
"""Visibility class, then the lower half of the number."""

_GRAM_END: Final = b"\0"
_PAIR: Final = b"\1"
_WHOLE: Final = b"\2"


def gram_keys(form: names.NameForm) -> list[bytes]:
    """Return the posting keys that `matching.names` gives to a form, each once."""
    return _keys(names.trigrams(form))


def guess_keys(form: names.NameForm) -> list[bytes]:
    """Return the posting keys of what the words of a form may have been in another script, each once."""
    guessed = names.guessed_keys(form)
    return list(set(_keys(guessed)).difference(gram_keys(form))) if guessed else []


def posting_keys(form: names.NameForm) -> list[bytes]:
    """Return all keys that a listed name is posted under, each once."""
    return list({*gram_keys(form), *guess_keys(form), *pair_keys(form)})


def pair_keys(form: names.NameForm) -> list[bytes]:
    """Return the posting keys of the words together, then of their pairs; five bytes each."""
    bones = sorted(filter(None, form.skeletons), key=lambda word: (-len(word), word))
    pairs = {" ".join(sorted(pair)) for pair in combinations(bones[:MAX_PAIRED_WORDS], 2)}
    words = zip(form.skeletons, form.tokens, strict=True)
    whole = " ".join(sorted(bones or token for bones, token in words))
    return [_hashed(_WHOLE, whole), *(_hashed(_PAIR, pair) for pair in pairs)]


def has_count(key: bytes) -> bool:
    """Tell whether it is counted in how many names a posting key stands; lists of pairs are short."""
    return key[0] > _WHOLE[0]


def posted(chunk_key: bytes, value: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield posting key, name number and visibility class of every entry of a chunk."""
    key, chunk = chunk_key[:-2], int.from_bytes(chunk_key[-2:], "big")
    kind = PUBLIC if chunk_key[-2:] < FIRST_HIDDEN_CHUNK else RESTRICTED
    for entry in np.frombuffer(value, kind).tolist():
        yield key, chunk << CHUNK_BITS | entry & CHUNK - 1, entry >> CHUNK_BITS


def _keys(grams: set[str]) -> list[bytes]:
    return list({gram.encode()[:GRAM_BYTES] + _GRAM_END for gram in grams})


def _hashed(kind: bytes, text: str) -> bytes:
    return kind + crc32(text.encode()).to_bytes(4, "big")


class PostingChanges:
    """Collects and writes the postings of one transaction; each chunk is read and written once."""

    def __init__(self, transaction: Any, database: Any) -> None:
        self._transaction = transaction
        self._database = database
        self._added: defaultdict[bytes, list[int]] = defaultdict(list)
        self._removed: defaultdict[bytes, list[int]] = defaultdict(list)

    def add(self, keys: Iterable[bytes], number: int, visibility: int) -> None:
        """Post a new name, whose number is above all numbers of its kind."""
        _collect(self._added, keys, number, visibility)

    def remove(self, keys: Iterable[bytes], number: int, visibility: int) -> None:
        """Take a name out that `add` posted with the same arguments, in an earlier transaction."""
        _collect(self._removed, keys, number, visibility)

    def finish(self) -> Counter[bytes]:
        """Write what was collected; return by posting key how many more public names stand under it."""
        differences: Counter[bytes] = Counter()
        for key in sorted(self._added.keys() | self._removed.keys()):
            added, removed = self._added.get(key, ()), self._removed.get(key, ())
            public = key[-2:] < FIRST_HIDDEN_CHUNK
            value: bytes = self._transaction.get(key, b"", db=self._database)
            kind = PUBLIC if public else RESTRICTED
            if removed:
                value = _without(value, removed, kind)
            if added:
                value = _with(value, added, kind)
            if value:
                self._transaction.put(key, value, db=self._database)
            else:
                self._transaction.delete(key, db=self._database)
            if public:
                differences[key[:-2]] += len(added) - len(removed)
        return differences


def _collect(
    entries: defaultdict[bytes, list[int]], keys: Iterable[bytes], number: int, visibility: int
) -> None:
    chunk = (number >> CHUNK_BITS).to_bytes(2, "big")
    entry = visibility << CHUNK_BITS | number & CHUNK - 1
    for key in keys:
        entries[key + chunk].append(entry)


def _with(value: bytes, added: Iterable[int], kind: np.dtype[Any]) -> bytes:
    new = np.array(added, dtype=kind)
    if kind == PUBLIC:
        return value + new.tobytes()
    return np.sort(np.concatenate((np.frombuffer(value, kind), new))).tobytes()


def _without(value: bytes, removed: Iterable[int], kind: np.dtype[Any]) -> bytes:
    """Raises `IntegrityError` (integrity.index) when an entry is not there."""
    entries, gone = np.frombuffer(value, kind), np.array(removed, dtype=kind)
    places = entries.searchsorted(gone)
    if not entries.size or (entries.take(places, mode="clip") != gone).any():
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="name without its posting")
    kept = np.ones(entries.size, dtype=bool)
    kept[places] = False
    return entries[kept].tobytes()
