"""Letters and digits of any script as one would read them off a document or a plate."""

import unicodedata
from typing import Final

_LOOK_ALIKES: Final = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԚԜЁЇѴ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ",
    "ABEKMHOPCTYXIJSQWEIV" + "ABEZHIKMNOPTYXC",
)
"""Capitals of Cyrillic and Greek that are drawn as Latin ones (the pairs of UN convention plates)."""
_ASCII_REST: Final = bytes(sign for sign in range(128) if not chr(sign).isalnum())


def capitals_and_digits(text: str) -> str:
    """Return the letters and digits of `text`: capitals, no marks, decimal digits of any script as ASCII."""
    if text.isascii():
        if text.isalnum():
            return text.upper()
        return text.upper().encode().translate(None, _ASCII_REST).decode()
    decomposed = unicodedata.normalize("NFKD", text.upper())
    kept = "".join(
        _ascii_digit(c) for c in decomposed if c.isalnum() and unicodedata.category(c) not in ("Mn", "Lm")
    )
    return kept.upper()


def latin_look_alikes(text: str) -> str:
    """Replace capitals of Cyrillic and Greek by the Latin capitals that look the same."""
    return text.translate(_LOOK_ALIKES)


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
