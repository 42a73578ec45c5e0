"""What an owner does with its records: enter, change, withdraw. Each is one transaction, journaled.

Everything is checked here before it is queued, with the same rules that the secretariat asks again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from comity.kernel.codes import Action, CollectionName
from comity.kernel.errors import ConflictError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import RecordId
from comity.office.access import Caller, require
from comity.office.records import erasure, outgoing
from comity.office.records.building import (
    fill_row,
    new_body,
    next_body,
    put,
    record_row,
    subject_of,
    version_row,
    withdrawal,
)
from comity.office.records.models import Record, RecordState
from comity.office.records.upload import OnError, RowProblem, UploadReport, submit_many
from comity.protocol.records import RecordBody, RecordOperation
from comity.rules.decisions import Subject

__all__ = [
    "OnError",
    "RowProblem",
    "UploadReport",
    "body_of",
    "change_record",
    "find_record",
    "subject_of",
    "submit_many",
    "submit_record",
    "withdraw_record",
]

MAX_REASON: Final = 300
"""One sentence; a report belongs into a message."""


def submit_record(
    caller: Caller,
    collection: CollectionName,
    envelope: Mapping[str, Any],
    content: Mapping[str, Any],
    at: datetime,
) -> Record:
    """Enter a record: checked, stored, signed and queued for the secretariat in one transaction.

    `envelope` and `content` as `collections.rows` names them. Raises `InputError` naming the field,
    `AccessError` or `NotFoundError` when the caller may not; nothing is changed then.
    """
    body = new_body(caller, collection, envelope, content, at)
    require(
        caller, Action.RECORD_SUBMIT, subject_of(body), at, body.purpose, about=f"record:{body.record_id}"
    )
    with transaction.atomic():
        row = record_row(body, at)
        row.save(force_insert=True)
        version_row(row, RecordOperation.PUT, caller, at).save(force_insert=True)
        outgoing.queue([put(body)], at)
    return row


def change_record(  # noqa: PLR0913, PLR0917 - the parts of a change
    caller: Caller,
    record_id: RecordId,
    base_version: int,
    envelope: Mapping[str, Any],
    content: Mapping[str, Any],
    at: datetime,
) -> Record:
    """Replace a record by its next version; the expiry may be renewed with it.

    `base_version` is the version that the caller read: raises `ConflictError` (record.version_conflict)
    when it is no longer the newest, record.withdrawn, and what `submit_record` raises.
    """
    known = find_record(record_id)
    collection = CollectionName(known.collection)
    body = next_body(caller, collection, record_id, base_version + 1, envelope, content, at)
    require(caller, Action.RECORD_CHANGE, subject_of(body), at, body.purpose, about=f"record:{record_id}")
    with transaction.atomic():
        row = lock_record(record_id)
        _check_changeable(row, base_version)
        fill_row(row, body, at)
        row.state = RecordState.PENDING
        row.refused_code = row.refused_field = ""
        row.save()
        version_row(row, RecordOperation.PUT, caller, at).save(force_insert=True)
        outgoing.queue([put(body)], at)
    return row


def withdraw_record(caller: Caller, record_id: RecordId, reason: str, at: datetime) -> Record:
    """Withdraw a record everywhere. Its content goes when the secretariat has accepted; copies confirm then.

    Withdrawing twice changes nothing. Raises `InputError` (reason), `NotFoundError` (record.not_found).
    """
    check_reason(reason)
    known = find_record(record_id)
    subject = Subject(owner=caller.bureau, collection=CollectionName(known.collection))
    require(
        caller, Action.RECORD_WITHDRAW, subject, at, about=f"record:{record_id}", detail={"reason": reason}
    )
    with transaction.atomic():
        row = lock_record(record_id)
        if row.state in {RecordState.WITHDRAWING, RecordState.WITHDRAWN}:
            return row
        row.changed_at = at
        if row.state == RecordState.REFUSED:
            row.copies_confirmed = True  # it never left this node
            row.save()
            erasure.erase_records([row])
            return row
        row.version += 1
        row.state = RecordState.WITHDRAWING
        row.save()
        version_row(row, RecordOperation.WITHDRAW, caller, at, reason).save(force_insert=True)
        outgoing.queue([withdrawal(row, reason)], at)
    return row


def find_record(record_id: RecordId) -> Record:
    """Return an own record; raises `NotFoundError` (record.not_found)."""
    row = Record.objects.filter(record_id=record_id).first()
    if row is None:
        raise NotFoundError(ErrorCode.RECORD_NOT_FOUND)
    return row


def body_of(row: Record) -> RecordBody | None:
    """Return the newest body of a record, None once it is erased."""
    return None if row.body is None else msgspec.json.decode(row.body, type=RecordBody)


def lock_record(record_id: RecordId) -> Record:
    """Return an own record, locked until the transaction ends; raises as `find_record`."""
    row = Record.objects.select_for_update().filter(record_id=record_id).first()
    if row is None:
        raise NotFoundError(ErrorCode.RECORD_NOT_FOUND)
    return row


def check_reason(reason: str) -> None:
    """Raise `InputError` (reason) unless there is one, of at most 300 characters."""
    if not reason.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="reason")
    if len(reason) > MAX_REASON:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="reason")


def _check_changeable(row: Record, base_version: int) -> None:
    if row.state in {RecordState.WITHDRAWING, RecordState.WITHDRAWN}:
        raise ConflictError(ErrorCode.RECORD_WITHDRAWN)
    if row.state == RecordState.REFUSED or row.version != base_version:
        raise ConflictError(ErrorCode.RECORD_VERSION_CONFLICT, field="base_version")
