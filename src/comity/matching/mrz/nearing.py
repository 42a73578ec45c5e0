"""Other readings of a document number whose check digit does not agree: one sign changed, so that it does."""

from typing import Final

from comity.matching.mrz.checks import ALPHABET, FILLER, VALUES, WEIGHTS
from comity.matching.mrz.layouts import LAYOUTS, Layout
from comity.matching.mrz.reading import Mrz, capitals
from comity.matching.mrz.repairing import to_digit

MAX_NEAR_NUMBERS: Final = 40
"""Nine places have at most 36 such readings; of longer numbers the likeliest mistakes come first."""
_INVERSE: Final = (3, 7, 1)
"""Of the weights 7, 3, 1 modulo 10: by how much a place must change to change the sum by one."""
_PAIRS: Final = "O0 Q0 D0 OQ OD I1 L1 IL B8 S5 Z2 G6 T7 A4 UV VY MN CG EF PR KX HN 38 17 69 56"
_READ_FOR_ONE_ANOTHER: Final = frozenset(frozenset(pair) for pair in _PAIRS.split())
"""Signs of OCR-B and of hurried typing that are taken for one another."""


def near_numbers(zone: Mrz) -> list[str]:
    """Return the numbers that differ from the zone's in one sign and fit its check digit, likeliest first.

    Empty when the digit agrees, is none, or the number holds an impossible character. A sign that
    differs by ten in value weighs alike, so three or four signs fit each place.
    """
    if zone.checks["document_number"]:
        return []
    lines = [capitals(line) for line in zone.lines]
    layout = LAYOUTS[zone.format]
    found: dict[str, int] = {}
    for text, digit in _countings(layout, lines):
        if digit.isdigit() and all(sign in VALUES for sign in text):
            _add_readings(text, int(digit), found)
    ordered = sorted(found, key=lambda number: found[number])
    return ordered[:MAX_NEAR_NUMBERS]


def _countings(layout: Layout, lines: list[str]) -> list[tuple[str, str]]:
    """Return what the check digit may be counted over, fillers included, and the digit."""
    first, digit = layout.document_number.of(lines), layout.document_check.of(lines)
    rest = layout.optional1.of(lines).partition(FILLER)[0] if layout.long_numbers and digit == FILLER else ""
    if len(rest) < 2:  # noqa: PLR2004 (as in `reading`: one more place and the check digit)
        return [(first, to_digit(digit))]
    tail, digit = rest[:-1], to_digit(rest[-1])
    return [(first + tail, digit), (first + FILLER + tail, digit)]


def _add_readings(text: str, digit: int, found: dict[str, int]) -> None:
    total = sum(VALUES[sign] * WEIGHTS[place % 3] for place, sign in enumerate(text))
    if total % 10 == digit:
        # The digit itself was the sign that was misread.
        return
    for place, sign in enumerate(text):
        if sign == FILLER:
            continue
        wanted = (VALUES[sign] + _INVERSE[place % 3] * (digit - total)) % 10
        for other in ALPHABET[wanted::10]:
            number = (text[:place] + other + text[place + 1 :]).replace(FILLER, "")
            found[number] = min(_unlikeliness(sign, other), found.get(number, 3))


def _unlikeliness(sign: str, other: str) -> int:
    if frozenset((sign, other)) in _READ_FOR_ONE_ANOTHER:
        return 0
    return 1 if sign.isdigit() == other.isdigit() else 2
