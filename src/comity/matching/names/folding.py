"""The sound of a Latin word in few letters: spellings of one name in several tongues fold to one word.

Vowels keep three classes (a, e-i-y, o-u-w), since tongues spell them as they like; of consonants those
meet that transliterations exchange (sh, sch, ch, cz are one; kh, q, c are k; dj, zh are j). Sounds that fall
silent or hard at the end of words in Turkish, German and Russian are written hard. After the tables of ICAO
Doc 9303-3 section 6 (German ae, oe, ue; Nordic aa, oe), BGN/PCGN and French customs for Arabic and Cyrillic.
"""

import re
from functools import lru_cache
from typing import Final

_CACHE: Final = 200_000
"""Distinct words kept; names of a million people hold about as many."""
_CONSONANT: Final = "[bcdfghklmnpqrstvxz]"
_RULES: Final = (
    ("v", r"^(?:ou|w|u)(?=[aei])|o?u(?=a)"),
    ("x", r"shch|tsch|sch|tch|sh|ch|cz|(?<=i)c$"),
    ("j", r"dzh|dj|zh|jh"),
    ("k", r"kh|ck|qu(?=[ei])|q|c(?![eiyh])|g$"),
    ("g", r"gh|gu(?=[ei])"),
    ("f", r"ph|(?<=[oe])[vw]$|v$"),
    ("b", r"bh"),
    ("t", r"th|dt|d$"),
    ("d", r"dh"),
    ("p", r"b$"),
    ("s", r"z$|c"),
    ("ks", r"x"),
    ("i", rf"(?<=[tlrspbvmk])j(?=[aou])|(?<=[aeo])j$|(?<={_CONSONANT})ij(?={_CONSONANT}|$)"),
    ("a", rf"aa+|(?<={_CONSONANT})ae(?={_CONSONANT})"),
    ("ai", rf"(?<={_CONSONANT})(?:ei|ey)(?={_CONSONANT})"),
    ("u", rf"(?<={_CONSONANT})[ou]e(?={_CONSONANT})|(?<=[aeiou])w(?![aeiouy])|[ou]+"),
    ("v", r"w"),
    ("i", r"[eiy]+"),
    ("", r"h$"),
)
_SOUNDS: Final = re.compile("|".join(f"({letters})" for _, letters in _RULES))
_WRITTEN: Final = ("", *(sound for sound, _ in _RULES))
_DOUBLED: Final = re.compile(r"([b-df-hj-np-tv-z])\1+")
_REPEATED: Final = re.compile(r"([a-z])\1+")


@lru_cache(_CACHE)
def fold(word: str) -> str:
    """Return the sound of a word of `NameForm.tokens`; never empty, digits as they are."""
    plain = _DOUBLED.sub(r"\1", word)
    folded = _SOUNDS.sub(lambda found: _WRITTEN[found.lastindex or 0], plain)
    return _REPEATED.sub(r"\1", folded) or word
