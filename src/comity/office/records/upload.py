"""Many records at once: every line is checked first, then all or the good ones are entered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final, Protocol

from django.db import transaction

from comity.kernel.codes import Action, CollectionName
from comity.kernel.errors import ComityError, ErrorCode, LimitError
from comity.kernel.ids import RecordId
from comity.office.access import Caller, admit, journal_decision
from comity.office.records import outgoing
from comity.office.records.building import new_body, put, record_row, subject_of, version_row
from comity.office.records.models import Record, RecordVersion
from comity.protocol.records import MAX_BATCH_RECORDS, RecordBody, RecordOperation
from comity.rules.decisions import Context, decide

MAX_UPLOAD_ROWS: Final = 200_000
"""What a register changes in a day; more is split, so that one transaction stays within minutes."""


class OnError(StrEnum):
    """What to do when some lines are wrong."""

    ALL_OR_NOTHING = "all_or_nothing"
    SKIP_BAD = "skip_bad"


class Draft(Protocol):
    """One readable line, as `collections.rows` splits it."""

    @property
    def line(self) -> int:
        """Its number in the file, counted from 1."""

    @property
    def envelope(self) -> Mapping[str, Any]:
        """The envelope's fields."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The collection's own fields."""


class Unreadable(Protocol):
    """One line that could not be read."""

    @property
    def line(self) -> int:
        """Its number in the file, counted from 1."""

    @property
    def error(self) -> ComityError:
        """Why."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one line was not entered; never what it says (I11)."""

    line: int
    code: str
    field: str | None
    remedy: str


@dataclass(slots=True)
class UploadReport:
    """What became of an upload."""

    accepted: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    record_ids: list[RecordId] = field(default_factory=list)


def submit_many(  # noqa: PLR0913, PLR0917 - what an upload is made of
    caller: Caller,
    collection: CollectionName,
    drafts: Iterable[Draft | Unreadable],
    on_error: OnError,
    at: datetime,
    progress: Callable[[int], None] = lambda _lines: None,
) -> UploadReport:
    """Enter many records of one collection; `progress` is told the number of lines done so far.

    ALL_OR_NOTHING: one wrong line and nothing is entered; everything is one transaction. SKIP_BAD: the
    good lines are entered, a thousand at a time. Raises `LimitError` (limit.rows) and what `submit_record`
    raises for a caller who may not enter records at all; nothing is changed then.
    """
    admit(caller, Action.RECORD_SUBMIT, at)
    lines = _numbered(drafts)
    checked = _checked(caller, collection, lines, at, progress)
    if on_error is OnError.SKIP_BAD:
        return _skip_bad(caller, checked, at)
    everything = list(checked)
    problems = [item for item in everything if isinstance(item, RowProblem)]
    if problems:
        return UploadReport(problems=problems)
    report = UploadReport()
    with transaction.atomic():
        bodies = [item for item in everything if not isinstance(item, RowProblem)]
        for start in range(0, len(bodies), MAX_BATCH_RECORDS):
            _enter(caller, bodies[start : start + MAX_BATCH_RECORDS], report, at)
    return report


def _skip_bad(caller: Caller, checked: Iterator[RecordBody | RowProblem], at: datetime) -> UploadReport:
    report = UploadReport()
    while part := list(islice(checked, MAX_BATCH_RECORDS)):
        report.problems += [item for item in part if isinstance(item, RowProblem)]
        bodies = [item for item in part if not isinstance(item, RowProblem)]
        if bodies:
            with transaction.atomic():
                _enter(caller, bodies, report, at)
    return report


def _numbered(drafts: Iterable[Draft | Unreadable]) -> list[Draft | Unreadable]:
    found = list(islice(drafts, MAX_UPLOAD_ROWS + 1))
    if len(found) > MAX_UPLOAD_ROWS:
        raise LimitError(ErrorCode.LIMIT_ROWS)
    return found


def _checked(
    caller: Caller,
    collection: CollectionName,
    lines: Sequence[Draft | Unreadable],
    at: datetime,
    progress: Callable[[int], None],
) -> Iterator[RecordBody | RowProblem]:
    for number, item in enumerate(lines, start=1):
        error = getattr(item, "error", None)
        if isinstance(error, ComityError):
            yield _problem(item.line, error)
        else:
            yield _body_or_problem(caller, collection, item, at)  # type: ignore[arg-type]  # has no error
        progress(number)


def _body_or_problem(
    caller: Caller, collection: CollectionName, draft: Draft, at: datetime
) -> RecordBody | RowProblem:
    try:
        body = new_body(caller, collection, draft.envelope, draft.content, at)
        decide(
            caller.actor, Action.RECORD_SUBMIT, subject_of(body), Context(at=at, purpose=body.purpose)
        ).require()
    except ComityError as error:
        return _problem(draft.line, error)
    return body


def _problem(line: int, error: ComityError) -> RowProblem:
    return RowProblem(line=line, code=str(error.code), field=error.field, remedy=error.remedy)


def _enter(caller: Caller, bodies: Sequence[RecordBody], report: UploadReport, at: datetime) -> None:
    """Write one batch and queue it, in the caller's transaction; one journal entry stands for it."""
    rows = [record_row(body, at) for body in bodies]
    Record.objects.bulk_create(rows)
    RecordVersion.objects.bulk_create([version_row(row, RecordOperation.PUT, caller, at) for row in rows])
    (submission_id,) = outgoing.queue([put(body) for body in bodies], at)
    first = bodies[0]
    decision = decide(
        caller.actor, Action.RECORD_SUBMIT, subject_of(first), Context(at=at, purpose=first.purpose)
    )
    detail = {"records": len(bodies), "first": first.record_id, "last": bodies[-1].record_id}
    journal_decision(
        caller, Action.RECORD_SUBMIT, decision, at, about=f"submission:{submission_id}", detail=detail
    )
    report.accepted += len(bodies)
    report.record_ids += [body.record_id for body in bodies]
