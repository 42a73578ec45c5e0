"""Which way two words are compared, by the scripts in which the two names are written."""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from comity.matching.names.guesses import GUESSED, guesses
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
HEARD: Final = 0.75
"""Least likeness of a word with one that it may have been: the vowels are not those of the other tongue."""

Alike = Callable[[str, str, str, str], Likeness]
"""Called with a word, its skeleton, another word, its skeleton."""


class Way(NamedTuple):
    """How to compare words: `vowels` when both sides write them, `top` the highest score."""

    place: int
    vowels: bool
    alike: Alike
    top: int


WAYS: Final = 6
"""Places of `Way.place`."""


def _roughly(alike: Alike) -> Alike:
    def compare(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
        return alike(one, coarse(one_bones), other, coarse(other_bones))

    return compare


def _guessed(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
    """Compare roughly; `one` is of a script that leaves letters to be guessed."""
    bones, other_bones = coarse(one_bones), coarse(other_bones)
    if other_bones not in guesses(one):
        return words_alike(one, bones, other, other_bones)
    found = words_alike(one, other_bones, other, other_bones)
    return Likeness(max(found.share, HEARD), found.code)


def _guessed_listed(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
    return _guessed(other, other_bones, one, one_bones)


_WORDS: Final[tuple[Alike, ...]] = (
    words_alike,
    consonants_alike,
    _roughly(words_alike),
    _roughly(consonants_alike),
    _guessed,
    _guessed_listed,
)
_GUESSED, _GUESSED_LISTED = 4, 5


@cache
def way_between(one: Script, other: Script) -> Way:
    """Return how words of two scripts, of the asked and the listed name, are compared."""
    if one is other:
        return Way(0, vowels=True, alike=words_alike, top=TOP)
    vowels = one.writes_vowels == other.writes_vowels
    place = (not vowels) + 2 * (one in _ROUGH or other in _ROUGH)
    if vowels and (one in GUESSED or other in GUESSED):
        place = _GUESSED if one in GUESSED else _GUESSED_LISTED
    return Way(place, vowels, _WORDS[place], min(_TOPS.get(one, TOP), _TOPS.get(other, TOP)))
