"""Tell a machine-readable zone from other text typed or scanned into one box."""

import re
from typing import Final

from comity.matching.mrz.layouts import format_of

_ONE_RUN: Final[dict[int, int]] = {90: 30, 72: 36, 88: 44}
"""Scanners that send no line ends: length of the whole zone and width of its lines."""
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9<]+")
_LONGEST: Final = 200
"""A zone has at most 90 characters; line ends and blanks come on top."""


def looks_like_mrz(text: str) -> list[str] | None:
    """Return the lines of the zone that `text` is, or None when it is something else.

    Takes lines parted by any white space, or all in one run; small letters count as capitals.
    """
    if len(text) > _LONGEST or "<" not in text:
        return None
    by_line = ["".join(line.split()) for line in text.splitlines() if line.strip()]
    for lines in (by_line, text.split(), _cut("".join(text.split()))):
        if format_of(lines) and all(_CHARACTERS.fullmatch(line) for line in lines):
            return [line.upper() for line in lines]
    return None


def _cut(run: str) -> list[str]:
    width = _ONE_RUN.get(len(run), len(run) or 1)
    return [run[start : start + width] for start in range(0, len(run), width)]
