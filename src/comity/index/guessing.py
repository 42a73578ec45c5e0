"""One box: tell from the text alone what an officer typed or scanned, and ask every reading it can have.

| text                                                   | asked as                       |
|--------------------------------------------------------|--------------------------------|
| lines of a machine-readable zone                       | document and person            |
| two words without digits, or more                      | person                         |
| the same with a date or year at its end                | person with date of birth      |
| a make of vehicles beside a colour or kind             | vehicle; person if no digits   |
| 17 letters and digits that can be a vehicle number     | vehicle number                 |
| letters and digits, more than a plate or passport has  | document, vehicle, engine      |
| other text with digits, or one word of letters         | document, plate, vehicle, name |
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from comity.index.questions import (
    Plan,
    ask_person,
    plan_description,
    plan_document,
    plan_engine,
    plan_person,
    plan_plate,
    plan_vin,
)
from comity.index.zones import plan_zone
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.characters import capitals_and_digits
from comity.matching.dates import BirthDate, parse_birth
from comity.matching.descriptions import describes_vehicle
from comity.matching.mrz import looks_like_mrz
from comity.matching.vehicles import VIN_LENGTH, VIN_TAIL_LENGTH
from comity.protocol.search import (
    DocumentQuery,
    EngineQuery,
    MrzQuery,
    PersonQuery,
    PlateQuery,
    TextQuery,
    VehicleQuery,
    VinQuery,
)

MAX_TEXT_CHARACTERS: Final = 500
"""A zone has 90 characters, the longest name on any list under 200."""
MIN_NUMBER: Final = 3
"""A plate or number of one or two signs names nobody."""
MAX_PLATE: Final = 10
MAX_DOCUMENT: Final = 22
"""Doc 9303-5: the longest document number of a card."""
MIN_ENGINE: Final = 10
"""Numbers of passports have nine signs: they are not to find engines."""

_DATE_AT_END: Final = re.compile(
    r"(.+?)[\s,;]+(?:born\s+|\*\s*)?"
    r"(\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?|\d{1,2}\.\s?\d{1,2}\.\s?\d{4})"
)
_DIGIT: Final = re.compile(r"\d")


def plan_text(query: TextQuery, plan: Plan, at: datetime) -> None:
    """Ask every reading of a text. Raises `InputError` naming `query.text` or `query.birth_date`."""
    try:
        _plan_readings(query, plan, at)
    except InputError as error:
        # A reading names its own field, which the asker did not send.
        field = error.field if error.field == "query.birth_date" else "query.text"
        raise InputError(error.code, field=field, remedy=error.remedy) from error


def _plan_readings(query: TextQuery, plan: Plan, at: datetime) -> None:
    text = query.text.strip()
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="query.text")
    sign = capitals_and_digits(text)
    if not sign:
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, field="query.text")
    if (lines := looks_like_mrz(text)) is not None:
        plan_zone(MrzQuery(lines=lines), plan, at)
        return
    described = describes_vehicle(text) and _fits(lambda: plan_description(VehicleQuery(text), plan))
    if (dated := _name_with_date(text)) is not None:
        ask_person(plan, *dated)
    elif _DIGIT.search(sign) is None and len(text.split()) > 1:
        plan_person(PersonQuery(name=text, birth_date=query.birth_date), plan)
    elif not described:
        _plan_sign(text, sign, query, plan)
    if not plan.asked:
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, field="query.text")


def _name_with_date(text: str) -> tuple[str, BirthDate] | None:
    found = _DATE_AT_END.fullmatch(text)
    if found is None or _DIGIT.search(found[1]) or len(found[1].split()) < 2:  # noqa: PLR2004 (two words make a name)
        return None
    return found[1], parse_birth(found[2])


def _plan_sign(text: str, sign: str, query: TextQuery, plan: Plan) -> None:
    """Ask a text that may be a number, a plate, a vehicle or one word of a name."""
    has_digit = _DIGIT.search(sign) is not None
    if has_digit and len(sign) == VIN_LENGTH and _fits(lambda: plan_vin(VinQuery(vin=text), plan)):
        return
    if has_digit and MIN_NUMBER <= len(sign) <= MAX_DOCUMENT:
        plan.take(plan_document(DocumentQuery(number=text)))
    if MIN_NUMBER <= len(sign) <= MAX_PLATE:
        plan_plate(PlateQuery(plate=text), plan)
    if has_digit and VIN_TAIL_LENGTH <= len(sign) < VIN_LENGTH:
        _fits(lambda: plan_vin(VinQuery(vin=text), plan))
    if has_digit and not sign.isdigit() and MIN_ENGINE <= len(sign) <= MAX_DOCUMENT:
        plan_engine(EngineQuery(engine=text), plan)
    if not has_digit:
        plan_person(PersonQuery(name=text, birth_date=query.birth_date), plan)


def _fits(plan: Callable[[], None]) -> bool:
    """Plan a reading and tell whether the text can be one."""
    try:
        plan()
    except InputError:
        return False
    return True
