"""One record from one line of a table or of JSON Lines: the envelope's fields apart from the content.

    envelope, content = split_row(collection, row)          # CSV: one cell per column
    envelope, content = split_object(collection, line)      # JSON Lines: {..., "content": {...}}
    body = build_body(collection, envelope, content, record_id=..., version=1, owner=..., ...)

Both forms lead to the same envelope fields: texts, and lists of codes for `allow` and `deny`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from comity.collections.base import Collection
from comity.collections.reading import clean_text
from comity.collections.tables import split_list
from comity.kernel.clock import to_wire
from comity.kernel.codes import HandlingLabel, PersonStatus, Purpose
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, RecordId
from comity.matching.documents import issuer_key
from comity.protocol.records import RecordBody, Restrictions
from comity.rules.record import check_record
from comity.rules.retention import latest_expiry

E = TypeVar("E", bound=StrEnum)

ENVELOPE_COLUMNS: Final = (
    "owner_reference",
    "purpose",
    "legal_basis",
    "status",
    "label",
    "allow",
    "deny",
    "expires",
)
"""Columns that every collection has beside its own (`Collection.columns`)."""
CONTENT: Final = "content"

_LISTS: Final = ("allow", "deny")
_COLUMN_OF_FIELD: Final = {
    "expires_at": "expires",
    "restrictions.allow": "allow",
    "restrictions.deny": "deny",
}


def columns(collection: Collection) -> tuple[str, ...]:
    """Return all columns of a table of `collection`, in the order that a template shows."""
    return ENVELOPE_COLUMNS + collection.columns


def split_row(
    collection: Collection, row: Mapping[str | None, str | list[str] | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the envelope's fields and the normal content of one row of `csv.DictReader`.

    Raises `InputError`, `field` = the column: input.unknown_field, input.bad_csv for more cells
    than columns, and what the collection's check raises.
    """
    if None in row:
        raise InputError(ErrorCode.INPUT_BAD_CSV, remedy="This line has more cells than the first line.")
    cells = {str(column): str(cell or "") for column, cell in row.items()}
    envelope: dict[str, Any] = {c: cells.pop(c) for c in ENVELOPE_COLUMNS if c in cells}
    for column in _LISTS:
        envelope[column] = split_list(envelope.get(column, "").replace(",", ";").replace(" ", ";"))
    return envelope, collection.from_csv_row(cells)


def split_object(collection: Collection, line: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the envelope's fields and the normal content of one object of JSON Lines.

    Raises `InputError`: input.wrong_type, input.unknown_field, input.missing_field (`content`), and what
    the collection's check raises, there `field` = `content.<path>`.
    """
    if not isinstance(line, Mapping):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, remedy="Each line is one JSON object.")
    unknown = [key for key in line if key != CONTENT and key not in ENVELOPE_COLUMNS]
    if unknown:
        raise InputError(ErrorCode.INPUT_UNKNOWN_FIELD, field=_safe_name(unknown[0]))
    if line.get(CONTENT) is None:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field=CONTENT)
    if not isinstance(line[CONTENT], Mapping):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=CONTENT)
    envelope = {key: value for key, value in line.items() if key != CONTENT and value is not None}
    return envelope, collection.normalise(line[CONTENT])


def build_body(  # noqa: PLR0913 - each names one part of the record
    collection: Collection,
    envelope: Mapping[str, Any],
    content: Mapping[str, Any],
    *,
    record_id: RecordId,
    version: int,
    owner: BureauId,
    owner_country: str,
    at: datetime,
) -> RecordBody:
    """Return a record that holds every rule at the instant `at`.

    A blank `label` is the lowest; a blank `expires` is the collection's ceiling. Raises `InputError` with
    `field` = the column for the envelope and `content.<path>` for the content.
    """
    body = RecordBody(
        record_id=record_id,
        version=version,
        collection=collection.name,
        owner=owner,
        owner_reference=_text(envelope, "owner_reference"),
        purpose=_purpose(envelope),
        legal_basis=_text(envelope, "legal_basis"),
        status=_choice(envelope, "status", PersonStatus),
        label=_choice(envelope, "label", HandlingLabel) or HandlingLabel.OFFICIAL,
        restrictions=Restrictions(allow=_countries(envelope, "allow"), deny=_countries(envelope, "deny")),
        expires_at=to_wire(_expiry(envelope, latest_expiry(collection.name, at))),
        content=collection.normalise(content),
    )
    try:
        check_record(body, owner_country, at)
    except InputError as error:
        field = error.field and _COLUMN_OF_FIELD.get(error.field, error.field)
        raise InputError(error.code, field=field, remedy=error.remedy) from None
    return body


def _safe_name(key: Any) -> str | None:
    return key if isinstance(key, str) and key.isidentifier() and len(key) <= 60 else None  # noqa: PLR2004 - no column is called longer


def _optional_text(envelope: Mapping[str, Any], column: str) -> str | None:
    value = envelope.get(column)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=column)
    return clean_text(value, column)


def _text(envelope: Mapping[str, Any], column: str) -> str:
    text = _optional_text(envelope, column)
    if text is None:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field=column)
    return text


def _choice(envelope: Mapping[str, Any], column: str, choices: type[E]) -> E | None:
    text = _optional_text(envelope, column)
    if text is None:
        return None
    try:
        return choices(text.lower())
    except ValueError:
        remedy = f"Use one of: {', '.join(choices)}."
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field=column, remedy=remedy) from None


def _purpose(envelope: Mapping[str, Any]) -> Purpose:
    purpose = _choice(envelope, "purpose", Purpose)
    if purpose is None:
        remedy = f"State why it is recorded: {', '.join(Purpose)}."
        raise InputError(ErrorCode.PURPOSE_MISSING, field="purpose", remedy=remedy)
    return purpose


def _countries(envelope: Mapping[str, Any], column: str) -> list[str]:
    value = envelope.get(column)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=column)
    return [issuer_key(code) for code in value]


def _expiry(envelope: Mapping[str, Any], default: datetime) -> datetime:
    """Return the stated expiry: a day means its first instant in UTC, an instant needs its offset."""
    text = _optional_text(envelope, "expires")
    if text is None:
        return default
    try:
        instant = datetime.fromisoformat(text)
        if len(text) == len("YYYY-MM-DD"):
            return instant.replace(tzinfo=UTC)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    remedy = "Use YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ."
    raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field="expires", remedy=remedy)
