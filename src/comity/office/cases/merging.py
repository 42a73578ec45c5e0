"""Use case: merge one case into another, by a step that says of every row where it was before."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.errors import ConflictError, ErrorCode, LimitError
from comity.office import access
from comity.office.access import Caller
from comity.office.cases import reading, steps
from comity.office.cases.limits import MAX_ITEMS
from comity.office.cases.linking import parts_label
from comity.office.cases.models import Case, CaseItem, CasePerson, CaseStep, StepKind
from comity.rules import labels


def merge(caller: Caller, case_id: UUID | str, number: str, at: datetime) -> CaseStep:
    """Merge the case numbered `number` into this one: its links, notes, tasks and entities move here.

    The other case keeps its own fields and history and leads here from now on. This one takes the
    stricter label of both, and who has to do with either may read it. `undoing.undo` puts all of it back.
    Raises `NotFoundError` (case.not_found, access.not_found), `ConflictError` (case.linked for a case with
    itself, case.closed, case.merged), `LimitError` (case.full).
    """
    case = reading.own_case(caller, case_id, Action.CASE_MERGE, at)
    other = reading.case_numbered(caller, number)
    access.require(caller, Action.CASE_MERGE, reading.subject_of(other), at, about=f"case:{other.case_id}")
    if other.pk == case.pk:
        raise ConflictError(ErrorCode.CASE_LINKED, field="number")
    with transaction.atomic():
        case, other = steps.locked(case, other)
        items = list(CaseItem.objects.select_for_update().filter(case=other).order_by("pk"))
        if case.items.count() + len(items) > MAX_ITEMS:
            raise LimitError(ErrorCode.CASE_FULL)
        detail = {
            "items": [[item.item_id, item.arrived] for item in items],
            **_stricter_label(case, other),
        }
        step = steps.write(case, StepKind.MERGED, caller.officer, at, other=other, detail=detail)
        CaseItem.objects.filter(pk__in=[item.pk for item in items]).update(case=case, arrived=step.step_id)
        for officer in CasePerson.objects.filter(case=other).values_list("officer", flat=True):
            steps.name_person(case, officer, at, merged_by=step.step_id)
        other.merged_into = case
        other.save(update_fields=["merged_into"])
        return step


def unmerge(case: Case, other: Case, step: CaseStep) -> None:
    """Put everything back that a merge brought and that is still here by it; both cases are locked.

    What was moved on to a third case since stays there: somebody decided so. Raises `ConflictError`
    (case.step) when `other` was merged otherwise since.
    """
    if other.merged_into_id != case.pk:
        raise ConflictError(ErrorCode.CASE_STEP)
    detail = step.detail or {}
    before = dict(detail.get("items", ()))
    here = CaseItem.objects.select_for_update().filter(case=case, arrived=step.step_id)
    back = list(here.order_by("pk"))
    for item in back:
        item.case, item.arrived = other, before[item.item_id]
    CaseItem.objects.bulk_update(back, ["case", "arrived"])
    CasePerson.objects.filter(case=case, merged_by=step.step_id).delete()
    other.merged_into = None
    other.save(update_fields=["merged_into"])
    _former_label(case, detail.get("label"))


def _stricter_label(case: Case, other: Case) -> dict[str, list[str]]:
    before, theirs = HandlingLabel(case.label), HandlingLabel(other.label)
    if not labels.is_above(theirs, before):
        return {}
    case.label, case.version = theirs, case.version + 1
    case.save(update_fields=["label", "version"])
    return {"label": [str(before), str(theirs)]}


def _former_label(case: Case, change: "list[str] | None") -> None:
    """Lower the label to what it was, unless something else in the case asks for the present one."""
    if not change or case.label != change[1]:
        return
    former = labels.highest([HandlingLabel(change[0]), parts_label(case)])
    if former != HandlingLabel(case.label):
        case.label, case.version = former, case.version + 1
        case.save(update_fields=["label", "version"])
