"""A record's parts: its checked body, its rows, and the changes that travel to the secretariat."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from comity.collections import get as collection_of
from comity.collections.rows import build_body
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import RecordId, new_id
from comity.node.directory import instant
from comity.office.access import Caller
from comity.office.records.models import Record, RecordState, RecordVersion
from comity.protocol.records import MAX_RECORD_BYTES, RecordBody, RecordChange, RecordOperation
from comity.rules.decisions import Subject

MAX_TITLE: Final = 200
"""As long as the column that lists show."""


def new_body(
    caller: Caller,
    collection: CollectionName,
    envelope: Mapping[str, Any],
    content: Mapping[str, Any],
    at: datetime,
) -> RecordBody:
    """Return the first version of a record that holds every rule; raises `InputError`."""
    return next_body(caller, collection, RecordId(new_id(at)), 1, envelope, content, at)


def next_body(  # noqa: PLR0913, PLR0917 - the parts of a version
    caller: Caller,
    collection: CollectionName,
    record_id: RecordId,
    version: int,
    envelope: Mapping[str, Any],
    content: Mapping[str, Any],
    at: datetime,
) -> RecordBody:
    """Return the given version of a record of the caller's bureau; raises `InputError` naming the field."""
    body = build_body(
        collection_of(collection),
        envelope,
        content,
        record_id=record_id,
        version=version,
        owner=caller.bureau,
        owner_country=caller.actor.country,
        at=at,
    )
    if len(canonical_bytes(body)) > MAX_RECORD_BYTES:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="content")
    return body


def subject_of(body: RecordBody) -> Subject:
    """Return the record as `rules.decide` is asked about it."""
    return Subject(owner=body.owner, label=body.label, collection=body.collection)


def put(body: RecordBody) -> RecordChange:
    """Return the change that puts `body`."""
    return RecordChange(
        operation=RecordOperation.PUT, record_id=body.record_id, version=body.version, body=body
    )


def withdrawal(row: Record, reason: str) -> RecordChange:
    """Return the change that withdraws a record at its present version."""
    return RecordChange(
        operation=RecordOperation.WITHDRAW,
        record_id=RecordId(row.record_id),
        version=row.version,
        reason=reason,
    )


def record_row(body: RecordBody, at: datetime) -> Record:
    """Return the row of a new record, not saved."""
    row = Record(record_id=body.record_id, bureau=body.owner, state=RecordState.PENDING, created_at=at)
    fill_row(row, body, at)
    return row


def fill_row(row: Record, body: RecordBody, at: datetime) -> None:
    """Make `row` show `body`."""
    row.collection = body.collection.value
    row.version = body.version
    row.owner_reference = body.owner_reference
    row.title = collection_of(body.collection).title(body.content)[:MAX_TITLE]
    row.body = canonical_bytes(body).decode("utf-8")
    row.expires_at = instant(body.expires_at)
    row.changed_at = at


def version_row(
    row: Record, operation: RecordOperation, caller: Caller, at: datetime, reason: str = ""
) -> RecordVersion:
    """Return the history's row of the record's present version, not saved."""
    return RecordVersion(
        record=row,
        bureau=row.bureau,
        version=row.version,
        operation=operation.value,
        reason=reason,
        officer=caller.officer,
        at=at,
        body=row.body if operation is RecordOperation.PUT else None,
    )
