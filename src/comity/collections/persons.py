"""Persons: wanted, missing, dead, dangerous or sanctioned; found by name and by their documents' numbers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

import msgspec

from comity.collections import fields
from comity.collections.base import Collection, ListedName, NameQuality, SearchKey
from comity.collections.person_cells import CELL_COLUMNS, COLUMN_OF_FIELD, content_of_cells
from comity.collections.reading import read, write
from comity.collections.tables import cells_to_content
from comity.kernel.codes import CollectionName, DocumentKind, Sex
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.dates import EARLIEST_YEAR, LATEST_YEAR, BirthDate, DatePrecision, parse_birth

MAX_NAMES: Final = 200
"""Public sanctions lists reach about a hundred spellings for one person."""
MAX_BIRTHS: Final = 20
"""People with a dozen claimed dates exist; more say nothing any more."""
MAX_DOCUMENTS: Final = 100
"""Forgers have carried several dozen."""
MAX_PLACES: Final = 20
MAX_OFFENCES: Final = 50
"""Counts of one indictment."""
MAX_BIRTH_RANGE_YEARS: Final = 60
"""A range over two generations finds everybody."""


class NameKind(StrEnum):
    """What a listed name is."""

    PRIMARY = "primary"
    ALIAS = "alias"
    BIRTH = "birth"
    TRANSLITERATION = "transliteration"


class Caution(StrEnum):
    """What an officer must know before coming near."""

    ARMED = "armed"
    VIOLENT = "violent"
    SUICIDAL = "suicidal"
    CONTAGIOUS = "contagious"
    ESCAPE_RISK = "escape_risk"


FullName = Annotated[str, msgspec.Meta(min_length=1, max_length=fields.MAX_NAME)]
Script = Annotated[str, msgspec.Meta(pattern="^[A-Z][a-z]{3}$", description="ISO 15924, e.g. Arab")]
Day = Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Name(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One name, whole, in the order of its own language or as `LAST, First`."""

    text: FullName
    kind: NameKind = NameKind.PRIMARY
    quality: NameQuality = NameQuality.STRONG
    script: Script | None = None


class Birth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The days on which the birth can have been, as `matching.dates.BirthDate.to_wire` writes them."""

    earliest: Day
    latest: Day
    precision: DatePrecision


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A document that the person uses or used."""

    number: fields.Number
    country: fields.Country | None = None
    type: DocumentKind = DocumentKind.PASSPORT
    note: fields.Line | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One person. At least one name is primary."""

    names: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=MAX_NAMES)]
    births: Annotated[list[Birth], msgspec.Meta(max_length=MAX_BIRTHS)] = []
    birth_places: Annotated[list[fields.Place], msgspec.Meta(max_length=MAX_PLACES)] = []
    nationalities: Annotated[list[fields.Country], msgspec.Meta(max_length=fields.MAX_COUNTRIES)] = []
    sex: Sex | None = None
    documents: Annotated[list[Document], msgspec.Meta(max_length=MAX_DOCUMENTS)] = []
    offences: Annotated[list[fields.Line], msgspec.Meta(max_length=MAX_OFFENCES)] = []
    cautions: Annotated[list[Caution], msgspec.Meta(max_length=len(Caution))] = []
    description: fields.Text | None = None
    """Height, build, marks, languages: what helps to recognise the person."""
    remarks: fields.Text | None = None
    """The owner's notes for bureaus; not shown in an answer to an officer."""


_NAME_DEFAULTS: Final = {"kind": str(NameKind.PRIMARY), "quality": str(NameQuality.STRONG)}
_DOCUMENT_DEFAULTS: Final = {"type": str(DocumentKind.PASSPORT)}


