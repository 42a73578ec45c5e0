"""How alike two words of two names are, 0 to 1."""

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Indel, Levenshtein

ENOUGH: Final = 0.65
"""Below this two words are strangers: chance pairs of names reach 0.6 in every second comparison."""
SAME_BONES: Final = 0.7
"""Least likeness of two words whose consonants agree; the letters decide the rest."""
INITIAL: Final = 0.5
"""Likeness of an initial with a word that it begins."""
_SHORTEST_BONES: Final = 2
"""One consonant agrees with too many words."""
_BONES_SHARE: Final = 0.6
"""Where one side writes no vowels: share of the skeletons, the rest is consonants with long vowels."""
_CACHE: Final = 50_000
"""Distinct words whose letters are kept; the words of a query come back two hundred times."""
_LONG_VOWELS: Final = str.maketrans("eiouv", "yywww", "a")

_distance_share = Levenshtein.normalized_similarity
_common_share = Indel.normalized_similarity


def words_alike(one: str, one_bones: str, other: str, other_bones: str) -> float:
    """Return the likeness of two different words that both write their vowels, 0 when below `ENOUGH`."""
    if len(one) == 1 or len(other) == 1:
        return INITIAL if one[0] == other[0] and len(one) != len(other) else 0.0
    if one_bones == other_bones and len(one_bones) >= _SHORTEST_BONES:
        return SAME_BONES + (1 - SAME_BONES) * _distance_share(one, other)
    return _distance_share(one, other, score_cutoff=ENOUGH)


def consonants_alike(one: str, one_bones: str, other: str, other_bones: str) -> float:
    """Return the likeness of two words of which one is written without short vowels."""
    if one[0] == other[0] and min(len(one), len(other)) == 1 < max(len(one), len(other)):
        return INITIAL
    bones = _distance_share(one_bones, other_bones)
    likeness = _BONES_SHARE * bones + (1 - _BONES_SHARE) * _common_share(_long(one), _long(other))
    return likeness if likeness >= ENOUGH else 0.0


@lru_cache(_CACHE)
def _long(word: str) -> str:
    """Return `word` with its vowels as the letters that Arabic and Hebrew would write for long ones."""
    return word.translate(_LONG_VOWELS)


@lru_cache(_CACHE)
def word_trigrams(word: str) -> frozenset[str]:
    """Return the letter trigrams of one word, padded as in postings."""
    padded = f"  {word} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))
