"""What a name written in Korean or Japanese letters may have been in the tongue it comes from.

Both write foreign names by ear in syllables of their own: a Latin `r` after a vowel falls silent (Carter
is 카터, カーター), `th` becomes `s`, a soft `g` becomes `j`, `f` becomes `h`, `ng` becomes `n`. Which letters
stood there cannot be told, so a word is also found under the skeletons of what it may have been. After the
rules for loanwords of the Korean Ministry of Education (1986) and of the Japanese Cabinet (1991).
"""

import re
from functools import lru_cache
from itertools import combinations
from typing import Final

from comity.matching.names.scripts import Script
from comity.matching.names.skeletons import coarse, skeleton

GUESSED: Final = frozenset({Script.HANGUL, Script.KANA})
"""Scripts whose words are guessed at."""
MAX_GUESSES: Final = 12
"""Skeletons of one word beside its own; each is one more list to look up."""
_MOST_TOGETHER: Final = 2
"""Places that are changed together, beside all silent ones: more find as many strangers."""
_SYLLABLES: Final = re.compile(r".*[aeiou]+[^aeiou]+[aeiou]")
"""A word must have two: the single syllables of Korean names may be anything."""
_CACHE: Final = 20_000
"""Distinct words kept: those of the two scripts in a large collection."""
_LATIN_AGAIN: Final = (
    ("r", re.compile(r"(?<=[ao])(?![raeiouyl])")),
    ("th", re.compile(r"ss?(?=[aeou])|z(?=u)|j(?=eu)")),
    ("ng", re.compile(r"n(?![aeiouyng])")),
    ("k", re.compile(r"jj?(?=[aeiou])")),
    ("ch", re.compile(r"kk?(?=[ei])|(?<![a-z])h(?=[aeiou])")),
    ("ts", re.compile(r"(?:ss|ch|jj?)(?=eu)")),
    ("m", re.compile(r"n(?=[bp])")),
    ("f", re.compile(r"h(?=[uw])")),
)
"""What may have stood for letters of the word, or between them."""
_SILENT: Final = "r"

_Place = tuple[tuple[int, int], str]
"""First letter and the one behind the last, and what is written for them."""


@lru_cache(_CACHE)
def guesses(word: str) -> tuple[str, ...]:
    """Return coarse skeletons of what `word` may have been, likeliest first, its own left out.

    `word` is a token of a name of one of the scripts in `GUESSED`.
    """
    if not _SYLLABLES.match(word):
        return ()
    places = [(found.span(), latin) for latin, letters in _LATIN_AGAIN for found in letters.finditer(word)]
    silent = [place for place in places if place[1] == _SILENT]
    ways: list[tuple[_Place, ...]] = [(place,) for place in places]
    ways += [tuple(silent)] if len(silent) > _MOST_TOGETHER else []
    ways += list(combinations(places, _MOST_TOGETHER))
    own = coarse(skeleton(word))
    found: dict[str, None] = {}
    for way in ways:
        found[coarse(skeleton(_changed(word, way)))] = None
        if len(found) > MAX_GUESSES:
            break
    return tuple(bones for bones in found if bones != own)[:MAX_GUESSES]


def _changed(word: str, places: tuple[_Place, ...]) -> str:
    for (start, end), latin in sorted(places, reverse=True):
        word = word[:start] + latin + word[end:]
    return word
