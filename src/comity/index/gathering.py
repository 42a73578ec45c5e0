"""Which listed names stand under an asked name's posting keys, and how much of its weight each has.

The lists of pairs and of all words are read first, then those of the rarest grams: common ones (` al`, `an `)
have the longest lists and tell the least. How many postings are read is bounded by the public lists alone;
what restricted records add is read from lists of their own, and what the viewer may not see is taken out
of them at once: it takes nobody's place (I6).
"""

from functools import lru_cache
from math import log
from typing import Any, Final, NamedTuple

import numpy as np

from comity.index.layout import HIDDEN, State
from comity.index.postings import (
    CHUNK,
    CHUNK_BITS,
    FIRST_HIDDEN_CHUNK,
    PUBLIC,
    RESTRICTED,
    gram_keys,
    guess_keys,
    pair_keys,
)
from comity.index.seeing import Look
from comity.matching import names

MAX_POSTINGS: Final = 45_000
"""Postings of grams read for one name: about a millisecond."""
MIN_GRAMS: Final = 3
"""Grams read before the limit above counts: one spelling error spoils three."""
MOST_POSTINGS: Final = 120_000
"""Postings read in any case, be every gram as common as can be; the lists are then read in part. It takes
three milliseconds. Where all is common the words together and their pairs find the name."""
MAX_PAIR_POSTINGS: Final = 20_000
"""Postings read of one pair of words: the commonest pair of words in a million names has about as many."""
MOST_RESTRICTED: Final = 500_000
"""Entries of restricted records read, seen or not: so many only where most are restricted."""
PAIR_SHARE: Final = 0.5
"""What a pair weighs against a gram that is as rare: its words' own grams are counted beside it."""
JUST_BELOW: Final = 0.999
"""Room for the rounding of sums of single precision."""
MAX_NEAREST: Final = 1_000
"""Names that go on to be looked at: of one name's bearers in a million people there are hardly more."""
VISIBILITIES: Final = 1 << 16


class Nearest(NamedTuple):
    """Name numbers with their share of the asked name's weight, best first."""

    numbers: Any
    shares: Any
    """Of the weight of the grams that were read; pairs and guesses come on top, so it can be above 1."""


class _Lists(NamedTuple):
    """The postings of several keys, one list after the other."""

    places: Any
    """Place of each posting's name in the sums: public names by number, then the restricted ones."""
    lengths: list[int]


