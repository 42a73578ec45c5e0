"""Where each field stands in each of the five zones (ICAO Doc 9303 parts 4 to 7).

A place is (line, first column, column after the last), counted from 0.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class MrzFormat(StrEnum):
    """The five zones: cards (TD1, TD2), passports (TD3), visas (MRV-A, MRV-B)."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"


class Place(NamedTuple):
    """A run of characters in one line."""

    line: int
    start: int
    end: int

    def of(self, lines: list[str]) -> str:
        """Return the characters that stand here."""
        return lines[self.line][self.start : self.end]


class Layout(NamedTuple):
    """The places of one format; `composite` lists what its composite check digit is counted over."""

    width: int
    height: int
    document_code: Place
    issuing_state: Place
    names: Place
    document_number: Place
    document_check: Place
    nationality: Place
    birth_date: Place
    birth_check: Place
    sex: Place
    expiry_date: Place
    expiry_check: Place
    optional1: Place
    optional2: Place | None
    optional_check: Place | None
    composite: tuple[Place, ...]
    composite_check: Place | None
    long_numbers: bool
    """Whether a document number of more than nine places goes on in `optional1`."""


def _two_lines(  # noqa: PLR0913 (the second line begins alike in all four two-line zones)
    width: int,
    optional_end: int,
    *,
    optional_check: Place | None = None,
    composite: tuple[Place, ...] = (),
    composite_check: Place | None = None,
    long_numbers: bool = False,
) -> Layout:
    return Layout(
        width=width,
        height=2,
        document_code=Place(0, 0, 2),
        issuing_state=Place(0, 2, 5),
        names=Place(0, 5, width),
        document_number=Place(1, 0, 9),
        document_check=Place(1, 9, 10),
        nationality=Place(1, 10, 13),
        birth_date=Place(1, 13, 19),
        birth_check=Place(1, 19, 20),
        sex=Place(1, 20, 21),
        expiry_date=Place(1, 21, 27),
        expiry_check=Place(1, 27, 28),
        optional1=Place(1, 28, optional_end),
        optional2=None,
        optional_check=optional_check,
        composite=composite,
        composite_check=composite_check,
        long_numbers=long_numbers,
    )


_TD1: Final = Layout(
    width=30,
    height=3,
    document_code=Place(0, 0, 2),
    issuing_state=Place(0, 2, 5),
    names=Place(2, 0, 30),
    document_number=Place(0, 5, 14),
    document_check=Place(0, 14, 15),
    nationality=Place(1, 15, 18),
    birth_date=Place(1, 0, 6),
    birth_check=Place(1, 6, 7),
    sex=Place(1, 7, 8),
    expiry_date=Place(1, 8, 14),
    expiry_check=Place(1, 14, 15),
    optional1=Place(0, 15, 30),
    optional2=Place(1, 18, 29),
    optional_check=None,
    composite=(Place(0, 5, 30), Place(1, 0, 7), Place(1, 8, 15), Place(1, 18, 29)),
    composite_check=Place(1, 29, 30),
    long_numbers=True,
)

LAYOUTS: Final[dict[MrzFormat, Layout]] = {
    MrzFormat.TD1: _TD1,
    MrzFormat.TD2: _two_lines(
        36,
        35,
        composite=(Place(1, 0, 10), Place(1, 13, 20), Place(1, 21, 35)),
        composite_check=Place(1, 35, 36),
        long_numbers=True,
    ),
    MrzFormat.TD3: _two_lines(
        44,
        42,
        optional_check=Place(1, 42, 43),
        composite=(Place(1, 0, 10), Place(1, 13, 20), Place(1, 21, 43)),
        composite_check=Place(1, 43, 44),
    ),
    MrzFormat.MRV_A: _two_lines(44, 44),
    MrzFormat.MRV_B: _two_lines(36, 36),
}


def format_of(lines: list[str]) -> MrzFormat | None:
    """Return the format that the sizes of `lines` fit, or None; a visa's first character is V."""
    sizes = [len(line) for line in lines]
    if sizes == [30, 30, 30]:
        return MrzFormat.TD1
    visa = bool(lines) and lines[0][:1] in ("V", "v")
    if sizes == [36, 36]:
        return MrzFormat.MRV_B if visa else MrzFormat.TD2
    if sizes == [44, 44]:
        return MrzFormat.MRV_A if visa else MrzFormat.TD3
    return None
