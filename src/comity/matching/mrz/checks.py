"""Check digits of ICAO Doc 9303-3 section 4.9: weights 7, 3, 1 repeating, modulo 10."""

from typing import Final

from comity.kernel.errors import ErrorCode, InputError

FILLER: Final = "<"
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VALUES: Final[dict[str, int]] = {character: value for value, character in enumerate(ALPHABET)} | {FILLER: 0}
WEIGHTS: Final = (7, 3, 1)


def check_digit(text: str) -> str:
    """Return the check digit of `text`, one character `0` to `9`; `<` counts as 0, A to Z as 10 to 35.

    Raises `InputError` (input.not_an_mrz) for a character outside `A-Z0-9<`.
    """
    try:
        total = sum(VALUES[character] * WEIGHTS[place % 3] for place, character in enumerate(text))
    except KeyError:
        raise InputError(ErrorCode.INPUT_NOT_AN_MRZ) from None
    return str(total % 10)


def agrees(text: str, digit: str) -> bool:
    """Tell whether `digit` is the check digit of `text`; impossible characters never agree."""
    return all(character in VALUES for character in text) and check_digit(text) == digit
