"""What the secretariat's verdict does to the owner's records."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from comity.collections import get as collection_of
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode
from comity.kernel.ids import OfficerId, RecordId
from comity.node.directory import instant
from comity.office import runtime
from comity.office.records import erasure, outgoing
from comity.office.records.building import MAX_TITLE, withdrawal
from comity.office.records.models import OutgoingSubmission, Record, RecordState, RecordVersion
from comity.office.supervision.journal import record_event
from comity.protocol.records import (
    RecordBody,
    RecordChange,
    RecordOperation,
    SubmissionVerdict,
)


def settle(row: OutgoingSubmission, verdict: SubmissionVerdict, at: datetime) -> None:
    """File the verdict and bring the records of the submission to where it leaves them.

    One transaction; the submission's own copy of the content is erased with it.
    """
    submission = outgoing.contents(row)
    with transaction.atomic():
        if verdict.accepted and verdict.first_sequence is not None:
            _accept(submission.changes, verdict.first_sequence, at)
        else:
            for change in submission.changes:
                record = Record.objects.select_for_update().get(record_id=change.record_id)
                _refuse(record, change, verdict, at)
        row.state = "accepted" if verdict.accepted else "refused"
        row.verdict = msgspec.json.encode(verdict).decode("utf-8")
        row.signed = ""
        row.last_error = ""
        row.save()
        _journal(verdict, len(submission.changes), at)


def _accept(changes: Sequence[RecordChange], first_sequence: int, at: datetime) -> None:
    """Bring the records where an accepted submission leaves them, in a few statements for a thousand."""
    withdrawn: dict[RecordId, int] = {}
    put: dict[int, list[RecordId]] = {}
    for sequence, change in enumerate(changes, start=first_sequence):
        if change.operation is RecordOperation.WITHDRAW:
            withdrawn[change.record_id] = sequence
        else:
            put.setdefault(change.version, []).append(change.record_id)
    for version, ids in put.items():
        rows = Record.objects.filter(record_id__in=ids)
        rows.filter(version=version, state=RecordState.PENDING).update(state=RecordState.IN_FORCE)
        rows.filter(accepted_version__lt=version).update(accepted_version=version, changed_at=at)
    gone = list(Record.objects.select_for_update().filter(record_id__in=list(withdrawn)))
    for record in gone:
        record.withdrawn_sequence = withdrawn[RecordId(record.record_id)]
        record.accepted_version = record.version
        record.changed_at = at
    erasure.erase_records(gone)


def _refuse(record: Record, change: RecordChange, verdict: SubmissionVerdict, at: datetime) -> None:
    record.changed_at = at
    record.refused_code = verdict.code or ""
    record.refused_field = (verdict.field or "") if verdict.record_id == change.record_id else ""
    if change.operation is RecordOperation.WITHDRAW:
        _refuse_withdrawal(record, change, at)
    elif record.state == RecordState.WITHDRAWING:
        record.save()  # the queued withdrawal decides
    elif record.accepted_version == 0:
        record.state = RecordState.REFUSED
        record.save()
    elif record.version >= change.version:
        _fall_back(record, change.version)


def _refuse_withdrawal(record: Record, change: RecordChange, at: datetime) -> None:
    gone = record.refused_code in {ErrorCode.RECORD_NOT_FOUND, ErrorCode.RECORD_WITHDRAWN}
    if record.accepted_version == 0 or gone:
        record.copies_confirmed = record.accepted_version == 0
        record.save()
        erasure.erase_records([record])
        return
    # The change before it was refused, so the withdrawal came one number too late: it must go through.
    reason = change.reason
    RecordVersion.objects.filter(record=record, version__gt=record.accepted_version + 1).delete()
    RecordVersion.objects.filter(record=record, version=record.accepted_version + 1).update(
        operation=RecordOperation.WITHDRAW.value, reason=reason, body=None
    )
    record.version = record.accepted_version + 1
    record.save()
    outgoing.queue([withdrawal(record, reason)], at)


def _fall_back(record: Record, version: int) -> None:
    """Show again what is in force: the refused version and those built on it never were."""
    RecordVersion.objects.filter(record=record, version__gte=version).delete()
    before = RecordVersion.objects.filter(record=record, body__isnull=False).latest("version")
    body = msgspec.json.decode(before.body or "", type=RecordBody)
    record.version = before.version
    record.body = before.body
    record.title = collection_of(CollectionName(record.collection)).title(body.content)[:MAX_TITLE]
    record.owner_reference = body.owner_reference
    record.expires_at = instant(body.expires_at)
    record.state = RecordState.IN_FORCE if before.version == record.accepted_version else RecordState.PENDING
    record.save()


def _journal(verdict: SubmissionVerdict, changes: int, at: datetime) -> None:
    home = runtime.home()
    record_event(
        bureau=home.bureau,
        node=home.node,
        officer=OfficerId(""),
        action="submission:verdict",
        subject=f"submission:{verdict.submission_id}",
        allowed=verdict.accepted,
        code=verdict.code or "",
        at=at,
        body={"changes": changes},
    )