class Gatherer:
    """Sums up weights by name; keeps the room for it from question to question. Owned by one thread."""

    def __init__(self) -> None:
        self._sums: Any = np.zeros(0, dtype=np.float32)

    def nearest(self, look: Look, form: names.NameForm, least_share: float) -> Nearest:
        """Return the names, seen by the viewer as far as classes tell, that have at least `least_share`."""
        state = look.state
        pairs = pair_keys(form)
        grams, counts = _choose(look, gram_keys(form))
        own = len(pairs) + len(grams)
        keys = pairs + grams + guess_keys(form)
        public = _public_lists(look, keys, len(pairs))
        restricted = _restricted_lists(look, keys)
        counts = [*public.lengths[: len(pairs)], *counts, *public.lengths[own:]]
        weights = [log((state.public_names + 2) / (count + 1)) + 0.1 for count in counts]
        weights[: len(pairs)] = [PAIR_SHARE * weight for weight in weights[: len(pairs)]]
        whole = sum(weights[len(pairs) : own]) or sum(weights)
        places, sums = self._best([public, restricted], weights, least_share * whole, _span(state))
        order = np.lexsort((places, -sums))[:MAX_NEAREST]
        numbers = places[order]
        numbers[numbers >= state.next_name] += HIDDEN - state.next_name
        return Nearest(numbers, sums[order] / whole)

    def _best(self, parts: list[_Lists], weights: list[float], least: float, span: int) -> tuple[Any, Any]:
        """Return places with a sum of at least `least`, each once; no more than needed for the best."""
        if self._sums.size < span:
            self._sums = np.zeros(span + span // 8, dtype=np.float32)
        sums = self._sums
        each = np.array(weights, dtype=np.float32)
        # The last lists are the longest: who stands only in those that weigh too little together is not
        # sought.
        last, behind = len(weights), 0.0
        while last and behind + weights[last - 1] < least * JUST_BELOW:
            last -= 1
            behind += weights[last]
        sought = np.concatenate([part.places[: sum(part.lengths[:last])] for part in parts])
        try:
            for part in parts:
                np.add.at(sums, part.places, np.repeat(each, part.lengths))
            found = sums[sought]
            enough = np.flatnonzero(found >= least)
            places, found = sought[enough], found[enough]
            # A name stands in several lists: the last to write its turn into the name's place is kept.
            turns = np.arange(places.size, dtype=np.float32)
            sums[places] = turns
            once = sums[places] == turns
        finally:
            for part in parts:
                sums[part.places] = 0
        places, found = places[once], found[once]
        if places.size > MAX_NEAREST:
            enough = found >= np.partition(found, -MAX_NEAREST)[-MAX_NEAREST]
            places, found = places[enough], found[enough]
        return places, found


def _span(state: State) -> int:
    return state.next_name + state.next_hidden - HIDDEN


def _choose(look: Look, keys: list[bytes]) -> tuple[list[bytes], list[int]]:
    """Return the grams to read, rarest first, and in how many names of unrestricted records each stands."""
    with look.transaction.cursor(db=look.databases.counts) as cursor:
        known = dict(cursor.getmulti([b"g" + key for key in keys]))
    counted = sorted((int.from_bytes(known.get(b"g" + key, b""), "big"), key) for key in keys)
    total = 0
    for place, (count, _) in enumerate(counted):
        if place >= MIN_GRAMS and total + count > MAX_POSTINGS:
            counted = counted[:place]
            break
        total += count
    return [key for _, key in counted], [count for count, _ in counted]


def _public_lists(look: Look, keys: list[bytes], pairs: int) -> _Lists:
    """Return the lists of `keys`, of which the first `pairs` are those of words together."""
    values: list[bytes] = []
    chunks: list[bytes] = []
    lengths: list[int] = []
    left = MOST_POSTINGS
    with look.transaction.cursor(db=look.databases.grams) as cursor:
        for turn, key in enumerate(keys):
            room = MAX_PAIR_POSTINGS if turn < pairs else left
            read = 0
            end = key + FIRST_HIDDEN_CHUNK
            if room and cursor.set_range(key + b"\0\0"):
                for found, value in cursor.iternext():
                    if found >= end or read >= room:
                        break
                    values.append(value)
                    chunks.append(found[-2:])
                    read += len(value) // PUBLIC.itemsize
            lengths.append(read)
            if turn >= pairs:
                left = max(left - read, 0)
    low = np.frombuffer(b"".join(values), PUBLIC)
    return _Lists(_joined(low, chunks, [len(value) // PUBLIC.itemsize for value in values]), lengths)


def _restricted_lists(look: Look, keys: list[bytes]) -> _Lists:
    """Return what the viewer sees of the restricted records: for every key the same is asked, seen or not."""
    hidden_chunks = range((look.state.next_hidden - HIDDEN >> CHUNK_BITS) + 1)
    tails = [(HIDDEN // CHUNK + chunk).to_bytes(2, "big") for chunk in hidden_chunks]
    transaction, database = look.transaction, look.databases.grams
    values, owners, left = [], [], MOST_RESTRICTED
    for turn, key in enumerate(keys):
        for tail in tails:
            value = transaction.get(key + tail, b"", db=database) if left > 0 else b""
            left -= len(value) // RESTRICTED.itemsize
            values.append(value)
            owners.append(turn)
    entries = np.frombuffer(b"".join(values), RESTRICTED)
    sizes = [len(value) // RESTRICTED.itemsize for value in values]
    seen = _visible(look.hidden)[entries >> CHUNK_BITS]
    lengths = np.bincount(np.repeat(owners, sizes)[seen], minlength=len(keys))
    first = look.state.next_name
    chunks = [chunk.to_bytes(2, "big") for chunk in hidden_chunks] * len(keys)
    return _Lists(_joined(entries & CHUNK - 1, chunks, sizes)[seen] + first, lengths.tolist())


def _joined(low: Any, chunks: list[bytes], sizes: list[int]) -> Any:
    """Return numbers of their lower halves and, for each run of `sizes`, the upper one."""
    high = np.frombuffer(b"".join(chunks), ">u2").astype(np.int64) << CHUNK_BITS
    return np.repeat(high, sizes) + low


@lru_cache(256)
def _visible(hidden: frozenset[bytes]) -> Any:
    """Return for each visibility class whether it may exist for the viewer; one viewer's take 64 KiB."""
    table = np.ones(VISIBILITIES, dtype=bool)
    table[[int.from_bytes(number, "big") for number in hidden]] = False
    return table
