"""Machine API of records: the same use cases as the pages, for registers that enter by the thousand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Meta

from comity.collections import ALL
from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, CollectionName, HandlingLabel, PersonStatus, Purpose
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import RecordId
from comity.office.access import Caller, require
from comity.office.machine import operation
from comity.office.openapi import content_reference
from comity.office.records import examples, services
from comity.office.records.models import Record, WithdrawalReceipt
from comity.office.records.upload import OnError
from comity.protocol.feed import SignedCopyReceipt
from comity.protocol.records import MAX_BATCH_RECORDS, RecordBody
from comity.rules.decisions import Subject
from comity.rules.record import MAX_LEGAL_BASIS, MAX_OWNER_REFERENCE
from comity.rules.restrictions import MAX_COUNTRIES

MAX_LIST: Final = 200
"""Records on one page of the list."""
MAX_BATCH_BYTES: Final = 32 * 1024 * 1024
"""A thousand records of 32 KiB; with longer ones send fewer."""
_COUNTRY: Final = r"^[A-Z]{1,3}$"
_ID_OR_EMPTY: Final = r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"

Text = Annotated[str, Meta(min_length=1, max_length=MAX_LEGAL_BASIS)]
Reference = Annotated[str, Meta(min_length=1, max_length=MAX_OWNER_REFERENCE)]
Content = Annotated[
    dict[str, Any],
    Meta(extra_json_schema={"anyOf": [content_reference(collection) for collection in ALL.values()]}),
]
State = Literal["pending", "in_force", "refused", "withdrawing", "withdrawn"]
"""The values of `records.models.RecordState`."""
Countries = Annotated[list[Annotated[str, Meta(pattern=_COUNTRY)]], Meta(max_length=MAX_COUNTRIES)]


class DraftFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an owner says of a record. The collection's own fields stand in `content`."""

    owner_reference: Reference
    purpose: Purpose
    legal_basis: Text
    status: PersonStatus | None = None
    """Required for persons, absent for things."""
    label: HandlingLabel = HandlingLabel.OFFICIAL
    allow: Countries = []
    """Only these countries see it. At most one of `allow` and `deny` is filled."""
    deny: Countries = []
    """All but these countries see it."""
    expires: Annotated[str, Meta(max_length=40)] | None = None
    """Day (YYYY-MM-DD) or instant of deletion; left out, the collection's ceiling."""
    content: Content


