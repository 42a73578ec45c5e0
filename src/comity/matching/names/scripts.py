"""Which script a name is written in, and its letters in Latin ones."""

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Script(StrEnum):
    """Scripts that are treated each in their own way; one letter on the wire."""

    LATIN = "L"
    CYRILLIC = "C"
    GREEK = "G"
    ARABIC = "A"
    HEBREW = "H"
    HAN = "Z"
    HANGUL = "K"
    KANA = "J"
    INDIC = "D"
    GEORGIAN = "E"
    ARMENIAN = "R"
    OTHER = "O"

    @property
    def writes_vowels(self) -> bool:
        """Whether vowels are written as a rule; without them only consonants can be compared."""
        return self not in (Script.ARABIC, Script.HEBREW)


_GERESH_SIGNS: Final = {"ג": "ǧ", "ז": "ž", "צ": "č", "ץ": "č", "ת": "ţ", "ד": "ḏ", "ו": "w"}
_GERESH: Final = re.compile("([גזצץתדו])['׳’´`]")


def mark_geresh(text: str) -> str:
    """Return `text` with one sign of ours for a Hebrew letter that a stroke turns into a foreign sound."""
    return _GERESH.sub(lambda found: _GERESH_SIGNS[found[1]], text)


_BY_UNICODE_NAME: Final[dict[str, Script]] = {
    "LATIN": Script.LATIN,
    "FULLWIDTH": Script.LATIN,
    "CYRILLIC": Script.CYRILLIC,
    "GREEK": Script.GREEK,
    "ARABIC": Script.ARABIC,
    "HEBREW": Script.HEBREW,
    "CJK": Script.HAN,
    "HANGUL": Script.HANGUL,
    "HIRAGANA": Script.KANA,
    "KATAKANA": Script.KANA,
    "KATAKANA-HIRAGANA": Script.KANA,
    "GEORGIAN": Script.GEORGIAN,
    "ARMENIAN": Script.ARMENIAN,
    **dict.fromkeys(
        ["DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM"],
        Script.INDIC,
    ),
}


def script_of(text: str) -> Script:
    """Return the script of most letters of `text`, LATIN when it has none."""
    if text.isascii():
        return Script.LATIN
    counts: dict[Script, int] = {}
    for character in text:
        if character.isalpha():
            first_word = unicodedata.name(character, "").partition(" ")[0]
            script = _BY_UNICODE_NAME.get(first_word, Script.OTHER)
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script]) if counts else Script.LATIN
