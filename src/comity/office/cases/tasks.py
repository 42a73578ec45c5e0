"""Use cases of tasks: what is to be done in a case, until when, by whom, and who did it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, InputError, NotFoundError
from comity.kernel.ids import new_id
from comity.office.access import Caller
from comity.office.cases import linking, reading, steps
from comity.office.cases.limits import MAX_TASK
from comity.office.cases.models import Case, CaseItem, ItemKind, StepKind
from comity.office.messages.limits import check_line

CHANGEABLE: Final = ("text", "due_at", "assignee", "done")


def add_task(  # noqa: PLR0913 - the parts of a task
    caller: Caller,
    case_id: UUID | str,
    text: str,
    at: datetime,
    *,
    due_at: datetime | None = None,
    assignee: str = "",
) -> CaseItem:
    """Add a task to a case.

    Raises `NotFoundError` (case.not_found, access.not_found), `InputError` (input.missing_field,
    input.too_long, input.not_a_choice at assignee), `ConflictError` (case.closed, case.merged), `LimitError`.
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    _check(text, assignee)
    with transaction.atomic():
        (case,) = steps.locked(case)
        linking.check_room(case)
        return put(case, caller, text.strip(), due_at, assignee, at)


def put(  # noqa: PLR0913, PLR0917 - the parts of a task
    case: Case, caller: Caller, text: str, due_at: datetime | None, assignee: str, at: datetime
) -> CaseItem:
    """Add a task to a locked case."""
    item = CaseItem.objects.create(
        item_id=new_id(at),
        bureau=case.bureau,
        case=case,
        kind=ItemKind.TASK,
        text=text,
        happened_at=at,
        learnt_at=at,
        by=caller.officer,
        due_at=due_at,
        assignee=assignee,
    )
    steps.name_person(case, assignee, at)
    steps.write(case, StepKind.TASK_ADDED, caller.officer, at, item=item.item_id)
    return item


def change_task(  # noqa: PLR0913, PLR0917 - which task, as it was when, and what is to be
    caller: Caller,
    case_id: UUID | str,
    item_id: UUID | str,
    version: int,
    changes: Mapping[str, Any],
    at: datetime,
) -> CaseItem:
    """Change `text`, `due_at`, `assignee` or `done` of a task as it was in `version`.

    Raises `CaseChangedError` (case.changed) with what differs, and what `add_task` raises.
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    wanted = {name: changes[name] for name in CHANGEABLE if name in changes}
    _check(str(wanted.get("text", "text")), str(wanted.get("assignee", "")))
    with transaction.atomic():
        (case,) = steps.locked(case)
        item = steps.locked_item(case, str(item_id))
        if item.kind != ItemKind.TASK or item.removed_at is not None:
            raise NotFoundError(ErrorCode.CASE_NOT_FOUND, field="item_id")
        now = {name: _value(item, name) for name in CHANGEABLE}
        if item.version != version:
            raise steps.CaseChangedError({name: steps.wire(now[name]) for name in CHANGEABLE})
        changed = {name: value for name, value in wanted.items() if value != now[name]}
        if not changed:
            return item
        _apply(item, changed, caller, at)
        steps.name_person(case, item.assignee, at)
        fields = {name: [steps.wire(now[name]), steps.wire(value)] for name, value in changed.items()}
        detail = {"fields": fields}
        steps.write(case, StepKind.TASK_CHANGED, caller.officer, at, item=item.item_id, detail=detail)
    return item


def overdue(at: datetime) -> "QuerySet[CaseItem]":
    """Return the tasks that nobody has done in time, of cases that go on."""
    return open_tasks().filter(due_at__lte=at)


def open_tasks() -> "QuerySet[CaseItem]":
    """Return the tasks that are to be done, of cases that go on."""
    found = CaseItem.objects.filter(kind=ItemKind.TASK, done_at=None, removed_at=None)
    return found.exclude(case__state="closed")


def _check(text: str, assignee: str) -> None:
    if not text.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="text")
    check_line(text, "text", MAX_TASK)
    check_assignee(assignee)


def check_assignee(assignee: str) -> None:
    """Raise `InputError` (case.assignee) unless a person of the desk is named, or nobody."""
    if assignee and assignee not in {each.id for each in reading.colleagues()}:
        raise InputError(ErrorCode.CASE_ASSIGNEE, field="assignee")


def _value(item: CaseItem, name: str) -> Any:
    return item.done_at is not None if name == "done" else getattr(item, name)


def _apply(item: CaseItem, changed: Mapping[str, Any], caller: Caller, at: datetime) -> None:
    for name, value in changed.items():
        if name == "done":
            item.done_at, item.done_by = (at, caller.officer) if value else (None, "")
        else:
            setattr(item, name, value)
    item.version += 1
    item.save(update_fields=["text", "due_at", "assignee", "done_at", "done_by", "version"])
