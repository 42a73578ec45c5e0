"""Own records from the command line; called where the office is open and the bureau's scope is entered."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from comity.cli.callers import caller_named
from comity.cli.files import BadRow, Row, read_records
from comity.collections.importers.results import Draft
from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, CollectionName
from comity.kernel.errors import ErrorCode, InputError, NotFoundError
from comity.kernel.ids import BureauId, RecordId

ALL_OR_NOTHING: Final = "all-or-nothing"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why one line was not entered."""

    line: int
    code: str
    field: str | None
    remedy: str


class SubmitReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    accepted: int
    problems: list[Problem]
    record_ids: list[str]


class EnteredDrafts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an imported list."""

    report: SubmitReport
    already_there: int

    def counts(self) -> dict[str, int]:
        """Return the numbers for the import's report."""
        return {
            "entered": self.report.accepted,
            "already_there": self.already_there,
            "refused": len(self.report.problems),
        }


class RecordLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `records list`."""

    record_id: str
    collection: str
    version: int
    state: str
    owner_reference: str
    title: str
    expires_at: str
    refused_code: str


class CopyReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """One copy's answer to a withdrawal, None while it is awaited."""

    copy: str
    confirmed_at: str | None
    receipt: dict[str, Any] | None
    """The signed receipt, as `comity verify receipt` takes it."""


def submit_rows(  # noqa: PLR0913, PLR0917 - what an upload is made of
    username: str,
    collection: CollectionName,
    rows: Iterable[Row | BadRow],
    on_error: str,
    at: datetime,
    note: Callable[[int], None],
) -> SubmitReport:
    """Enter the lines of a file in the name of an account; bad lines are reported, not raised."""
    from comity.office.records.upload import OnError, submit_many

    policy = OnError.ALL_OR_NOTHING if on_error == ALL_OR_NOTHING else OnError.SKIP_BAD
    found = submit_many(caller_named(username), collection, rows, policy, at, note)
    return SubmitReport(
        accepted=found.accepted,
        problems=[Problem(line=p.line, code=p.code, field=p.field, remedy=p.remedy) for p in found.problems],
        record_ids=list(found.record_ids),
    )


def enter_drafts(
    username: str, drafts: list[Draft], at: datetime, note: Callable[[int], None]
) -> EnteredDrafts:
    """Enter what an import read; what the bureau has in force under the same reference stays as it is."""
    known = _references_in_force()
    new = [draft for draft in drafts if (draft.collection, draft.owner_reference) not in known]
    report = SubmitReport(accepted=0, problems=[], record_ids=[])
    for collection in CollectionName:
        rows = [Row(d.line, d.envelope, d.content) for d in new if d.collection is collection]
        if rows:
            done = submit_rows(username, collection, rows, "skip-bad", at, note)
            report = SubmitReport(
                accepted=report.accepted + done.accepted,
                problems=report.problems + done.problems,
                record_ids=report.record_ids + done.record_ids,
            )
    return EnteredDrafts(report=report, already_there=len(drafts) - len(new))


def _references_in_force() -> set[tuple[CollectionName, str]]:
    from comity.office.records.models import Record, RecordState

    present = Record.objects.filter(state__in=[RecordState.PENDING, RecordState.IN_FORCE])
    return {
        (CollectionName(collection), reference)
        for collection, reference in present.values_list("collection", "owner_reference")
    }


def change_record(
    username: str, record_id: RecordId, base_version: int, file: Path, at: datetime
) -> RecordLine:
    """Replace a record by the one that a file holds; raises what reading and the service raise."""
    from comity.office.records.services import change_record as change
    from comity.office.records.services import find_record

    rows = list(read_records(file, CollectionName(find_record(record_id).collection)))
    if len(rows) != 1:
        raise InputError(ErrorCode.LIMIT_ROWS, field=file.name, remedy="The file holds exactly one record.")
    (row,) = rows
    if isinstance(row, BadRow):
        raise row.error
    return _line(change(caller_named(username), record_id, base_version, row.envelope, row.content, at))


def withdraw_record(username: str, record_id: RecordId, reason: str, at: datetime) -> RecordLine:
    """Withdraw a record everywhere."""
    from comity.office.records.services import withdraw_record as withdraw

    return _line(withdraw(caller_named(username), record_id, reason, at))


def list_records(
    username: str, collection: str | None, state: str | None, limit: int, at: datetime
) -> list[RecordLine]:
    """Return the newest records of the bureau."""
    from comity.office.access import require
    from comity.office.records.models import Record
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.RECORD_LIST, Subject(owner=caller.bureau), at)
    found = Record.objects.order_by("-changed_at")
    if collection:
        found = found.filter(collection=collection)
    if state:
        found = found.filter(state=state)
    return [_line(row) for row in found[:limit]]


def show_record(username: str, record_id: RecordId, at: datetime) -> dict[str, Any]:
    """Return a record with its state, and `record`: the object that `submit` and `change` take."""
    row = _viewed(username, record_id, at)
    if row.body is None:
        raise NotFoundError(ErrorCode.RECORD_WITHDRAWN)
    body = msgspec.json.decode(row.body)
    told = {name: body[name] for name in ("owner_reference", "purpose", "legal_basis", "label")}
    told |= {"expires": body["expires_at"], "content": body["content"], **body["restrictions"]}
    if body.get("status"):
        told["status"] = body["status"]
    return {**msgspec.to_builtins(_line(row)), "record": told}


def receipts_of(username: str, record_id: RecordId, at: datetime) -> list[CopyReceiptLine]:
    """Return what every copy has said about the withdrawal of a record."""
    row = _viewed(username, record_id, at)
    return [
        CopyReceiptLine(
            copy=receipt.copy,
            confirmed_at=None if receipt.confirmed_at is None else to_wire(receipt.confirmed_at),
            receipt=msgspec.json.decode(receipt.receipt) if receipt.receipt else None,
        )
        for receipt in row.withdrawal_receipts.order_by("copy")
    ]


def _viewed(username: str, record_id: RecordId, at: datetime) -> Any:
    from comity.office.access import require
    from comity.office.records.services import find_record
    from comity.rules.decisions import Subject

    caller, row = caller_named(username), find_record(record_id)
    subject = Subject(owner=BureauId(row.bureau), collection=CollectionName(row.collection))
    require(caller, Action.RECORD_VIEW, subject, at, about=f"record:{record_id}")
    return row


def _line(row: Any) -> RecordLine:
    return RecordLine(
        record_id=row.record_id,
        collection=row.collection,
        version=row.version,
        state=row.state,
        owner_reference=row.owner_reference,
        title=row.title,
        expires_at=to_wire(row.expires_at),
        refused_code=row.refused_code,
    )
