"""Japanese syllable signs in Latin letters, after Hepburn, long vowels short as in most passports."""

from typing import Final

from anyascii import anyascii

_SMALL_Y: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o", "ャ": "a", "ュ": "u", "ョ": "o"}
_SMALL_VOWELS: Final = dict(zip("ぁぃぅぇぉァィゥェォ", "aiueoaiueo", strict=True))
_SILENT: Final = frozenset("っッーｰ")
_READINGS: Final = {"ヴ": "vu", "ん": "n", "ン": "n", "を": "o", "ヲ": "o"}


def latin(word: str) -> str:
    """Return a word in hiragana or katakana in Latin letters; other characters go by the general table."""
    out = ""
    for character in word:
        if character in _SILENT:
            continue
        if character in _SMALL_Y and out.endswith("i"):
            soft = out.endswith(("shi", "chi", "ji"))
            out = out[:-1] + ("" if soft else "y") + _SMALL_Y[character]
        elif character in _SMALL_VOWELS and out[-1:] in tuple("aiueo"):
            before = "w" if out[:-1] == "" or out[-2] in "aiueo" else ""
            out = out[:-1] + before + _SMALL_VOWELS[character]
        else:
            out += _READINGS.get(character) or anyascii(character).lower()
    return out
