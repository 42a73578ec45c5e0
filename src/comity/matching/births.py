"""How far two dates of birth speak for one person: graded, with the reason in words.

What agrees tells the more the rarer it is by chance: a full date is worth `EQUAL_POINTS`, a span of days
its share by the logarithm of its length. A usual slip (day and month exchanged, one digit wrong) tells
less than the date itself. What differs speaks against, the more the further the dates lie apart; it
never rules anybody out: wanted people lie about it.
"""

from dataclasses import dataclass
from datetime import date
from math import log
from typing import Final

from comity.matching.dates import BirthDate, DatePrecision

EQUAL_POINTS: Final = 250
"""The whole date. Of a thousand namesakes on a list, one in twenty shares it by chance."""
ADULT_DAYS: Final = 60 * 365
"""Over so many days the births of those who are looked for are spread; a longer span tells nothing."""
SWAPPED_POINTS: Final = 150
ONE_DIGIT_POINTS: Final = 120
"""One digit of day or month; in the year `STEP_POINTS` less for each year that it moves."""
EXCHANGED_POINTS: Final = 100
"""Two neighbouring digits."""
SLIP_LEAST_POINTS: Final = 20
"""A slip in the decade: the day and the month still agree."""
NEAR_POINTS: Final = 130
NEAR_DAYS: Final = 3
"""Slips between calendars, registration and birth, and one off in the last digit."""
MONTH_POINTS: Final = 50
MONTHS_APART_POINTS: Final = 10
STEP_POINTS: Final = 10
FIRST_YEAR_POINTS: Final = -40
"""A year apart: rounding, a guess, another calendar."""
NEAR_YEARS: Final = 2
NEXT_YEAR_POINTS: Final = -30
"""For each further year up to `NEAR_YEARS`, from there on `FURTHER_YEAR_POINTS`."""
FURTHER_YEAR_POINTS: Final = -20
DECADE_YEARS: Final = 10
LEAST_POINTS: Final = -300
"""Decades apart: parent and child, or two strangers."""
_DAYS_A_YEAR: Final = 365.25

AGREEMENTS: Final[dict[str, str]] = {
    "birth.equal": "same date of birth",
    "birth.month_equal": "same year and month of birth",
    "birth.year_only": "same year of birth, the day is not known",
    "birth.within": "the dates of birth are compatible",
    "birth.swapped": "day and month of birth exchanged",
    "birth.one_digit": "one digit of the date of birth differs",
    "birth.digits_exchanged": "two digits of the date of birth exchanged",
    "birth.near": "dates of birth a few days apart",
    "birth.months_apart": "dates of birth less than a year apart",
    "birth.year_near": "years of birth one or two apart",
    "birth.different": "different date of birth",
    "birth.decades": "dates of birth ten years or more apart",
    "birth.unknown": "no date of birth to compare",
}
"""The words of each code."""


@dataclass(frozen=True, slots=True)
class DateAgreement:
    """What two dates of birth say about being one person's, in thousandths of a score; code `birth.*`."""

    points: int
    code: str

    @property
    def message(self) -> str:
        """The reason in English words an officer understands."""
        return AGREEMENTS[self.code]


def compare(asked: BirthDate | None, listed: BirthDate | None) -> DateAgreement:
    """Return how far two dates of birth agree, the most telling agreement that holds; symmetric."""
    if asked is None or listed is None:
        return DateAgreement(0, "birth.unknown")
    if asked.precision is DatePrecision.EXACT and listed.precision is DatePrecision.EXACT:
        return _both_exact(asked.earliest, listed.earliest)
    return _spans(asked, listed)


def most_points(asked: BirthDate) -> int:
    """Return what `asked` is worth where everything agrees: 0 to `EQUAL_POINTS`."""
    return _told(_length(asked))


def _length(span: BirthDate) -> int:
    return (span.latest - span.earliest).days + 1


def _told(days: int) -> int:
    """Return what it tells that two births lie in one span of `days`, by how seldom that is chance."""
    return max(0, round(EQUAL_POINTS * log(ADULT_DAYS / days) / log(ADULT_DAYS)))


def _spans(one: BirthDate, other: BirthDate) -> DateAgreement:
    gap = max((one.earliest - other.latest).days, (other.earliest - one.latest).days)
    if gap > 0:
        return _apart(gap)
    precisions = {one.precision, other.precision}
    if precisions & {DatePrecision.CIRCA, DatePrecision.RANGE}:
        code = "birth.within"
    elif DatePrecision.YEAR in precisions:
        code = "birth.year_only"
    else:
        code = "birth.month_equal"
    return DateAgreement(_told(max(_length(one), _length(other))), code)


def _apart(days: int) -> DateAgreement:
    """Return what it says that two births lie `days` apart, beyond any slip."""
    years = int(days / _DAYS_A_YEAR)
    if years == 0:
        return DateAgreement(MONTHS_APART_POINTS, "birth.months_apart")
    near = FIRST_YEAR_POINTS + NEXT_YEAR_POINTS * (min(years, NEAR_YEARS) - 1)
    if years <= NEAR_YEARS:
        return DateAgreement(near, "birth.year_near")
    points = max(LEAST_POINTS, near + FURTHER_YEAR_POINTS * (years - NEAR_YEARS))
    return DateAgreement(points, "birth.different" if years < DECADE_YEARS else "birth.decades")


def _both_exact(one: date, other: date) -> DateAgreement:
    if one == other:
        return DateAgreement(EQUAL_POINTS, "birth.equal")
    if (1, 1) in ((one.month, one.day), (other.month, other.day)) and one.year == other.year:
        # Registers write 1 January where the day is not known.
        return DateAgreement(_told(round(_DAYS_A_YEAR)), "birth.year_only")
    days = abs((one - other).days)
    same_month = (one.year, one.month) == (other.year, other.month)
    found = [_apart(days), *_slips(one, other, days)]
    if same_month:
        found.append(DateAgreement(MONTH_POINTS, "birth.month_equal"))
    return max(found, key=lambda agreement: agreement.points)


def _slips(one: date, other: date, days: int) -> list[DateAgreement]:
    """Return the usual slips of pen, key and calendar that would explain the difference."""
    found = []
    years = abs(one.year - other.year)
    if not years and (one.month, one.day) == (other.day, other.month):
        found.append(DateAgreement(SWAPPED_POINTS, "birth.swapped"))
    if days <= NEAR_DAYS:
        found.append(DateAgreement(NEAR_POINTS - STEP_POINTS * days, "birth.near"))
    first, second = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    places = [place for place in range(len(first)) if first[place] != second[place]]
    less = STEP_POINTS * years
    if len(places) == 1:
        points = max(SLIP_LEAST_POINTS, ONE_DIGIT_POINTS - less)
        found.append(DateAgreement(points, "birth.one_digit"))
    elif len(places) == 2 and _exchanged(first, second, *places):  # noqa: PLR2004 (a pair)
        points = max(SLIP_LEAST_POINTS, EXCHANGED_POINTS - less)
        found.append(DateAgreement(points, "birth.digits_exchanged"))
    return found


def _exchanged(first: str, second: str, i: int, k: int) -> bool:
    return k == i + 1 and first[i] == second[k] and first[k] == second[i]
