"""Words that describe a vehicle: make, model, colour and kind, brought to one spelling each."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.vehicle_words import APPEARANCE, NOISE, RELATED, SAME_WORD, TELLING_MAKES

MAX_DESCRIPTION_CHARACTERS: Final = 200
"""Make, model, colour and kind take forty; more is a story."""
MAX_DESCRIPTION_WORDS: Final = 12
"""Of a question. Each word reads lists of the index."""
MIN_DESCRIPTION_WORDS: Final = 2
"""One word alone describes a tenth of all vehicles."""
MAX_WORD_BYTES: Final = 24
"""Longer words are cut; no make is longer."""
REMEMBERED_TEXTS: Final = 4_096
"""Makes, models, colours and kinds are the same words again and again."""

_WORD: Final = re.compile(r"[^\W_]+")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")


class AskedWord(NamedTuple):
    """One word of a question, and what a record may say instead."""

    word: str
    written: str
    """As it was asked, in small letters without marks."""
    same: tuple[str, ...]
    """The word, and it joined with its neighbours: `x trail` is `xtrail`."""
    related: tuple[str, ...]
    """What another witness calls it: grey for silver, car for saloon."""


@lru_cache(maxsize=REMEMBERED_TEXTS)
def listed_words(text: str) -> frozenset[str]:
    """Return the words under which a field of a record is found; any text has some or none.

    Small letters without marks, one word for synonyms, neighbours joined as well (`CR-V` is cr, v and crv);
    words that tell nothing apart (`dark`, `with`) are left out.
    """
    tokens = _tokens(text)
    return frozenset(map(_one_spelling, [*tokens, *map("".join, pairwise(tokens))]))


def asked_words(text: str) -> tuple[AskedWord, ...]:
    """Return the words of a question, each once.

    Raises `InputError` input.too_long beyond the limits, input.nothing_to_search below two words.
    """
    if len(text) > MAX_DESCRIPTION_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    tokens = _tokens(text)
    words: dict[str, list[str]] = {}
    written: dict[str, str] = {}
    for place, token in enumerate(tokens):
        word = _one_spelling(token)
        same = words.setdefault(word, [word])
        written.setdefault(word, token)
        same += [_one_spelling("".join(pair)) for pair in pairwise(tokens[max(place - 1, 0) : place + 2])]
    if len(words) > MAX_DESCRIPTION_WORDS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    if len(words) < MIN_DESCRIPTION_WORDS:
        remedy = "Give at least two words of make, model, colour and kind."
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, remedy=remedy)
    return tuple(
        AskedWord(word, written[word], tuple(dict.fromkeys(same)), RELATED.get(word, ()))
        for word, same in words.items()
    )


def describes_vehicle(text: str) -> bool:
    """Tell whether a text names a make and a colour or kind: then it is a description, whatever else."""
    if len(text) > MAX_DESCRIPTION_CHARACTERS:
        return False
    words = listed_words(text)
    return not (words.isdisjoint(TELLING_MAKES) or words.isdisjoint(APPEARANCE))


def year_of(word: str) -> int | None:
    """Return the model year that a word can be, None for others. It can be a model too (Peugeot 2008)."""
    return int(word) if _YEAR.fullmatch(word) else None


def _tokens(text: str) -> list[str]:
    return [token for token in _WORD.findall(_plain(text)) if token not in NOISE]


def _one_spelling(token: str) -> str:
    word = SAME_WORD.get(token, token)
    return word.encode()[:MAX_WORD_BYTES].decode(errors="ignore")


def _plain(text: str) -> str:
    """Return small letters without marks, decimal digits of any script as ASCII."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in decomposed if unicodedata.category(c) not in ("Mn", "Lm"))
    return "".join(str(unicodedata.decimal(c, c)) for c in kept).casefold()
