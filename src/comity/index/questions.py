"""From a query to the questions that are put to the index: keys to look up and names to compare.

Everything wrong in a query is told here, by field, before anything is read.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

import msgspec

from comity.collections import KeyKind
from comity.collections.vehicles import FIRST_CAR_YEAR, LAST_YEAR
from comity.kernel.codes import DocumentKind, Sex, country_name, is_country
from comity.kernel.errors import ErrorCode, InputError
from comity.matching import names
from comity.matching.dates import BirthDate, parse_birth
from comity.matching.descriptions import AskedWord, asked_words
from comity.matching.documents import document_key, issuer_key
from comity.matching.vehicles import (
    VIN_LENGTH,
    VIN_TAIL_LENGTH,
    engine_key,
    plate_behind_sign,
    plate_key,
    vin_check_digit_agrees,
    vin_key,
)
from comity.protocol.search import (
    Asked,
    DocumentQuery,
    EngineQuery,
    PersonQuery,
    PlateQuery,
    VehicleQuery,
    VinQuery,
)
from comity.protocol.search import Warning as QueryWarning

MAX_COUNTRIES_KEPT: Final = 1_024
"""Ways of writing a country's code that are looked up once: every code there is, three times over."""
MAX_STATED_KEPT: Final = 2_048
"""The codes in use with each kind of document, and some other ways of writing them."""
ASKED_DOCUMENT: Final = "document"
ASKED_PLATE: Final = "plate"
ASKED_VIN: Final = "vin"
ASKED_ENGINE: Final = "engine"
ASKED_VEHICLE: Final = "vehicle"
ASKED_PERSON: Final = "person"

_DOCUMENT_KINDS: Final = frozenset(str(kind) for kind in DocumentKind)
_DOCUMENT_NUMBER: Final = KeyKind.DOCUMENT_NUMBER


class KeyQuestion(msgspec.Struct, frozen=True, gc=False):
    """Which records carry this key?"""

    kind: KeyKind
    value: str
    shown: str
    """As it was given, for the reason."""
    country: str | None = None
    document_type: str | None = None
    near: bool = False
    """Whether this is another reading of what was given: it may be meant, so it is never a hit."""
    same_country: bool = False
    """Whether only records that name `country` are meant."""


class NameQuestion(msgspec.Struct, frozen=True):
    """Which persons may this be?"""

    form: names.NameForm
    shown: str
    birth: BirthDate | None = None
    sex: Sex | None = None
    nationality: str | None = None
    birth_place: str | None = None


class DescriptionQuestion(msgspec.Struct, frozen=True):
    """Which vehicles fit this description?"""

    words: tuple[AskedWord, ...]
    shown: str
    year: int | None = None
    country: str | None = None


class Plan(msgspec.Struct):
    """What will be asked, in which words the officer is told, and what he must know about his query."""

    keys: list[KeyQuestion] = msgspec.field(default_factory=list)
    names: list[NameQuestion] = msgspec.field(default_factory=list)
    descriptions: list[DescriptionQuestion] = msgspec.field(default_factory=list)
    asked: list[Asked] = msgspec.field(default_factory=list)
    warnings: list[QueryWarning] = msgspec.field(default_factory=list)

    def take(self, other: "Plan") -> None:
        """Ask what `other` asks, too."""
        self.keys += other.keys
        self.names += other.names
        self.descriptions += other.descriptions
        self.asked += other.asked
        self.warnings += other.warnings

    def warn(self, code: str, field: str, message: str) -> None:
        """Add a warning about the query; `message` holds no data of it."""
        self.warnings.append(QueryWarning(code=code, field=field, message=message))


@contextmanager
def naming(field: str) -> Iterator[None]:
    """Let input errors raised inside name `field`."""
    try:
        yield
    except InputError as error:
        raise _naming(error, field) from error


def _naming(error: InputError, field: str) -> InputError:
    return InputError(error.code, field=field, remedy=error.remedy)


def plan_document(query: DocumentQuery) -> Plan:
    """Return the plan that asks for a document number. Raises `InputError` naming number, country or type."""
    try:
        value = document_key(query.number)
    except InputError as error:
        raise _naming(error, "query.number") from error
    kind = query.type
    country, before, behind = _stated(query.country, kind)
    return Plan(
        keys=[KeyQuestion(_DOCUMENT_NUMBER, value, query.number, country, kind)],
        asked=[Asked(kind=ASKED_DOCUMENT, shown=before + value + behind)],
    )


@lru_cache(MAX_STATED_KEPT)
def _stated(country: str | None, kind: str | None) -> tuple[str | None, str, str]:
    """Return the key of a stated country, and what is told before and behind the number of a document.

    Raises `InputError` naming country or type.
    """
    key = known_country(country, "query.country")
    if kind is not None and kind not in _DOCUMENT_KINDS:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="query.type")
    return key, *_words_of(kind, key)


def ask_document(plan: Plan, shown: str, value: str, country: str | None, kind: str | None) -> None:
    """Add the question for a document's key."""
    before, behind = _words_of(kind, country)
    plan.keys.append(KeyQuestion(_DOCUMENT_NUMBER, value, shown, country, kind))
    plan.asked.append(Asked(kind=ASKED_DOCUMENT, shown=before + value + behind))


def _words_of(kind: str | None, country: str | None) -> tuple[str, str]:
    """Return what is told before and behind the number of a document."""
    words = (kind or "document").replace("_", " ").capitalize()
    return f"{words} ", "" if country is None else f" ({country_name(country)})"


