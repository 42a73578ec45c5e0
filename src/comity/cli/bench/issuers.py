"""Who issues documents and how they number them: made-up shares and formats, spread as real ones are.

A few countries list most documents, many list few. Each has series of its own: kind, form and range.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.kernel.codes import DocumentKind
from comity.matching.documents import document_fold

_COUNTRIES: Final = (
    "FRA:FR ITA:IT ESP:ES DEU:DE BRA:BR POL:PL ROU:RO BEL:BE ARG:AR NLD:NL TUR:TR MAR:MA AUT:AT PRT:PT "
    "MEX:MX ZAF:ZA GRC:GR COL:CO SWE:SE CZE:CZ HUN:HU TUN:TN UKR:UA BGR:BG CHE:CH HRV:HR EGY:EG KOR:KR "
    "JPN:JP IND:IN PHL:PH THA:TH SVN:SI SRB:RS SVK:SK DNK:DK FIN:FI NOR:NO IRL:IE LTU:LT LVA:LV EST:EE "
    "CHL:CL PER:PE ECU:EC SEN:SN CIV:CI GHA:GH NGA:NG KEN:KE GEO:GE ARM:AM ALB:AL MKD:MK BIH:BA MNE:ME "
    "LUX:LU MLT:MT CYP:CY ISL:IS"
)
COUNTRIES: Final = tuple(_COUNTRIES.split())
"""Three-letter code and bureau, most documents first."""
KINDS: Final = (
    (DocumentKind.PASSPORT, 0.40),
    (DocumentKind.IDENTITY_CARD, 0.35),
    (DocumentKind.RESIDENCE_PERMIT, 0.15),
    (DocumentKind.VISA, 0.07),
    (DocumentKind.REFUGEE_DOCUMENT, 0.03),
)
STEEPNESS: Final = 1.1
"""Country number k lists k ** -1.1 as many documents as the first (Zipf, with the usual exponent)."""
SLOTS: Final = 8_192
"""Documents are dealt to series in rounds of this many; the smallest series gets one of each round."""

_DIGITS: Final = "0123456789"
_SIGNS: Final = "0123456789CDFGHJKLMNPRTVWXY"
"""As several issuers print them: without vowels and without what looks like a digit."""
_FIRST: Final = "ABCDEFGHJKLMNPSUYZ0123456789"
_SECOND: Final = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
FORMS: Final = ((1, _DIGITS, 8), (2, _DIGITS, 8), (2, _DIGITS, 7), (2, _SIGNS, 7), (2, _SIGNS, 6))
"""Signs of the prefix, alphabet of the rest, places of the rest."""
LARGE: Final = SLOTS // 25
"""Series with more slots have one letter and eight digits; there are five at most, as letters for them."""
MIDDLE: Final = SLOTS // 100
"""Ten million numbers, two signs and seven digits, are too few for series with more."""


@dataclass(frozen=True, slots=True)
class Series:
    """One issuer's numbering of one kind of document."""

    country: str
    bureau: str
    kind: DocumentKind
    prefix: str
    form: int
    """Place in `FORMS`."""
    slots: int
    """Of each round of `SLOTS`."""

    @property
    def capacity(self) -> int:
        """How many numbers the form has."""
        _, alphabet, places = FORMS[self.form]
        return int(len(alphabet) ** places)


def make_series() -> list[Series]:
    """Return every series; their slots add up to `SLOTS`. No two share a number, look-alikes folded."""
    wanted = [
        (country, kind, share / (place + 1) ** STEEPNESS)
        for place, country in enumerate(COUNTRIES)
        for kind, share in KINDS
    ]
    total = sum(weight for _, _, weight in wanted)
    slots = [1 + int(weight / total * (SLOTS - len(wanted))) for _, _, weight in wanted]
    slots[0] += SLOTS - sum(slots)
    prefixes = {1: iter("RTVWX"), 2: _pairs()}
    found = []
    for place, (country, kind, _) in enumerate(wanted):
        form = _form(place, slots[place])
        code, _, bureau = country.partition(":")
        found.append(Series(code, bureau, kind, next(prefixes[FORMS[form][0]]), form, slots[place]))
    return found


def _form(place: int, slots: int) -> int:
    if slots > LARGE:
        return 0
    return (1, 3, 4)[place % 3] if slots > MIDDLE else 1 + place % (len(FORMS) - 1)


def _pairs() -> Iterator[str]:
    """Yield prefixes of two signs, none of which can be read for another."""
    seen = set()
    pairs = ["".join(pair) for pair in product(_FIRST, _SECOND)]
    Random(SLOTS).shuffle(pairs)  # noqa: S311 - made-up data
    for pair in pairs:
        folded = document_fold(pair)
        if folded not in seen:
            seen.add(folded)
            yield pair


def slot_table(series: list[Series]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which series each slot of a round belongs to, and the slot's rank within its series."""
    owner = np.repeat(np.arange(len(series)), [each.slots for each in series])
    rank = np.concatenate([np.arange(each.slots) for each in series])
    order = np.random.default_rng(SLOTS).permutation(SLOTS)
    return owner[order], rank[order]
