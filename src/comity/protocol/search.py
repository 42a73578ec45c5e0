"""POST /v1/search: what may be asked and what is answered."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from comity.kernel.codes import (
    AnswerState,
    CollectionName,
    DocumentKind,
    FailureReason,
    HandlingLabel,
    MatchStrength,
    NotificationPolicy,
    Purpose,
    Sex,
    SourceKind,
)
from comity.kernel.ids import BureauId, RecordId, SearchId

MAX_BODY_BYTES = 16 * 1024
"""A query is a few hundred bytes; more is a mistake or an attack."""
MAX_REFERENCE = 100
"""A file number with its prefixes; what a search is for stands in its purpose."""
MAX_BATCH_QUERIES = 1_000
"""A coach, a train carriage, a page of a passenger list; answered in the time of one name search."""
MAX_BATCH_BODY_BYTES = 1024 * 1024
"""A thousand zones of 90 characters with their keys, five times over."""
MAX_CANDIDATES = 20
"""What an officer can compare on one screen; more means the query is too vague."""


class DocumentQuery(
    msgspec.Struct, frozen=True, tag_field="kind", tag="document", forbid_unknown_fields=True, gc=False
):
    """A travel document by its number; country and type narrow it."""

    number: str
    country: str | None = None
    """Three letters (ICAO Doc 9303-3)."""
    type: Annotated[str, Meta(extra_json_schema={"enum": [str(kind) for kind in DocumentKind]})] | None = None
    """A code of `DocumentKind`."""


class MrzQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="mrz", forbid_unknown_fields=True):
    """A machine-readable zone as read; searched by document and by person."""

    lines: list[str]
    accept_wrong_check_digits: bool = False
    """Search it as it stands although a check digit does not agree."""


class PlateQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="plate", forbid_unknown_fields=True):
    """A vehicle by its registration plate."""

    plate: str
    country: str | None = None


class VinQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="vin", forbid_unknown_fields=True):
    """A vehicle by its identification number (ISO 3779, or older and shorter)."""

    vin: str


class EngineQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="engine", forbid_unknown_fields=True):
    """A vehicle by the number of its engine."""

    engine: str


class VehicleQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="vehicle", forbid_unknown_fields=True):
    """A vehicle by words of make, model, colour and kind, at least two; a lead, never a hit."""

    description: str
    year: int | None = None
    """Model year; one year off still counts."""
    country: str | None = None
    """Country of the plate, three letters."""


class PersonQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="person", forbid_unknown_fields=True):
    """A person by name in any script, with what else is known."""

    name: str
    birth_date: str | None = None
    """YYYY, YYYY-MM or YYYY-MM-DD."""
    sex: Sex | None = None
    nationality: str | None = None
    birth_place: str | None = None
    """Place of birth as known, in any script; evidence only."""


class TextQuery(msgspec.Struct, frozen=True, tag_field="kind", tag="text", forbid_unknown_fields=True):
    """One box: the node tells what it is (MRZ, number, plate, vehicle, name) and says so in `asked`."""

    text: str
    birth_date: str | None = None


Query = (
    DocumentQuery | MrzQuery | PlateQuery | VinQuery | EngineQuery | VehicleQuery | PersonQuery | TextQuery
)


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One question of one officer for one purpose (I12)."""

    purpose: Purpose
    query: Query
    notify: NotificationPolicy = NotificationPolicy.AT_ONCE
    reference: Annotated[str, Meta(extra_json_schema={"maxLength": MAX_REFERENCE})] = ""
    """The asker's own reference, at most 100 characters."""


class Warning(msgspec.Struct, frozen=True, kw_only=True):
    """Something the officer must know about the question, e.g. a wrong check digit."""

    code: str
    field: str
    message: str


class Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One way in which the question was understood and asked."""

    kind: str
    """document, plate, vin, engine, vehicle or person."""
    shown: str
    """What was asked, in words for the screen."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a candidate was found, comparable field by field."""

    code: str
    """Stable code, e.g. `name.alias`, `name.transliterated`, `birth.year_only`, `number.equal`."""
    field: str
    """Field of the record that matched (`names`, `birth_dates`, `number`, ...)."""
    asked: str
    listed: str
    points: int
    """Share in the score, in thousandths; may be negative."""
    message: str
    """The reason in English words an officer understands."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was found."""

    record_id: RecordId
    collection: CollectionName
    owner: BureauId
    version: int
    label: HandlingLabel
    strength: MatchStrength
    score: int
    """Likeness in thousandths, 1000 for an agreeing key."""
    reasons: list[Reason]
    view: dict[str, Any]
    """What a reader sees of the record (`collections`)."""
    sources: list[str]
    """Names of the sources that gave it; identical records are shown once."""
    advice: str = "confirm_with_owner"
    """Code of what to do: a hit is a lead, acting needs the owner's confirmation (I10)."""


class AlarmBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What score a name had to reach at one source, and where that comes from."""

    script: str
    """A code of `matching.names.Script`."""
    shape: str
    """name, name_year or name_date: what was asked beside the name."""
    threshold: int
    """Thousandths; candidates below it are not shown."""
    rate: str
    """Share of clean people who raise an alarm at this threshold, e.g. `0.1%`."""
    calibrated: bool
    """Whether the threshold was measured against this index; else it is the shipped one."""
    overridden: bool = False
    """Whether the bureau set this threshold itself."""
    sequence: int | None = None
    """Feed position of the index that was measured."""
    population: int | None = None
    """Clean people measured."""


class SourceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one source did for this answer."""

    name: str
    kind: SourceKind
    answered: bool
    reason: FailureReason | None = None
    version: int | None = None
    """Feed position that the source has applied."""
    age_s: int | None = None
    """Seconds since the source last knew itself to be up to date."""
    took_ms: int = 0
    alarm: AlarmBasis | None = None
    """For a name."""


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one question. `state` is INCOMPLETE whenever a source is missing (I2)."""

    search_id: SearchId
    state: AnswerState
    finding: AnswerState
    """The strongest finding of the sources that answered: HIT, POSSIBLE or NO_RECORD."""
    asked: list[Asked]
    warnings: list[Warning]
    candidates: list[Candidate]
    sources: list[SourceReport]
    answered_at: str
    took_ms: int


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to `MAX_BATCH_QUERIES` questions of one officer for one purpose."""

    purpose: Purpose
    queries: list[Query]
    notify: NotificationPolicy = NotificationPolicy.AT_ONCE
    reference: Annotated[str, Meta(extra_json_schema={"maxLength": MAX_REFERENCE})] = ""


class BatchItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one question of a batch came to: an answer, or the error that it alone would have got."""

    answer: SearchAnswer | None = None
    error: dict[str, Any] | None = None
    """As the `error` of a refused single search."""


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to a batch, in the order of its queries."""

    items: list[BatchItem]
    answered_at: str
    took_ms: int