class NewRecord(DraftFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/v1/records."""

    collection: CollectionName


class ChangedRecord(DraftFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PUT /api/v1/records/{record_id}: the whole record as it is to be from now on."""

    base_version: Annotated[int, Meta(ge=1, le=1_000_000)]
    """The version that was read before; refused when it is no longer the newest."""


class NewBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/v1/records/batch."""

    collection: CollectionName
    on_error: OnError = OnError.ALL_OR_NOTHING
    records: Annotated[list[DraftFields], Meta(min_length=1, max_length=MAX_BATCH_RECORDS)]


class WithdrawRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /api/v1/records/{record_id}/withdraw."""

    reason: Annotated[str, Meta(min_length=1, max_length=services.MAX_REASON)]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GET /api/v1/records."""

    after: Annotated[str, Meta(pattern=_ID_OR_EMPTY)] = ""
    """`record_id` of the last record of the page before."""
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 50
    state: State | None = None
    collection: CollectionName | None = None


class RecordAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A record as its owner sees it."""

    record_id: str
    collection: CollectionName
    version: int
    accepted_version: int
    """Newest version that the secretariat has accepted; 0 before the first."""
    state: State
    created_at: str
    changed_at: str
    expires_at: str
    refused_code: str | None
    refused_field: str | None
    copies_confirmed: bool
    """After a withdrawal: every copy has confirmed that it is gone."""
    body: RecordBody | None
    """None once it is withdrawn."""


class RecordList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of own records, oldest first."""

    records: list[RecordAnswer]
    next_after: str | None
    """Give it as `after` for the next page; None on the last."""


class BatchProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why one record of a batch was not entered."""

    line: int
    """Its place in `records`, counted from 1."""
    code: str
    field: str | None
    remedy: str


class BatchRefusedError(InputError):
    """No record of a batch was entered; the answer lists why, beside the first reason as its code."""

    def __init__(self, problems: list[BatchProblem]) -> None:
        first = problems[0]
        place = f"records[{first.line - 1}]" + (f".{first.field}" if first.field else "")
        super().__init__(ErrorCode(first.code), field=place, remedy=first.remedy)
        self.problems = problems

    def public(self) -> dict[str, Any]:
        """Return the error with all problems."""
        return {**super().public(), "problems": msgspec.to_builtins(self.problems)}


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch."""

    accepted: int
    record_ids: list[str]
    problems: list[BatchProblem]


class CopyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one copy says of a withdrawal (I7)."""

    copy: str
    confirmed_at: str | None
    receipt: SignedCopyReceipt | None
    """The copy's own dual signature over what it has removed."""


class ReceiptsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who has confirmed and who has not."""

    record_id: str
    state: State
    complete: bool
    copies: list[CopyAnswer]


@dataclass(frozen=True, slots=True)
class _Line:
    line: int
    envelope: dict[str, Any]
    content: dict[str, Any]


@operation(Action.RECORD_LIST, "GET", summary="List own records.", query=ListQuery, answer=RecordList)
def list_records(caller: Caller, at: datetime, query: ListQuery) -> RecordList:  # noqa: ARG001 - scoped to the caller
    """Return one page of own records."""
    rows = Record.objects.order_by("record_id")
    if query.after:
        rows = rows.filter(record_id__gt=query.after)
    if query.state is not None:
        rows = rows.filter(state=query.state)
    if query.collection is not None:
        rows = rows.filter(collection=query.collection.value)
    found = list(rows[: query.limit + 1])
    page = found[: query.limit]
    more = len(found) > len(page)
    return RecordList(records=[_answer(row) for row in page], next_after=page[-1].record_id if more else None)


@operation(
    Action.RECORD_SUBMIT,
    "POST",
    summary="Enter a record.",
    body=NewRecord,
    answer=RecordAnswer,
    status=201,
    examples=examples.NEW_RECORDS,
)
def submit_record(caller: Caller, at: datetime, body: NewRecord) -> RecordAnswer:
    """Enter one record."""
    envelope, content = _split(body)
    return _answer(services.submit_record(caller, body.collection, envelope, content, at))


@operation(
    Action.RECORD_SUBMIT,
    "POST",
    summary="Enter many records of one collection.",
    body=NewBatch,
    answer=BatchAnswer,
    max_bytes=MAX_BATCH_BYTES,
    examples=examples.NEW_BATCHES,
)
def submit_batch(caller: Caller, at: datetime, body: NewBatch) -> BatchAnswer:
    """Enter up to a thousand records; raises `BatchRefusedError` when none could be entered."""
    lines = [_Line(number, *_split(fields)) for number, fields in enumerate(body.records, start=1)]
    report = services.submit_many(caller, body.collection, lines, body.on_error, at)
    problems = [
        BatchProblem(line=one.line, code=one.code, field=one.field, remedy=one.remedy)
        for one in report.problems
    ]
    if problems and not report.accepted:
        raise BatchRefusedError(problems)
    return BatchAnswer(accepted=report.accepted, record_ids=list(report.record_ids), problems=problems)


@operation(Action.RECORD_VIEW, "GET", summary="Read an own record.", answer=RecordAnswer)
def read_record(caller: Caller, at: datetime, record_id: UUID) -> RecordAnswer:
    """Return one record."""
    return _answer(_seen(caller, at, record_id))


@operation(
    Action.RECORD_CHANGE,
    "PUT",
    summary="Replace an own record by its next version.",
    body=ChangedRecord,
    answer=RecordAnswer,
    errors=(409,),
    examples=examples.CHANGES,
)
def change_record(caller: Caller, at: datetime, record_id: UUID, body: ChangedRecord) -> RecordAnswer:
    """Change one record."""
    envelope, content = _split(body)
    key = RecordId(str(record_id))
    return _answer(services.change_record(caller, key, body.base_version, envelope, content, at))


@operation(
    Action.RECORD_WITHDRAW,
    "POST",
    summary="Withdraw an own record everywhere.",
    body=WithdrawRequest,
    answer=RecordAnswer,
    errors=(409,),
    examples=examples.WITHDRAWALS,
)
def withdraw_record(caller: Caller, at: datetime, record_id: UUID, body: WithdrawRequest) -> RecordAnswer:
    """Withdraw one record."""
    return _answer(services.withdraw_record(caller, RecordId(str(record_id)), body.reason, at))


@operation(
    Action.RECORD_VIEW, "GET", summary="See which copies confirmed a withdrawal.", answer=ReceiptsAnswer
)
def read_receipts(caller: Caller, at: datetime, record_id: UUID) -> ReceiptsAnswer:
    """Return what every copy says."""
    row = _seen(caller, at, record_id)
    copies = [_copy(one) for one in row.withdrawal_receipts.order_by("copy")]
    return ReceiptsAnswer(
        record_id=row.record_id,
        state=cast("State", row.state),
        complete=row.copies_confirmed,
        copies=copies,
    )


def _seen(caller: Caller, at: datetime, record_id: UUID) -> Record:
    row = services.find_record(RecordId(str(record_id)))
    subject = Subject(owner=caller.bureau, collection=CollectionName(row.collection))
    require(caller, Action.RECORD_VIEW, subject, at, about=f"record:{row.record_id}")
    return row


def _split(fields: DraftFields) -> tuple[dict[str, Any], dict[str, Any]]:
    envelope: dict[str, Any] = {
        "owner_reference": fields.owner_reference,
        "purpose": fields.purpose.value,
        "legal_basis": fields.legal_basis,
        "status": fields.status.value if fields.status else None,
        "label": fields.label.value,
        "allow": fields.allow,
        "deny": fields.deny,
        "expires": fields.expires,
    }
    return envelope, fields.content


def _answer(row: Record) -> RecordAnswer:
    return RecordAnswer(
        record_id=row.record_id,
        collection=CollectionName(row.collection),
        version=row.version,
        accepted_version=row.accepted_version,
        state=cast("State", row.state),
        created_at=to_wire(row.created_at),
        changed_at=to_wire(row.changed_at),
        expires_at=to_wire(row.expires_at),
        refused_code=row.refused_code or None,
        refused_field=row.refused_field or None,
        copies_confirmed=row.copies_confirmed,
        body=services.body_of(row),
    )


def _copy(row: WithdrawalReceipt) -> CopyAnswer:
    signed = msgspec.json.decode(row.receipt, type=SignedCopyReceipt) if row.receipt else None
    return CopyAnswer(
        copy=row.copy,
        confirmed_at=None if row.confirmed_at is None else to_wire(row.confirmed_at),
        receipt=signed,
    )
