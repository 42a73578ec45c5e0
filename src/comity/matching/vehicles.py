"""Keys of vehicles: plates as people read them, identification numbers of ISO 3779."""

import re
from typing import Final

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.characters import capitals_and_digits, latin_look_alikes
from comity.matching.vehicle_signs import STATE_OF_SIGN

MAX_PLATE_CHARACTERS: Final = 30
"""The longest plates have ten signs; blanks, dashes and a country prefix come on top."""
MAX_VIN_CHARACTERS: Final = 40
"""Seventeen signs with separators between them."""
VIN_LENGTH: Final = 17
VIN_TAIL_LENGTH: Final = 8
"""The vehicle indicator section of ISO 3779: the part that tells one vehicle of a make from another."""
MIN_VIN_LENGTH: Final = 5
"""Chassis numbers before 1981 are short; below five signs they tell nothing apart."""
MAX_ENGINE_CHARACTERS: Final = 60
"""As for documents: some thirty signs at most, with blanks and dashes between them."""
MIN_ENGINE_LENGTH: Final = 4
"""Shorter ones are parts of a number, or say that there is none."""
MIN_PLATE_BEHIND_SIGN: Final = 3
"""What is left of a plate when its first letters are taken for a country's must still tell it apart."""

_SIGN_AND_PLATE: Final = re.compile(r"([^\W\d_]{1,3})[\W_]+(.+)", re.DOTALL)
_PLATE_FOLDS: Final = str.maketrans("OIBSZ", "01852")
_ENGINE_FOLDS: Final = str.maketrans("OQIBSZ", "001852")
_VIN_FOLDS: Final = str.maketrans("OIQ", "010")
_VIN: Final = re.compile(r"[0-9A-Z]+")
_TRANSLITERATION: Final = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (int(d) for d in "12345678123457923456789"), strict=True)
) | {str(digit): digit for digit in range(10)}
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_PLACE: Final = 8
_CHECK_DIGITS: Final = "0123456789X"
_CHECK_DIGIT_REGIONS: Final = "12345L"
"""First sign of a number where law demands the check digit: North America (49 CFR 565), China (GB 16735)."""


def plate_key(text: str) -> str:
    """Return what two readings of one plate share: no separators, no marks, look-alikes folded.

    Cyrillic and Greek capitals drawn as Latin ones become Latin; O, I, B, S, Z become 0, 1, 8, 5, 2.
    Raises `InputError` input.bad_number without a letter or digit, input.too_long beyond the limit.
    """
    if len(text) > MAX_PLATE_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    key = latin_look_alikes(capitals_and_digits(text)).translate(_PLATE_FOLDS)
    if not key:
        raise InputError(ErrorCode.INPUT_BAD_NUMBER)
    return key


def plate_behind_sign(text: str) -> tuple[str, str] | None:
    """Return state and key of a plate that is written behind its distinguishing sign (`SLO LJ AB-123`).

    The sign stands apart and at least three signs follow it. None for other plates; raises as `plate_key`.
    Some plates begin like a sign, so this is one more reading, never the only one.
    """
    plate_key(text)
    found = _SIGN_AND_PLATE.fullmatch(text.strip())
    if found is None:
        return None
    state = STATE_OF_SIGN.get(latin_look_alikes(capitals_and_digits(found[1])))
    behind = plate_key(found[2]) if capitals_and_digits(found[2]) else ""
    return (state, behind) if state and len(behind) >= MIN_PLATE_BEHIND_SIGN else None


def vin_key(text: str) -> str:
    """Return the key of a vehicle identification number: I, O, Q, which it never holds, become 1, 0, 0.

    The check digit is not looked at: stolen vehicles carry altered numbers.
    Raises `InputError` (input.bad_vin) on other characters or fewer than 5 or more than 17 of them.
    """
    if len(text) > MAX_VIN_CHARACTERS:
        raise InputError(ErrorCode.INPUT_BAD_VIN)
    key = latin_look_alikes(capitals_and_digits(text)).translate(_VIN_FOLDS)
    if not MIN_VIN_LENGTH <= len(key) <= VIN_LENGTH or _VIN.fullmatch(key) is None:
        raise InputError(ErrorCode.INPUT_BAD_VIN)
    return key


def vin_tail(text: str) -> str | None:
    """Return the last eight signs of a number, for partial reading, or None when it has fewer.

    Raises as `vin_key`.
    """
    key = vin_key(text)
    return key[-VIN_TAIL_LENGTH:] if len(key) >= VIN_TAIL_LENGTH else None


def engine_key(text: str) -> str:
    """Return what two readings of one engine number share: as for plates, and Q becomes 0.

    Every maker numbers in his own way, so there is no form to check.
    Raises `InputError` input.bad_number below four signs, input.too_long beyond the limit.
    """
    if len(text) > MAX_ENGINE_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    key = engine_key_or_none(text)
    if key is None:
        raise InputError(ErrorCode.INPUT_BAD_NUMBER)
    return key


def engine_key_or_none(text: str) -> str | None:
    """Return the key of an engine number on a record, None for one too short to be looked for."""
    key = latin_look_alikes(capitals_and_digits(text)).translate(_ENGINE_FOLDS)
    return key if len(key) >= MIN_ENGINE_LENGTH else None


def vin_check_digit_agrees(vin: str) -> bool | None:
    """Tell whether the ninth sign is the check digit of the rest; None where the maker need not use one.

    A number that fails where law demands the digit was misread or altered. Raises as `vin_key`.
    """
    key = vin_key(vin)
    if len(key) != VIN_LENGTH:
        return None
    total = sum(_TRANSLITERATION[sign] * weight for sign, weight in zip(key, _WEIGHTS, strict=True))
    if key[_CHECK_PLACE] == _CHECK_DIGITS[total % 11]:
        return True
    return False if key[0] in _CHECK_DIGIT_REGIONS else None
