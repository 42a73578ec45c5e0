"""What is known of the world's names: which are forms of one another, which many bear, which tell nothing.

The tables lie as text beside this module; reading them takes twenty milliseconds at the first comparison.
"""

import re
from functools import cache, lru_cache
from importlib.resources import files
from math import log
from typing import Final

from comity.matching.names.folding import fold
from comity.matching.names.scripts import mark_geresh

_FULL_LENGTH: Final = 4
_COMMONEST: Final = 20.0
"""Bearers of a name among 100,000 that make it as telling as any: a surname of a small valley."""
_ALL: Final = log(100_000 / _COMMONEST)
_SYLLABLE: Final = re.compile(
    r"(?:zh|ch|sh|hs|ts|tz|ss|kk|jj|hw|[bpmfdtnlgkhjqxrzcsyw])?[aeiou]{1,3}(?:ng|[nmlkhp])?"
)
SYLLABLE: Final = 0.6
"""What a word of one syllable may tell at most: few hundreds serve many."""
_PATRONYMIC: Final = re.compile(
    r"[a-z]{2,}(?:[eoay]v[iy]t?ch|[eoy]vych|[eo]wicz|[eoyi]vn[ay]|ichna|[eo]vic|auna|ouna)"
)
_CACHE: Final = 100_000
"""Distinct words kept; the words of a query come back a hundred times."""


def _lines(name: str) -> list[list[str]]:
    text = (files(__package__) / "data" / name).read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


_SMALL_WORDS: Final = _lines("particles.txt")
PARTICLES: Final = frozenset(word for kind, *words in _SMALL_WORDS if kind == "particle" for word in words)
"""Articles, prepositions, son of and the like."""
TITLES: Final = frozenset(word for kind, *words in _SMALL_WORDS if kind == "title" for word in words)
"""Ranks and forms of address."""


@cache
def _families() -> dict[str, frozenset[int]]:
    """Return the classes of `equivalents.txt` in which each folded word stands."""
    found: dict[str, set[int]] = {}
    for number, words in enumerate(_lines("equivalents.txt")):
        for word in words:
            found.setdefault(fold(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@cache
def _bearers() -> dict[str, float]:
    """Return how many of 100,000 people bear each folded word of `familiar.txt`."""
    found: dict[str, float] = {}
    for share, *words in _lines("familiar.txt"):
        for word in words:
            folded = fold(word)
            found[folded] = max(found.get(folded, 0.0), float(share))
    return found


@lru_cache(_CACHE)
def families(word: str) -> frozenset[int]:
    """Return the classes of forms of one given name in which `word` stands; empty for most words."""
    return _families().get(fold(word), frozenset())


@lru_cache(_CACHE)
def telling(word: str) -> float:
    """Return how much `word` tells among the people of the world, 0 (all bear it) to 1 (hardly anybody).

    Particles and titles tell nothing, 0; one and two letters little, as more people bear Li or an initial
    than any one collection shows.
    """
    if word in PARTICLES or word in TITLES:
        return 0.0
    bearers = _bearers().get(fold(word))
    share = 1.0 if bearers is None else log(100_000 / bearers) / _ALL
    if _SYLLABLE.fullmatch(word):
        share = min(share, SYLLABLE)
    return share * min((len(word) + 1) / _FULL_LENGTH, 1.0)


@lru_cache(_CACHE)
def is_patronymic(word: str) -> bool:
    """Tell whether `word` is built as an East Slavic father's name."""
    return _PATRONYMIC.fullmatch(word) is not None


_LEVELLED: Final = str.maketrans("أإآٱىیېےئکةۀۃہھؤםןץףך", "اااايييييكهههههومנצפכ".replace("م", "מ"), "ءّـ")
"""Letters that are written for one another, and signs that are left out."""


@cache
def _unvowelled() -> dict[str, str]:
    return {
        mark_geresh(spelling).translate(_LEVELLED): latin
        for latin, *spellings in _lines("unvowelled.txt")
        for spelling in spellings
    }


@cache
def japanese_surnames() -> dict[str, str]:
    """Return the Latin form of Japanese surnames by their Chinese signs, two or three."""
    return {signs: latin for latin, *spellings in _lines("japanese.txt") for signs in spellings}


@cache
def _loans() -> dict[str, str]:
    return {spelling: latin for latin, *spellings in _lines("loans.txt") for spelling in spellings}


def known_loan(word: str) -> str | None:
    """Return the Latin form of a usual foreign given name in Korean or Japanese letters, None for others."""
    return _loans().get(word)


def known_unvowelled(word: str) -> str | None:
    """Return the Latin form of a common name in Arabic or Hebrew letters, None for other words."""
    return _unvowelled().get(word.translate(_LEVELLED))
