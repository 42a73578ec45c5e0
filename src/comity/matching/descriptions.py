"""Words that describe a vehicle: make, model, colour and kind, brought to one spelling each."""

import re
import unicodedata
from typing import Final

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.vehicle_words import NOISE, RELATED, SAME_WORD, SEVERAL_WORDS

MAX_DESCRIPTION_CHARACTERS: Final = 200
"""Make, model, colour and kind take forty; more is a story."""
MAX_DESCRIPTION_WORDS: Final = 12
"""Of a question. Each word reads a list of the index."""
MIN_DESCRIPTION_WORDS: Final = 2
"""One word alone describes a tenth of all vehicles."""
MAX_WORD_BYTES: Final = 24
"""Longer words are cut; no make is longer."""

_WORD: Final = re.compile(r"[^\W_]+")
_SHORT_AND_HYPHEN: Final = re.compile(r"\b([a-z]{1,2})-(?=[a-z])|(?<=[a-z])-(?=[a-z]{1,2}\b)")
"""`x-trail`, `cr-v`: written together as often as with the hyphen."""
_MAX_SERIES: Final = 2
"""`f 150`, `mx 5`: letters of a series before its number."""


def description_words(text: str) -> tuple[str, ...]:
    """Return the distinct words of `text` in their order: small letters, no marks, one word for synonyms.

    Words that tell nothing apart (`dark`, `with`) are left out; any text has words or none, nothing raises.
    """
    tokens: list[str] = []
    for token in _WORD.findall(_SHORT_AND_HYPHEN.sub(r"\1", _plain(text))):
        tokens += SEVERAL_WORDS.get(token, (token,))
    words = [SAME_WORD.get(token, token) for token in _joined([t for t in tokens if t not in NOISE])]
    return tuple(dict.fromkeys(_cut(word) for word in words))


def asked_words(text: str) -> tuple[str, ...]:
    """Return the words of a question.

    Raises `InputError` input.too_long beyond the limits, input.nothing_to_search below two words.
    """
    if len(text) > MAX_DESCRIPTION_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    words = description_words(text)
    if len(words) > MAX_DESCRIPTION_WORDS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    if len(words) < MIN_DESCRIPTION_WORDS:
        remedy = "Give at least two words of make, model, colour and kind."
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, remedy=remedy)
    return words


def related_words(word: str) -> tuple[str, ...]:
    """Return words that another witness may use for the same: grey for silver, car for saloon."""
    return RELATED.get(word, ())


def _plain(text: str) -> str:
    """Return small letters without marks, decimal digits of any script as ASCII."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c for c in decomposed if unicodedata.category(c) not in ("Mn", "Lm"))
    return "".join(str(unicodedata.decimal(c, c)) for c in kept).casefold()


def _joined(tokens: list[str]) -> list[str]:
    joined: list[str] = []
    open_series = False
    for token in tokens:
        if open_series and token[0].isdigit():
            joined[-1] += token
            open_series = False
            continue
        joined.append(token)
        open_series = token.isalpha() and len(token) <= _MAX_SERIES and token not in SAME_WORD
    return joined


def _cut(word: str) -> str:
    return word.encode()[:MAX_WORD_BYTES].decode(errors="ignore")
