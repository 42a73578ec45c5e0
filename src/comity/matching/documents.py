"""Keys of travel documents: number and issuer."""

from typing import Final

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.characters import capitals_and_digits, latin_look_alikes

MAX_NUMBER_CHARACTERS: Final = 60
"""Doc 9303 knows at most 22 places; handwriting adds blanks and dashes."""
_FOLDS: Final = str.maketrans("OIBSZ", "01852")
_SAME_ISSUER: Final[dict[str, str]] = {
    "D": "DEU",  # Doc 9303-3 section 5: the only code of one letter
    "ROM": "ROU",
    "ZAR": "COD",
    "TMP": "TLS",
    "BUR": "MMR",
    "RKS": "XXK",  # three codes are printed for Kosovo; the unofficial one stands in the code list
    "XKX": "XXK",
}
"""Codes printed on documents still in use, and the code of the same issuer in the list of today."""


def document_key(number: str) -> str:
    """Return the key that two writings of one document number share: capitals and digits only.

    Nothing that looks alike is folded: `O` and `0` are different numbers. Raises `InputError`
    input.bad_number without a letter or digit, input.too_long beyond `MAX_NUMBER_CHARACTERS`.
    """
    if len(number) > MAX_NUMBER_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    key = capitals_and_digits(number)
    if not key:
        raise InputError(ErrorCode.INPUT_BAD_NUMBER)
    return key


def document_fold(key: str) -> str:
    """Return what keys share that are read for one another: O, I, B, S, Z become 0, 1, 8, 5, 2.

    Cyrillic and Greek capitals drawn as Latin ones become those first; ASCII is folded sign by sign.
    """
    return latin_look_alikes(key).translate(_FOLDS)


def issuer_key(code: str) -> str:
    """Return the three-letter code of an issuing state as printed (`D<<` gives DEU); empty stays empty."""
    letters = code.strip().rstrip("<").upper()
    return _SAME_ISSUER.get(letters, letters)
