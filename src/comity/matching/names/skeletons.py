"""The consonant skeleton of a word: what survives when a name crosses scripts, tongues and ears.

Vowels, y and w fall; consonants that transliterations exchange share a class (k, q, g, kh, gh; t, d, th, dh;
b, p; f, v, ph). A point in the input parts letters whose vowels are not written: Arabic and Hebrew.
"""

import re
from functools import lru_cache
from typing import Final

_CACHE: Final = 200_000
"""Distinct words kept; names of a million people hold about as many."""
BREAK: Final = "."
_CLASSES: Final = (
    ("X", "sch|tch|tsh|sh|ch|cz"),
    ("K", "kh|gh|ck|q|k|g|c(?![eiyh])"),
    ("J", "dzh|dj|zh|j"),
    ("T", "th|dh|t|d"),
    ("F", "ph|f|v"),
    ("P", "b|p"),
    ("S", "ts|tz|s|z|c"),
    ("KS", "x"),
    ("M", "m"),
    ("N", "n"),
    ("L", "l"),
    ("R", "r"),
    ("H", "h"),
    ("V", r"[aeiouyw.]"),
)
_LETTERS: Final = re.compile(
    "|".join(f"(?P<{name}>{letters})" for name, letters in _CLASSES) + "|(?P<D>[0-9])"
)
_DOUBLED: Final = re.compile(r"([a-z])\1+")


_COARSE: Final = str.maketrans({"R": "L", "F": "P", "J": "S", "X": "S", "H": None})


@lru_cache(_CACHE)
def coarse(bones: str) -> str:
    """Return a skeleton in the classes that Hebrew, Korean and Japanese leave: r is l, f is p."""
    return bones.translate(_COARSE)


@lru_cache(_CACHE)
def skeleton(word: str) -> str:
    """Return the consonant classes of a Latin word, its digits as they are; empty when it has vowels only.

    `h` counts at the start and after a vowel, unless it ends the word; elsewhere it belongs to its neighbour.
    """
    plain = _DOUBLED.sub(r"\1", word)
    bones: list[str] = []
    before = ""
    for match in _LETTERS.finditer(plain):
        name = match.lastgroup or ""
        if name == "V":
            before = ""
            continue
        if name == "H" and (before or match.end() == len(plain)):
            continue
        sign = match.group() if name == "D" else name
        if sign != before:
            bones.append(sign)
        before = sign
    return "".join(bones)
