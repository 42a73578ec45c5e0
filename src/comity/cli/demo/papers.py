"""Machine-readable zones of made-up passports (ICAO Doc 9303 part 4, format TD3), check digits computed."""

from dataclasses import dataclass
from typing import Final

from comity.matching.mrz import check_digit

LINE: Final = 44
NAME_PLACES: Final = 39
PERSONAL_NUMBER_PLACES: Final = 14


@dataclass(frozen=True, slots=True)
class Passport:
    """What is printed in a passport. Dates as YYMMDD."""

    country: str
    number: str
    surname: str
    given: str
    nationality: str
    born: str
    sex: str
    expires: str

    @property
    def mrz(self) -> list[str]:
        """The two lines at the foot of the page."""
        name = f"{_zone(self.surname)}<<{_zone(self.given)}".ljust(NAME_PLACES, "<")[:NAME_PLACES]
        number = self.number.ljust(9, "<")
        number += check_digit(number)
        born = self.born + check_digit(self.born)
        expires = self.expires + check_digit(self.expires)
        personal = "<" * PERSONAL_NUMBER_PLACES + "<"
        composite = check_digit(number + born + expires + personal)
        first = f"P<{self.country}{name}"
        second = f"{number}{self.nationality}{born}{self.sex}{expires}{personal}{composite}"
        return [first.ljust(LINE, "<"), second]


def _zone(name: str) -> str:
    return name.upper().replace(" ", "<").replace("-", "<").replace("'", "")
