"""Dates of birth as they are known: to the day, the month, the year, about, or between two years."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, Self

from comity.kernel.errors import ErrorCode, InputError

MAX_DATE_CHARACTERS: Final = 60
"""The longest accepted form is `between 14 September 1955 and 14 September 1957`."""
EARLIEST_YEAR: Final = 1850
LATEST_YEAR: Final = 2199
CIRCA_YEARS: Final = 2
"""Spread given to `circa`: lists that state both write the range two years wide on either side as a rule."""


class DatePrecision(StrEnum):
    """How well a date is known."""

    EXACT = "exact"
    MONTH = "month"
    YEAR = "year"
    CIRCA = "circa"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class BirthDate:
    """The days on which the birth can have been, both ends included."""

    earliest: date
    latest: date
    precision: DatePrecision
    text: str = ""
    """As it was given; empty when it comes from the wire."""

    def to_wire(self) -> dict[str, str]:
        """Return `{"earliest": "YYYY-MM-DD", "latest": ..., "precision": ...}`."""
        return {
            "earliest": self.earliest.isoformat(),
            "latest": self.latest.isoformat(),
            "precision": str(self.precision),
        }

    @classmethod
    def from_wire(cls, value: Any) -> Self:
        """Return the date of `to_wire`'s form.

        Raises `InputError` input.wrong_type or input.impossible_date.
        """
        if not isinstance(value, dict) or set(value) != {"earliest", "latest", "precision"}:
            raise InputError(ErrorCode.INPUT_WRONG_TYPE)
        try:
            earliest, latest = date.fromisoformat(value["earliest"]), date.fromisoformat(value["latest"])
            precision = DatePrecision(value["precision"])
        except (ValueError, TypeError):
            raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE) from None
        if earliest > latest:
            raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
        return cls(earliest, latest, precision)


_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ISO: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DOTTED: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_WORDS: Final = re.compile(r"(?:(\d{1,2}) )?([a-z]{3,9})\.? (\d{4})")
_ABOUT: Final = re.compile(r"(?:circa|ca\.?|c\.|about|approximately|approx\.?|around)\s*(.+)")
_BETWEEN: Final = re.compile(r"(?:between )?(.+?) ?(?: to | and |/|–)\s*(.+)|(\d{4}) ?- ?(\d{4})")
_ZONE: Final = re.compile(r"(\d{2})(\d{2}|<<)(\d{2}|<<)", re.ASCII)


def parse_birth(text: str) -> BirthDate:
    """Return the date that `text` says.

    Forms: `1960`, `1960-05`, `1960-05-03`, `3.5.1960`, `3 May 1960`, `May 1960`, `circa 1960`,
    `1955 to 1957`, `between 1955 and 1957`, `1955-1957`. Numbers parted by slashes are refused: day
    and month cannot be told apart. Raises `InputError` (input.impossible_date).
    """
    if len(text) > MAX_DATE_CHARACTERS or not text.replace("–", "-").isascii():
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    plain = " ".join(text.lower().split())
    if about := _ABOUT.fullmatch(plain):
        inner = _span(about[1])
        earliest, latest = inner.earliest, inner.latest
        return BirthDate(
            date(max(earliest.year - CIRCA_YEARS, 1), 1, 1),
            date(latest.year + CIRCA_YEARS, 12, 31),
            DatePrecision.CIRCA,
            text,
        )
    found = _span(plain)
    return BirthDate(found.earliest, found.latest, found.precision, text)


def from_mrz(text: str, at: date) -> BirthDate | None:
    """Return the date of a zone's YYMMDD with `<<` for unknown parts, or None when nothing is known.

    The century is the latest in which the birth is not after `at`.
    Raises `InputError` (input.impossible_date).
    """
    if text == "<<<<<<":
        return None
    parts = _ZONE.fullmatch(text)
    if parts is None or (parts[2] == "<<" and parts[3] != "<<"):
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    month = None if parts[2] == "<<" else int(parts[2])
    day = None if parts[3] == "<<" else int(parts[3])
    century = at.year - at.year % 100
    for first in (century, century - 100):
        try:
            found = _dated(first + int(parts[1]), month, day, text)
        except InputError:
            if first == century and month == 2 and day == 29:  # noqa: PLR2004 (the older century may be the leap one)
                continue
            raise
        if found.earliest <= at:
            return found
    return _dated(century - 100 + int(parts[1]), month, day, text)


def _span(text: str) -> BirthDate:
    between = _BETWEEN.fullmatch(text)
    if between is None:
        return _single(text)
    first, last = _single(between[1] or between[3]), _single(between[2] or between[4])
    if first.earliest > last.latest:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    return BirthDate(first.earliest, last.latest, DatePrecision.RANGE)


def _single(text: str) -> BirthDate:
    if iso := _ISO.fullmatch(text):
        year, month, day = iso.groups()
    elif dotted := _DOTTED.fullmatch(text):
        day, month, year = dotted.groups()
    elif words := _WORDS.fullmatch(text):
        day, year = words[1], words[3]
        month = str(_MONTHS.get(words[2][:3], 0))
    else:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    return _dated(int(year), int(month) if month else None, int(day) if day else None)


def _dated(year: int, month: int | None, day: int | None, text: str = "") -> BirthDate:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    try:
        if month is None:
            return BirthDate(date(year, 1, 1), date(year, 12, 31), DatePrecision.YEAR, text)
        if day is None:
            last = monthrange(year, month)[1]
            return BirthDate(date(year, month, 1), date(year, month, last), DatePrecision.MONTH, text)
        exact = date(year, month, day)
    except ValueError:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE) from None
    return BirthDate(exact, exact, DatePrecision.EXACT, text)
