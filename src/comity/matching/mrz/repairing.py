"""Undo errors of optical reading where the place tells what must stand there; other places are left alone."""

from typing import Final

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.mrz.layouts import LAYOUTS, Layout, Place, format_of
from comity.matching.mrz.reading import capitals

_TO_DIGIT: Final = str.maketrans("OQDILSZGBT", "0001152687")
_TO_LETTER: Final = str.maketrans("0125678", "OIZSGTB")
"""Pairs that readers of OCR-B mistake; Doc 9303 keeps places to letters or digits to undo it."""


def repair(lines: list[str]) -> list[str]:
    """Return `lines` in capitals, digits where only digits may stand, letters where only letters may.

    Document numbers and optional data may hold both and stay as they are.
    Raises `InputError` (input.not_an_mrz) when the sizes fit no format.
    """
    printed = [capitals(line.strip()) for line in lines]
    if (kind := format_of(printed)) is None:
        raise InputError(ErrorCode.INPUT_NOT_AN_MRZ)
    layout = LAYOUTS[kind]
    for place in _letter_places(layout):
        _translate(printed, place, _TO_LETTER)
    for place in _digit_places(layout):
        _translate(printed, place, _TO_DIGIT)
    return printed


def to_digit(sign: str) -> str:
    """Return the digit that a sign in a digit's place is read for; others stay as they are."""
    return sign.translate(_TO_DIGIT)


def _letter_places(layout: Layout) -> list[Place]:
    return [layout.document_code, layout.issuing_state, layout.names, layout.nationality]


def _digit_places(layout: Layout) -> list[Place]:
    places = [
        layout.document_check,
        layout.birth_date,
        layout.birth_check,
        layout.expiry_date,
        layout.expiry_check,
    ]
    return places + [place for place in (layout.optional_check, layout.composite_check) if place]


def _translate(lines: list[str], place: Place, table: dict[int, int]) -> None:
    line = lines[place.line]
    lines[place.line] = line[: place.start] + place.of(lines).translate(table) + line[place.end :]
