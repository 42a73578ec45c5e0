"""Use case: undo one step of a link, a detaching, a move or a merge. Everything is where it was before."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.office import access
from comity.office.access import Caller
from comity.office.cases import reading, steps
from comity.office.cases.merging import unmerge
from comity.office.cases.models import Case, CaseItem, CaseStep, StepKind

UNDOABLE: Final = frozenset({StepKind.LINKED, StepKind.DETACHED, StepKind.MOVED, StepKind.MERGED})


def undo(caller: Caller, case_id: UUID | str, step_id: UUID | str, at: datetime) -> CaseStep:
    """Undo a step of a case; what somebody did with the same thing since stays, and then it is refused.

    Raises `NotFoundError` (case.not_found, access.not_found), `ConflictError` (case.step, case.linked,
    case.closed, case.merged).
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    step = CaseStep.objects.filter(case=case, step_id=str(step_id)).select_related("other").first()
    if step is None:
        raise NotFoundError(ErrorCode.CASE_NOT_FOUND, field="step_id")
    if step.kind not in UNDOABLE:
        raise ConflictError(ErrorCode.CASE_STEP)
    other = step.other
    if other is not None:
        action = Action.CASE_MERGE if step.kind == StepKind.MERGED else Action.CASE_CHANGE
        access.require(caller, action, reading.subject_of(other), at, about=f"case:{other.case_id}")
    with transaction.atomic():
        case, other = _locked(case, other, StepKind(step.kind))
        if CaseStep.objects.filter(undoes=step).exists():
            raise ConflictError(ErrorCode.CASE_STEP)
        _BACK[StepKind(step.kind)](case, other, step, at)
        return steps.write(
            case, StepKind.UNDONE, caller.officer, at, item=step.item, other=other, undoes=step,
            detail={"kind": step.kind},
        )  # fmt: skip


def _locked(case: Case, other: Case | None, kind: StepKind) -> tuple[Case, Case | None]:
    """Return both cases locked; all must be open but the one that was merged."""
    if other is None:
        return steps.locked(case)[0], None
    case, other = steps.locked_as_they_are(case, other)
    steps.check_open(case)
    if kind is not StepKind.MERGED:
        steps.check_open(other)
    return case, other


def _take_out(case: Case, _other: Case | None, step: CaseStep, at: datetime) -> None:
    item = steps.locked_item(case, step.item)
    if item.removed_at is not None or item.arrived != step.step_id:
        raise ConflictError(ErrorCode.CASE_STEP)
    item.removed_at, item.removed_by = at, step.by
    item.save(update_fields=["removed_at", "removed_by"])


def _put_back(case: Case, _other: Case | None, step: CaseStep, _at: datetime) -> None:
    item = steps.locked_item(case, step.item)
    if item.removed_at != step.at:
        raise ConflictError(ErrorCode.CASE_STEP)
    if item.target and _stands_elsewhere(item):
        raise ConflictError(ErrorCode.CASE_LINKED)
    item.removed_at, item.removed_by = None, ""
    item.save(update_fields=["removed_at", "removed_by"])


def _move_back(case: Case, other: Case | None, step: CaseStep, _at: datetime) -> None:
    item = CaseItem.objects.select_for_update().filter(item_id=step.item).first()
    if item is None or other is None or item.case_id != other.pk or item.arrived != step.step_id:
        raise ConflictError(ErrorCode.CASE_STEP)
    item.case, item.arrived = case, (step.detail or {}).get("before", "")
    _go_on_back(item)
    item.save(update_fields=["case", "arrived"])


def _go_on_back(item: CaseItem) -> None:
    """Let an item that a merge had brought go on to where it came from, if that merge was undone since."""
    while item.arrived:
        merge = CaseStep.objects.filter(step_id=item.arrived, kind=StepKind.MERGED).first()
        if merge is None or merge.other is None or not CaseStep.objects.filter(undoes=merge).exists():
            return
        item.case = merge.other
        item.arrived = dict((merge.detail or {}).get("items", ())).get(item.item_id, "")


def _unmerge(case: Case, other: Case | None, step: CaseStep, _at: datetime) -> None:
    if other is None:
        raise ConflictError(ErrorCode.CASE_STEP)
    unmerge(case, other, step)


def _stands_elsewhere(item: CaseItem) -> bool:
    return CaseItem.objects.filter(kind=item.kind, target=item.target, removed_at=None).exists()


_BACK: Final[Mapping[StepKind, Callable[..., Any]]] = {
    StepKind.LINKED: _take_out,
    StepKind.DETACHED: _put_back,
    StepKind.MOVED: _move_back,
    StepKind.MERGED: _unmerge,
}