class Persons(Collection):
    """The collection `persons`."""

    name: ClassVar[CollectionName] = CollectionName.PERSONS
    columns: ClassVar[tuple[str, ...]] = CELL_COLUMNS

    def normalise(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Check and return the normal form; see `Collection.normalise`."""
        person = read(content, Person)
        _check_names(person.names)
        nationalities = [
            fields.check_country(code, f"content.nationalities[{place}]")
            for place, code in enumerate(person.nationalities)
        ]
        return write(
            msgspec.structs.replace(
                person,
                names=_distinct(person.names),
                births=_distinct(_checked_birth(birth, place) for place, birth in enumerate(person.births)),
                birth_places=_distinct(person.birth_places),
                nationalities=_distinct(nationalities),
                documents=_distinct(_checked_document(d, place) for place, d in enumerate(person.documents)),
                offences=_distinct(person.offences),
                cautions=_distinct(person.cautions),
            )
        )

    def keys(self, content: Mapping[str, Any]) -> list[SearchKey]:
        """Return the keys of the person's documents: a valid passport finds the person behind it."""
        return [
            fields.document_search_key(
                document["number"],
                document.get("country"),
                document.get("type", DocumentKind.PASSPORT),
            )
            for document in content.get("documents", ())
        ]

    def names(self, content: Mapping[str, Any]) -> list[ListedName]:
        """Return every name with its quality."""
        return [
            ListedName(name["text"], NameQuality(name.get("quality", NameQuality.STRONG)))
            for name in content["names"]
        ]

    def births(self, content: Mapping[str, Any]) -> list[BirthDate]:
        """Return every possible date of birth."""
        return [BirthDate.from_wire(birth) for birth in content.get("births", ())]

    def view(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything but the owner's remarks; names and documents say all their codes."""
        shown = {key: value for key, value in content.items() if key != "remarks"}
        shown["names"] = [_NAME_DEFAULTS | name for name in content["names"]]
        if "documents" in content:
            shown["documents"] = [_DOCUMENT_DEFAULTS | document for document in content["documents"]]
        return shown

    def title(self, content: Mapping[str, Any]) -> str:
        """Return the first primary name."""
        primary = (n for n in content["names"] if n.get("kind", NameKind.PRIMARY) == NameKind.PRIMARY)
        return str(next(primary)["text"])

    def from_csv_row(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return the content of one row; `person_cells` says how lists stand in a cell."""
        return cells_to_content(self, row, content_of_cells(row), COLUMN_OF_FIELD)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of `Person`."""
        return msgspec.json.schema(Person)


def _check_names(names: list[Name]) -> None:
    """Refuse names that nobody could find, and a list without a primary one."""
    for place, name in enumerate(names):
        fields.check_name(name.text, f"content.names[{place}].text")
    if all(name.kind is not NameKind.PRIMARY for name in names):
        remedy = "Mark one name as primary."
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="content.names", remedy=remedy)


def _checked_birth(birth: Birth, place: int) -> Birth:
    """Return `birth` when its days exist, stand in order and fit its precision."""
    field = f"content.births[{place}]"
    try:
        found = BirthDate.from_wire(msgspec.to_builtins(birth))
    except InputError as error:
        raise InputError(error.code, field=field) from None
    years = found.latest.year - found.earliest.year
    if (
        found.earliest.year < EARLIEST_YEAR
        or found.latest.year > LATEST_YEAR
        or years > MAX_BIRTH_RANGE_YEARS
        or not _fits_precision(found)
    ):
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field=field)
    return birth


def _fits_precision(birth: BirthDate) -> bool:
    length = {DatePrecision.EXACT: 10, DatePrecision.MONTH: 7, DatePrecision.YEAR: 4}.get(birth.precision)
    if length is None:
        return True
    whole = parse_birth(birth.earliest.isoformat()[:length])
    return (whole.earliest, whole.latest) == (birth.earliest, birth.latest)


def _checked_document(document: Document, place: int) -> Document:
    field = f"content.documents[{place}]"
    country = document.country
    return msgspec.structs.replace(
        document,
        number=fields.check_number(document.number, f"{field}.number"),
        country=country and fields.check_country(country, f"{field}.country"),
    )


def _distinct(items: Any) -> list[Any]:
    """Return `items` in order without repetition; two spellings of one country are one."""
    return list(dict.fromkeys(items))
