"""A word of any script in Latin letters, beside a spelling for its skeleton.

Where vowels are not written the spelling parts the letters by points, so that two equal consonants
with an unwritten vowel between them are not taken for a doubled one.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from anyascii import anyascii

from comity.matching.names import tables
from comity.matching.names.scripts import Script
from comity.matching.names.skeletons import BREAK

_KANA: Final = re.compile("[\u3040-\u30ff]")
_ARABIC_ARTICLE: Final = re.compile(r"^(?:و?ال|ٱل)(?=.{2})")
_ARABIC_SERVANT: Final = re.compile(r"^عبد(?=.{2})")
_ARABIC_FATHER: Final = re.compile(r"^[اأ]ب[وي](?=.{3})")
_WORDS_CACHE: Final = 20_000
"""Words of other scripts kept with their romanisation: about the distinct words of a large collection."""


class Romanised(NamedTuple):
    """One word: `latin` for people, `spelled` for its skeleton. May hold blanks and marks still."""

    latin: str
    spelled: str


def romanise(word: str, script: Script) -> tuple[Romanised, ...]:
    """Return one blank-free word of `script` as one or more Latin words."""
    if word.isascii():
        return (Romanised(word, word),)
    return _romanise(word, script)


@lru_cache(_WORDS_CACHE)
def _romanise(word: str, script: Script) -> tuple[Romanised, ...]:
    match script:
        case Script.ARABIC:
            return _arabic(_unmarked(word))
        case Script.HEBREW:
            return (_spelled(_unmarked(word), tables.HEBREW),)
        case Script.CYRILLIC:
            words: tuple[str, ...] = (_unmarked(word.lower().translate(tables.CYRILLIC)),)
        case Script.GREEK:
            words = (_greek(word.lower()),)
        case Script.HAN if not _KANA.search(word):
            words = _chinese(word)
        case Script.HANGUL:
            words = _korean(unicodedata.normalize("NFC", word))
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


def _arabic(word: str) -> tuple[Romanised, ...]:
    """Split what Latin writing splits (father of, servant of, the article), then go letter by letter."""
    if word == "عبد":
        return (Romanised("abd", "abd"),)
    parts: list[Romanised] = []
    for pattern, latin in ((_ARABIC_FATHER, "abu"), (_ARABIC_SERVANT, "abd"), (_ARABIC_ARTICLE, "al")):
        if pattern.match(word):
            parts.append(Romanised(latin, latin))
            word = pattern.sub("", word)
    return (*parts, _spelled(word, tables.ARABIC))


def _spelled(word: str, table: dict[int, str]) -> Romanised:
    letters = [anyascii(c.translate(table)) for c in word]
    return Romanised("".join(letters), BREAK.join(letters).rstrip(BREAK))


def _chinese(word: str) -> tuple[str, ...]:
    """Surname and given name apart; pypinyin is loaded at the first Chinese name (its tables take 40 MB)."""
    from pypinyin import lazy_pinyin

    length = 2 if word[:2] in tables.CHINESE_DOUBLE_SURNAMES else 1
    surname = tables.CHINESE_SURNAME_READINGS.get(word[:length]) or "".join(lazy_pinyin(word[:length]))
    given = "".join(lazy_pinyin(word[length:]))
    return (surname, given) if given else (surname,)


def _korean(word: str) -> tuple[str, ...]:
    if len(word) == 1:
        return (tables.KOREAN_SURNAMES.get(word, word),)
    surname = tables.KOREAN_SURNAMES.get(word[0])
    if surname is None or not 2 <= len(word) <= 4:  # noqa: PLR2004 (a given name has one to three syllables)
        return (word,)
    return surname, word[1:]
