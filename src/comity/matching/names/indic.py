"""Indian scripts in Latin letters: every consonant carries an `a` unless a sign takes it away or replaces it.

The Unicode blocks from Devanagari to Malayalam lay their letters out alike (ISCII), so one table by place
serves nine scripts. The `a` that Hindi, Bengali and their kin no longer speak at the end of a word or between
two syllables is left out, as the bearers of the names do in Latin letters.
"""

import re
from typing import Final

FIRST: Final = 0x0900
LAST: Final = 0x0D7F
_BLOCK: Final = 0x80
_SIGNLESS: Final = 0x4D
"""Place of the virama, which takes the `a` away."""
_SOUTHERN: Final = 0x0B80
"""From Tamil on the `a` at the end of a word is spoken."""
_CONSONANTS: Final = dict(
    zip(
        range(0x15, 0x3A),
        [
            "k",
            "kh",
            "g",
            "gh",
            "n",
            "ch",
            "chh",
            "j",
            "jh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "n",
            "p",
            "ph",
            "b",
            "bh",
            "m",
            "y",
            "r",
            "r",
            "l",
            "l",
            "l",
            "v",
            "sh",
            "sh",
            "s",
            "h",
        ],
        strict=True,
    )
)
_VOWELS: Final = dict(
    zip(
        range(0x05, 0x15),
        ["a", "a", "i", "i", "u", "u", "r", "l", "e", "e", "e", "ai", "o", "o", "o", "au"],
        strict=True,
    )
)
_SIGNS: Final = dict(
    zip(
        range(0x3E, 0x4D),
        ["a", "i", "i", "u", "u", "r", "r", "e", "e", "e", "ai", "o", "o", "o", "au"],
        strict=True,
    )
)
_NASAL: Final = dict.fromkeys((0x01, 0x02, 0x70), "n")
_OTHER: Final = {0x58: "q", 0x59: "kh", 0x5A: "gh", 0x5B: "z", 0x5C: "r", 0x5D: "rh", 0x5E: "f", 0x5F: "y"}
_DOTTED: Final = {"j": "z", "ph": "f", "k": "q", "d": "r"}
_DOT: Final = 0x3C
_UNSPOKEN: Final = re.compile(
    r"(?<=[aeiou][^aeiou~])~(?=[^aeiou~]h?[aeiou])|(?<=[aeiou][^aeiou~]h)~(?=[^aeiou~]h?[aeiou])"
)


def latin(word: str) -> str:
    """Return a word of one of the nine scripts in Latin letters; other characters stay as they are."""
    out: list[str] = []
    bare = False
    southern = False
    for character in word:
        code = ord(character)
        if not FIRST <= code <= LAST:
            out.append(character)
            bare = False
            continue
        southern = code >= _SOUTHERN
        place = code % _BLOCK
        consonant = _CONSONANTS.get(place) or _OTHER.get(place)
        if consonant:
            out.extend(("~", consonant) if bare else (consonant,))
            bare = True
        elif place == _DOT and out:
            out[-1] = _DOTTED.get(out[-1], out[-1])
        elif place == _SIGNLESS:
            bare = False
        elif place in _SIGNS:
            out.append(_SIGNS[place])
            bare = False
        elif place in _VOWELS or place in _NASAL:
            out.extend(("~",) if bare else ())
            out.append(_VOWELS.get(place) or _NASAL[place])
            bare = False
    if bare and (southern or len(out) == 1):
        out.append("a")
    text = "".join(out)
    if not southern:
        text = _UNSPOKEN.sub("", text)
    return text.replace("~", "a")
