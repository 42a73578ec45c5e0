"""Which way two words are compared, by the scripts in which the two names are written."""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from comity.matching.names.likeness import Likeness, consonants_alike, words_alike
from comity.matching.names.scripts import Script
from comity.matching.names.skeletons import coarse

TOP: Final = 1000
_TOPS: Final[dict[Script, int]] = {
    Script.ARABIC: 810,  # no short vowels: many names share their consonants
    Script.HEBREW: 900,  # fewer of them than Arabic ones are borne by everybody
    Script.HAN: 890,  # thousands of signs fall into four hundred syllables
    Script.HANGUL: 900,
    Script.KANA: 920,  # l and r, b and v, s and th are one
}
"""Highest score against another script, where writing in Latin letters loses what tells names apart. Set so
that of people on no list about as many reach a score in each script: one in a hundred some 580 to 600 against
a list of five thousand names."""
_ROUGH: Final = frozenset({Script.HEBREW, Script.HANGUL, Script.KANA})
"""Scripts that write several consonants of others with one letter."""

Alike = Callable[[str, str, str, str], Likeness]
"""Called with a word, its skeleton, another word, its skeleton."""


class Way(NamedTuple):
    """How to compare words: `vowels` when both sides write them, `top` the highest score."""

    place: int
    vowels: bool
    alike: Alike
    top: int


WAYS: Final = 4
"""Places of `Way.place`."""


def _roughly(alike: Alike) -> Alike:
    def compare(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
        return alike(one, coarse(one_bones), other, coarse(other_bones))

    return compare


_WORDS: Final[tuple[Alike, ...]] = (
    words_alike,
    consonants_alike,
    _roughly(words_alike),
    _roughly(consonants_alike),
)


@cache
def way_between(one: Script, other: Script) -> Way:
    """Return how words of two scripts are compared; the same for both orders."""
    if one is other:
        return Way(0, vowels=True, alike=words_alike, top=TOP)
    vowels = one.writes_vowels == other.writes_vowels
    place = (not vowels) + 2 * (one in _ROUGH or other in _ROUGH)
    return Way(place, vowels, _WORDS[place], min(_TOPS.get(one, TOP), _TOPS.get(other, TOP)))
