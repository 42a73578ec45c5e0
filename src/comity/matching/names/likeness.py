"""How alike two words of two names are, 0 to 1, and in what way."""

from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA, Indel

from comity.matching.names.folding import fold
from comity.matching.names.knowledge import families
from comity.matching.names.reasons import NameCode

ENOUGH: Final = 0.65
"""Below this two words are strangers: chance pairs of names reach 0.6 in every second comparison."""
SAME_SOUND: Final = 0.85
"""Least likeness of two words that sound the same; the letters decide the rest."""
SAME_NAME: Final = 0.8
"""Likeness of two forms of one given name."""
SAME_BONES: Final = 0.6
"""Least likeness of two words whose consonants agree; the letters decide the rest."""
INITIAL: Final = 0.5
"""Likeness of an initial with a word that it begins."""
WITH_ARTICLE: Final = 0.9
"""How much of its likeness a word keeps that only one side writes together with the article."""
WITHIN: Final = 0.3
"""Least likeness of a word with a longer one that begins or ends with it; their lengths decide the rest."""
_SHORTEST_WITHIN: Final = 4
"""Letters of the sound of such a word: shorter ones stand in too many."""
_WITHIN_LONGER: Final = 2
"""Letters that the other must have more: one is a slip."""
_ARTICLES: Final = ("al", "el")
_SHORTEST_WITH_ARTICLE: Final = 6
_SHORTEST_BONES: Final = 2
"""One consonant agrees with too many words."""
_BONES_SHARE: Final = 0.6
"""Where one side writes no vowels: share of the skeletons, the rest is consonants with long vowels."""
_CACHE: Final = 50_000
"""Distinct words whose letters are kept; the words of a query come back two hundred times."""
_LONG_VOWELS: Final = str.maketrans("eiouv", "yywww", "a")

_typing_share = OSA.normalized_similarity
_common_share = Indel.normalized_similarity


class Likeness(NamedTuple):
    """How alike two words are, and the ground to name."""

    share: float
    code: NameCode


STRANGERS: Final = Likeness(0.0, NameCode.SPELLING)
_INITIAL: Final = Likeness(INITIAL, NameCode.INITIAL)


class _Sound(NamedTuple):
    text: str
    letters: int
    """The letters of `text`, one bit each."""
    families: frozenset[int]


@lru_cache(_CACHE)
def _sound(word: str) -> _Sound:
    text = fold(word)
    letters = 0
    for letter in text:
        letters |= 1 << ord(letter) % 32
    return _Sound(text, letters, families(word))


def words_alike(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
    """Return the likeness of two different words that both write their vowels, 0 when below `ENOUGH`."""
    if len(one) == 1 or len(other) == 1:
        return _INITIAL if one[0] == other[0] and len(one) != len(other) else STRANGERS
    found = _sounds_alike(one, one_bones, other, other_bones)
    if found is STRANGERS and one[:2] != other[:2]:
        if one.startswith(_ARTICLES) and len(one) >= _SHORTEST_WITH_ARTICLE:
            found = _sounds_alike(one[2:], one_bones[1:], other, other_bones)
        elif other.startswith(_ARTICLES) and len(other) >= _SHORTEST_WITH_ARTICLE:
            found = _sounds_alike(one, one_bones, other[2:], other_bones[1:])
        else:
            return STRANGERS
        return Likeness(found.share * WITH_ARTICLE, found.code) if found.share else STRANGERS
    return found


def _sounds_alike(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
    sound, other_sound = _sound(one), _sound(other)
    if sound.text == other_sound.text:
        share = SAME_SOUND + (1 - SAME_SOUND) * _typing_share(one, other)
        return Likeness(share, NameCode.SPELLING)
    related = bool(sound.families) and not sound.families.isdisjoint(other_sound.families)
    share = 0.0
    if one_bones == other_bones and len(one_bones) >= _SHORTEST_BONES:
        share = SAME_BONES + (1 - SAME_BONES) * _typing_share(sound.text, other_sound.text)
    if related:
        return Likeness(max(share, SAME_NAME), NameCode.EQUIVALENT)
    if share:
        return Likeness(share, NameCode.CONSONANTS)
    if (within := _within(sound.text, other_sound.text)) is not STRANGERS:
        return within
    slips = (1 - ENOUGH) * max(len(sound.text), len(other_sound.text))
    if (sound.letters & ~other_sound.letters).bit_count() > slips:
        return STRANGERS  # each letter that the other lacks takes a slip
    share = _typing_share(sound.text, other_sound.text, score_cutoff=ENOUGH)
    return Likeness(share, NameCode.SPELLING) if share else STRANGERS


def _within(one: str, other: str) -> Likeness:
    """Return the likeness of a word with a longer one that begins or ends with it: short form, compound."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) < _SHORTEST_WITHIN or len(long) - len(short) < _WITHIN_LONGER:
        return STRANGERS
    if not (long.startswith(short) or long.endswith(short)):
        return STRANGERS
    return Likeness(WITHIN + (1 - WITHIN) * len(short) / len(long), NameCode.WITHIN)


def consonants_alike(one: str, one_bones: str, other: str, other_bones: str) -> Likeness:
    """Return the likeness of two words of which one is written without short vowels."""
    if one[0] == other[0] and min(len(one), len(other)) == 1 < max(len(one), len(other)):
        return _INITIAL
    known = families(one)
    if known and not known.isdisjoint(families(other)):
        return Likeness(SAME_NAME, NameCode.EQUIVALENT)
    bones = _typing_share(one_bones, other_bones)
    share = _BONES_SHARE * bones + (1 - _BONES_SHARE) * _common_share(_long(one), _long(other))
    return Likeness(share, NameCode.TRANSLITERATED) if share >= ENOUGH else STRANGERS


@lru_cache(_CACHE)
def _long(word: str) -> str:
    """Return `word` with its vowels as the letters that Arabic and Hebrew would write for long ones."""
    return word.translate(_LONG_VOWELS)


@lru_cache(_CACHE)
def word_trigrams(word: str) -> frozenset[str]:
    """Return the letter trigrams of the sound of one word, padded as in postings."""
    padded = f"  {fold(word)} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))