def ask_near_documents(
    plan: Plan, shown: str, values: Iterable[str], country: str | None, kind: str | None
) -> None:
    """Add other readings of a document's number; `values` are keys. What they find is never a hit."""
    plan.keys += [
        KeyQuestion(
            KeyKind.DOCUMENT_NUMBER, value, shown, country, kind, near=True, same_country=country is not None
        )
        for value in values
    ]


def plan_plate(query: PlateQuery, plan: Plan) -> None:
    """Ask for a plate, also without a country's sign. Raises `InputError` naming plate or country."""
    with naming("query.plate"):
        value = plate_key(query.plate)
    country = known_country(query.country, "query.country")
    plan.keys.append(KeyQuestion(KeyKind.PLATE, value, query.plate, country))
    if (behind := plate_behind_sign(query.plate)) is not None and country in (None, behind[0]):
        state, plate = behind
        plan.keys.append(KeyQuestion(KeyKind.PLATE, plate, query.plate, state, same_country=True))
    _tell(plan, ASKED_PLATE, f"Plate {query.plate.strip().upper()}", country)


def plan_vin(query: VinQuery, plan: Plan) -> None:
    """Ask for a vehicle number; one shorter than 17 signs also as the end of a longer one."""
    with naming("query.vin"):
        value = vin_key(query.vin)
    plan.keys.append(KeyQuestion(KeyKind.VIN, value, query.vin))
    if VIN_TAIL_LENGTH <= len(value) < VIN_LENGTH:
        plan.keys.append(KeyQuestion(KeyKind.VIN_TAIL, value[-VIN_TAIL_LENGTH:], query.vin))
    if vin_check_digit_agrees(value) is False:
        plan.warn("vin.check_digit", "query.vin", "The check digit of the vehicle number does not agree.")
    _tell(plan, ASKED_VIN, f"Vehicle number {value}", None)


def plan_engine(query: EngineQuery, plan: Plan) -> None:
    """Ask for the number of an engine. Raises `InputError` naming it."""
    with naming("query.engine"):
        value = engine_key(query.engine)
    plan.keys.append(KeyQuestion(KeyKind.ENGINE, value, query.engine))
    _tell(plan, ASKED_ENGINE, f"Engine number {query.engine.strip().upper()}", None)


def plan_description(query: VehicleQuery, plan: Plan) -> None:
    """Ask for a vehicle by what it looks like. Raises `InputError` naming description, year or country."""
    with naming("query.description"):
        words = asked_words(query.description)
    if query.year is not None and not FIRST_CAR_YEAR <= query.year <= LAST_YEAR:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field="query.year")
    country = known_country(query.country, "query.country")
    shown = " ".join(query.description.split())
    plan.descriptions.append(DescriptionQuestion(words, shown, query.year, country))
    year = "" if query.year is None else f", {query.year}"
    _tell(plan, ASKED_VEHICLE, f"Vehicle {shown}{year}", country)


def plan_person(query: PersonQuery, plan: Plan) -> None:
    """Ask for a person. Raises `InputError` naming name, birth date, nationality or place of birth."""
    with naming("query.birth_date"):
        birth = parse_birth(query.birth_date) if query.birth_date else None
    nationality = known_country(query.nationality, "query.nationality")
    place = " ".join((query.birth_place or "").split()) or None
    if place is not None:
        with naming("query.birth_place"):
            names.normalise(place)
    with naming("query.name"):
        ask_person(plan, query.name, birth, query.sex, nationality, place)


def ask_person(  # noqa: PLR0913, PLR0917 - what can be known of a person
    plan: Plan,
    name: str,
    birth: BirthDate | None,
    sex: Sex | None = None,
    nationality: str | None = None,
    birth_place: str | None = None,
    *,
    truncated: bool = False,
) -> None:
    """Add the question for a person; with `truncated` words of the name may go on.

    Raises `InputError` for a name without letters or too long.
    """
    shown = " ".join(name.split())
    form = names.normalise(name, truncated=truncated)
    plan.names.append(NameQuestion(form, shown, birth, sex, nationality, birth_place))
    words = shown if birth is None else f"{shown}, born {show_birth(birth)}"
    plan.asked.append(Asked(kind=ASKED_PERSON, shown=f"Person {words}"))


@lru_cache(MAX_COUNTRIES_KEPT)
def known_country(code: str | None, field: str) -> str | None:
    """Return the key of a stated country. Raises `InputError` (input.unknown_country)."""
    if code is None:
        return None
    key = _country_key(code)
    if key is None:
        raise InputError(ErrorCode.INPUT_UNKNOWN_COUNTRY, field=field)
    return key


@lru_cache(MAX_COUNTRIES_KEPT)
def _country_key(code: str) -> str | None:
    key = issuer_key(code)
    return key if is_country(key) else None


def show_birth(birth: BirthDate) -> str:
    """Return a date of birth as it is told: a day, a year, or the two ends."""
    if birth.earliest == birth.latest:
        return birth.earliest.isoformat()
    whole_years = (birth.earliest.month, birth.earliest.day, birth.latest.month, birth.latest.day)
    if whole_years == (1, 1, 12, 31):
        first, last = birth.earliest.year, birth.latest.year
        return str(first) if first == last else f"{first} to {last}"
    return f"{birth.earliest.isoformat()} to {birth.latest.isoformat()}"


def _tell(plan: Plan, kind: str, words: str, country: str | None) -> None:
    suffix = "" if country is None else f" ({country_name(country)})"
    plan.asked.append(Asked(kind=kind, shown=words + suffix))
