"""Read a zone as it stands: fields, check digits, and what is impossible in it. Nothing is corrected here."""

import re
from calendar import monthrange
from dataclasses import dataclass
from typing import Final

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.mrz.checks import FILLER, agrees
from comity.matching.mrz.layouts import LAYOUTS, Layout, MrzFormat, Place, format_of

_ZONE_CHARACTERS: Final = re.compile(r"[A-Z0-9<]*")
_LETTERS: Final = re.compile(r"[A-Z<]*")
_STATE: Final = re.compile(r"[A-Z]+<*")
_DATE: Final = re.compile(r"\d{6}|\d{4}<<|\d{2}<<<<|<{6}")
_LEAP_YEAR: Final = 2000
"""The century is not printed, so 29 February is possible in any year divisible by four, 00 included."""


@dataclass(frozen=True, slots=True)
class MrzFields:
    """What is printed, without fillers at the end. Dates stay YYMMDD with `<<` for unknown parts."""

    document_code: str
    issuing_state: str
    document_number: str
    nationality: str
    birth_date: str
    expiry_date: str
    sex: str
    """M, F, or X where the zone holds `<`."""
    primary_name: str
    secondary_name: str
    name_may_be_truncated: bool
    """The name fills its field to the last place."""
    optional1: str
    optional2: str | None
    """TD1 only."""


@dataclass(frozen=True, slots=True)
class Mrz:
    """A zone as read. `checks`: document_number, birth_date, expiry_date; by format optional, composite."""

    format: MrzFormat
    lines: tuple[str, ...]
    fields: MrzFields
    checks: dict[str, bool]
    well_formed: bool
    """No impossible character, date or sex, and no digit in a name or a state."""

    @property
    def valid(self) -> bool:
        """Whether the zone is well formed and every check digit agrees."""
        return self.well_formed and all(self.checks.values())


def read(lines: list[str]) -> Mrz:
    """Read the 2 or 3 lines of a zone.

    Raises `InputError` (input.not_an_mrz) when their sizes fit no format; anything else is read
    and reported through `checks` and `well_formed`.
    """
    printed = [line.strip() for line in lines]
    kind = format_of(printed)
    if kind is None:
        raise InputError(ErrorCode.INPUT_NOT_AN_MRZ)
    upper = [capitals(line) for line in printed]
    layout = LAYOUTS[kind]
    number, number_agrees = _document_number(layout, upper)
    return Mrz(
        format=kind,
        lines=tuple(printed),
        fields=_fields(layout, upper, number),
        checks=_checks(layout, upper, number_agrees=number_agrees),
        well_formed=all(map(_ZONE_CHARACTERS.fullmatch, printed)) and _well_formed(layout, upper),
    )


def capitals(line: str) -> str:
    """Return `line` in capitals, ASCII letters only: other letters could change the length."""
    return "".join(c.upper() if c.isascii() else c for c in line)


def possible_date(text: str) -> bool:
    """Tell whether `text` is YYMMDD, YYMM<<, YY<<<< or all fillers, and such a day can exist."""
    if _DATE.fullmatch(text) is None or not text.isascii():
        return False
    month, day = text[2:4], text[4:6]
    if month == "<<":
        return True
    if not 1 <= int(month) <= 12:  # noqa: PLR2004 (months)
        return False
    if day == "<<":
        return True
    leap = int(text[:2]) % 4 == 0
    return 1 <= int(day) <= monthrange(_LEAP_YEAR if leap else _LEAP_YEAR + 1, int(month))[1]


def _document_number(layout: Layout, lines: list[str]) -> tuple[str, bool]:
    """Return the number and whether its check digit agrees, long numbers of cards included.

    A long number (Doc 9303-5 and -6, note j) has `<` as check digit and goes on in the optional data up to
    the next `<`; its last character is the check digit, counted by issuers with or without that `<`.
    """
    first, digit = layout.document_number.of(lines), layout.document_check.of(lines)
    rest = layout.optional1.of(lines).partition(FILLER)[0] if layout.long_numbers and digit == FILLER else ""
    if len(rest) < 2:  # noqa: PLR2004 (at least one more place and the check digit)
        return first.rstrip(FILLER), agrees(first, digit)
    tail, digit = rest[:-1], rest[-1]
    return first + tail, agrees(first + tail, digit) or agrees(first + FILLER + tail, digit)


def _fields(layout: Layout, lines: list[str], number: str) -> MrzFields:
    names = layout.names.of(lines)
    primary, secondary = _split_names(names)
    sex = layout.sex.of(lines)
    return MrzFields(
        document_code=_unfilled(layout.document_code, lines),
        issuing_state=_unfilled(layout.issuing_state, lines),
        document_number=number,
        nationality=_unfilled(layout.nationality, lines),
        birth_date=layout.birth_date.of(lines),
        expiry_date=layout.expiry_date.of(lines),
        sex="X" if sex == FILLER else sex,
        primary_name=primary,
        secondary_name=secondary,
        name_may_be_truncated=not names.endswith(FILLER),
        optional1=_unfilled(layout.optional1, lines),
        optional2=_unfilled(layout.optional2, lines) if layout.optional2 else None,
    )


def _unfilled(place: Place, lines: list[str]) -> str:
    return place.of(lines).rstrip(FILLER)


def _split_names(names: str) -> tuple[str, str]:
    primary, _, secondary = names.rstrip(FILLER).partition(FILLER * 2)
    return _spaced(primary), _spaced(secondary)


def _spaced(name: str) -> str:
    return " ".join(part for part in name.split(FILLER) if part)


def _checks(layout: Layout, lines: list[str], *, number_agrees: bool) -> dict[str, bool]:
    checks = {
        "document_number": number_agrees,
        "birth_date": agrees(layout.birth_date.of(lines), layout.birth_check.of(lines)),
        "expiry_date": agrees(layout.expiry_date.of(lines), layout.expiry_check.of(lines)),
    }
    if layout.optional_check:
        field, digit = layout.optional1.of(lines), layout.optional_check.of(lines)
        unused = not field.strip(FILLER)
        checks["optional"] = agrees(field, digit) or (unused and digit == FILLER)
    if layout.composite_check:
        covered = "".join(place.of(lines) for place in layout.composite)
        checks["composite"] = agrees(covered, layout.composite_check.of(lines))
    return checks


def _well_formed(layout: Layout, lines: list[str]) -> bool:
    return (
        all(
            _LETTERS.fullmatch(place.of(lines)) is not None
            for place in (layout.document_code, layout.names, layout.nationality)
        )
        and _STATE.fullmatch(layout.issuing_state.of(lines)) is not None
        and layout.document_code.of(lines)[0] != FILLER
        and layout.sex.of(lines) in ("M", "F", FILLER)
        and possible_date(layout.birth_date.of(lines))
        and possible_date(layout.expiry_date.of(lines))
    )
