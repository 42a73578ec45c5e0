"""The name matcher over a list of names in memory, for the alias benchmark: `comity.matching.bench:engine`.

It finds candidates as an index does, by postings of trigrams and skeletons, and compares each.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from comity.kernel.errors import InputError
from comity.matching.names import Comparer, NameForm, TokenRarity, normalise, rarity_keys, trigrams

CANDIDATES: Final = 200
"""Compared per query; the right person is among them as often as among all that share a key."""
POSTINGS_READ: Final = 200_000
"""Rows counted per query, rarest keys first: bounds the time on common names."""
LENGTH_POWER: Final = 0.3
"""How far a long listed name is held back: 0 favours long names, 1 short ones."""


class NameIndex:
    """Postings over `names`; row numbers are places in that list."""

    def __init__(self, names: Sequence[str]) -> None:
        self._forms = [_form(name) for name in names]
        rows: dict[str, list[int]] = defaultdict(list)
        for row, form in enumerate(self._forms):
            for key in trigrams(form) if form else ():
                rows[key].append(row)
        self._postings = {key: np.array(found, np.int32) for key, found in rows.items()}
        self._weights = {key: log((len(names) + 1) / len(found)) for key, found in rows.items()}
        self._lengths = np.array([self._weight_of(form) ** LENGTH_POWER for form in self._forms])
        counts = Counter(key for form in self._forms if form for key in rarity_keys(form))
        self._rarity = TokenRarity(counts, len(names))

    def search(self, name: str, limit: int) -> list[tuple[int, float]]:
        """Return up to `limit` (row, score) pairs, best first; score 0 to 1000."""
        if (asked := _form(name)) is None:
            return []
        comparer = Comparer(asked, self._rarity)
        found = [
            (row, float(comparer.compare(listed).score))
            for row in self._candidates(asked)
            if (listed := self._forms[row])
        ]
        found.sort(key=lambda pair: -pair[1])
        return [pair for pair in found[:limit] if pair[1] > 0]

    def _weight_of(self, form: NameForm | None) -> float:
        return sum(self._weights[key] for key in trigrams(form)) if form else 1.0

    def _candidates(self, asked: NameForm) -> list[int]:
        known = sorted(
            (key for key in trigrams(asked) if key in self._postings), key=self._weights.__getitem__
        )
        overlap: npt.NDArray[np.float64] = np.zeros(len(self._forms))
        budget = POSTINGS_READ
        while known and budget > 0:
            key = known.pop()
            overlap[self._postings[key]] += self._weights[key]
            budget -= len(self._postings[key])
        overlap /= self._lengths
        count = min(CANDIDATES, len(overlap))
        best = np.argpartition(-overlap, count - 1)[:count]
        best = best[np.argsort(overlap[best])]
        return [int(row) for row in best if overlap[row] > 0]


def _form(name: str) -> NameForm | None:
    try:
        return normalise(name)
    except InputError:
        return None


def engine(names: Sequence[str]) -> NameIndex:
    """Return an index over `names` with `search(name, limit)`."""
    return NameIndex(names)
