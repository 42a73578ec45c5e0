"""A word of any script in Latin letters, beside a spelling for its skeleton.

Where vowels are not written the spelling parts the letters by points, so that two equal consonants
with an unwritten vowel between them are not taken for a doubled one.
"""

import os
import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from anyascii import anyascii

from comity.matching.names import indic, kana, tables
from comity.matching.names.knowledge import japanese_surnames, known_loan, known_unvowelled
from comity.matching.names.scripts import Script
from comity.matching.names.skeletons import BREAK

_KANA: Final = re.compile("[\u3040-\u30ff]")
_ARABIC_ARTICLE: Final = re.compile(r"^(?:و?ال|ٱل)(?=.{2})")
_ARABIC_SERVANT: Final = re.compile(r"^عبد(?=.{2})")
_ARABIC_FATHER: Final = re.compile(r"^[اأ]ب[وي](?=.{3})")
_UKRAINIAN: Final = re.compile("[іїєґў]")
_BULGARIAN: Final = re.compile("ъ(?![еёюя])")
_HEBREW_WAW: Final = re.compile("(?<=.)ו")
_HEBREW_YOD: Final = re.compile("(?<=.)י+")
_LONGEST_KOREAN: Final = 4
"""Syllables of surname and given name together."""
_WORDS_CACHE: Final = 20_000
"""Words of other scripts kept with their romanisation: about the distinct words of a large collection."""


class Romanised(NamedTuple):
    """One word: `latin` for people, `spelled` for its skeleton. May hold blanks and marks still."""

    latin: str
    spelled: str


def romanise(word: str, script: Script, *, alone: bool) -> tuple[Romanised, ...]:
    """Return one blank-free word of `script` as Latin words; `alone` when it is all of the name."""
    if word.isascii():
        return (Romanised(word, word),)
    return _romanise(word, script, alone)


@lru_cache(_WORDS_CACHE)
def _romanise(word: str, script: Script, alone: bool) -> tuple[Romanised, ...]:  # noqa: FBT001 (cached by place)
    match script:
        case Script.ARABIC:
            return _arabic(_unmarked(word))
        case Script.HEBREW:
            return _hebrew(_unmarked(word))
        case Script.CYRILLIC:
            words: tuple[str, ...] = (_cyrillic(word.lower()),)
        case Script.GREEK:
            words = (_greek(word.lower()),)
        case Script.HAN if not _KANA.search(word):
            words = _chinese(word)
        case Script.KANA:
            words = (known_loan(word) or kana.latin(word),)
        case Script.INDIC:
            words = (indic.latin(unicodedata.normalize("NFC", word)),)
        case Script.ARMENIAN:
            words = (word.lower().replace("ու", "u"),)
        case Script.HANGUL:
            word = unicodedata.normalize("NFC", word)
            loan = known_loan(word)
            words = (loan,) if loan else _korean(word, alone=alone)
        case _:
            words = (word,)
    return tuple(Romanised(latin, latin) for latin in map(anyascii, words) if latin)


def _unmarked(text: str) -> str:
    """Drop vowel signs and other combining marks; keep letters as they are."""
    return "".join(
        c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Mn" and c != "ـ"
    )


def _greek(word: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
    if plain.startswith(("μπ", "ντ")):
        plain = {"μ": "b", "ν": "d"}[plain[0]] + plain[2:]
    for pair, latin in tables.GREEK_PAIRS:
        plain = plain.replace(pair, latin)
    return plain.replace("μπ", "mp").translate(tables.GREEK)


def _cyrillic(word: str) -> str:
    """Go letter by letter; г is h in Ukrainian and Belarusian words, ъ a vowel in Bulgarian ones."""
    if _UKRAINIAN.search(word):
        word = word.replace("г", "h").replace("и", "y")
    word = _BULGARIAN.sub("a", word)
    return _unmarked(word.translate(tables.CYRILLIC))


def _hebrew(word: str) -> tuple[Romanised, ...]:
    """Take a common name from the table; else read waw and yod inside a word as vowels."""
    if latin := known_unvowelled(word):
        return (Romanised(latin, latin),)
    vowels = _HEBREW_WAW.sub("o", word.replace("וו", "w"))
    vowels = _HEBREW_YOD.sub("i", vowels)
    if vowels.endswith("ה"):
        vowels = vowels[:-1] + "a"
    return (_spelled(vowels, tables.HEBREW),)


def _arabic(word: str) -> tuple[Romanised, ...]:
    """Split what Latin writing splits (father of, servant of, the article); look up, or go by letter."""
    parts: list[Romanised] = []
    latin = known_unvowelled(word)
    for pattern, prefix in ((_ARABIC_FATHER, "abu"), (_ARABIC_SERVANT, "abd"), (_ARABIC_ARTICLE, "al")):
        if latin is None and pattern.match(word):
            parts.append(Romanised(prefix, prefix))
            word = pattern.sub("", word)
            latin = known_unvowelled(word)
    return (*parts, _spelled(word, tables.ARABIC) if latin is None else Romanised(latin, latin))


def _spelled(word: str, table: dict[int, str]) -> Romanised:
    letters = [anyascii(c.translate(table)) for c in word]
    return Romanised("".join(letters), BREAK.join(letters).rstrip(BREAK))


def _chinese(word: str) -> tuple[str, ...]:
    """Surname and given name apart; pypinyin is loaded at the first Chinese name."""
    # Its dictionary of phrases takes 44 MB in every process and knows no names.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin

    japanese = japanese_surnames()
    length = next((n for n in (3, 2) if word[:n] in japanese), 0)
    if not length:
        length = 2 if word[:2] in tables.CHINESE_DOUBLE_SURNAMES else 1
    surname = japanese.get(word[:length]) or tables.CHINESE_SURNAME_READINGS.get(word[:length])
    surname = surname or "".join(lazy_pinyin(word[:length]))
    readings = tables.CHINESE_GIVEN_READINGS
    given = "".join(readings.get(sign) or lazy_pinyin(sign)[0] for sign in word[length:])
    return (surname, given) if given else (surname,)


def _korean(word: str, *, alone: bool) -> tuple[str, ...]:
    """Part a name that is written as one word into surname and syllables; of several words each is whole."""
    if len(word) == 1:
        return (tables.KOREAN_SURNAMES.get(word, word),)
    if not alone or len(word) > _LONGEST_KOREAN:
        return (word,)
    if word[:2] in tables.KOREAN_DOUBLE_SURNAMES:
        return (tables.KOREAN_DOUBLE_SURNAMES[word[:2]], *word[2:])
    surname = tables.KOREAN_SURNAMES.get(word[0])
    return (word,) if surname is None else (surname, *word[1:])
