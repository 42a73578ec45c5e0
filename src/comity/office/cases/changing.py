"""Use case: change a case's own fields as somebody saw them; what changed since is shown, not overwritten."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.errors import ErrorCode, InputError
from comity.office.access import Caller
from comity.office.cases import reading, steps, tasks
from comity.office.cases.limits import MAX_OUTCOME_WORD, MAX_SUMMARY
from comity.office.cases.linking import parts_label
from comity.office.cases.models import Case, CaseOutcome, CaseState, StepKind
from comity.office.cases.opening import check_title
from comity.office.messages.limits import check_line
from comity.rules import labels

FIELDS: Final = ("title", "summary", "state", "outcome", "outcome_word", "label", "assignee", "due_at")
"""What can be changed; none of them is ever changed by anything else but the label, which links raise."""


def change_case(
    caller: Caller, case_id: UUID | str, version: int, changes: Mapping[str, Any], at: datetime
) -> Case:
    """Change fields of a case as it was in `version`; a closed one can be opened again.

    Raises `CaseChangedError` (case.changed) with the fields that differ, `NotFoundError` (case.not_found,
    access.not_found), `ConflictError` (case.merged; case.closed unless it is opened again), `InputError`
    (input.missing_field, input.too_long, input.not_a_choice; case.label below that of a part).
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    wanted = {name: changes[name] for name in FIELDS if name in changes}
    _check_texts(wanted)
    with transaction.atomic():
        (case,) = steps.locked(case, closed=True)
        if case.version != version:
            raise steps.CaseChangedError(differences(case, version))
        before = {name: getattr(case, name) for name in FIELDS}
        after = _settled({**before, **wanted})
        changed = {name: after[name] for name in FIELDS if after[name] != before[name]}
        _check_state(case, before, changed)
        if not changed:
            return case
        if "label" in changed and labels.is_above(parts_label(case), HandlingLabel(after["label"])):
            raise InputError(ErrorCode.CASE_LABEL, field="label")
        for name, value in changed.items():
            setattr(case, name, value)
        case.version += 1
        case.save(update_fields=[*changed, "version"])
        steps.name_person(case, case.assignee, at)
        if changed.get("label") == HandlingLabel.CONFIDENTIAL:
            steps.name_person(case, caller.officer, at)
        fields = {name: [steps.wire(before[name]), steps.wire(after[name])] for name in changed}
        steps.write(case, StepKind.CHANGED, caller.officer, at, detail={"fields": fields})
    return case


def differences(case: Case, version: int) -> dict[str, Any]:
    """Return the fields that were changed after `version`, as they are now."""
    names: set[str] = set()
    for detail in case.steps.filter(version__gt=version).values_list("detail", flat=True):
        names |= set((detail or {}).get("fields", ()))
        names |= {"label"} if "label" in (detail or {}) else set()
    return {name: steps.wire(getattr(case, name)) for name in FIELDS if name in names}


def _check_texts(wanted: Mapping[str, Any]) -> None:
    if "title" in wanted:
        check_title(wanted["title"])
    check_line(wanted.get("summary", ""), "summary", MAX_SUMMARY)
    check_line(wanted.get("outcome_word", ""), "outcome_word", MAX_OUTCOME_WORD)
    tasks.check_assignee(wanted.get("assignee", ""))
    for name, choices in (("state", CaseState), ("outcome", CaseOutcome), ("label", HandlingLabel)):
        if wanted.get(name) and wanted[name] not in set(map(str, choices)):
            raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field=name)


def _settled(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as they belong together: only what is closed has an outcome."""
    if values["state"] != CaseState.CLOSED:
        return {**values, "outcome": "", "outcome_word": ""}
    if not values["outcome"]:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="outcome")
    return values


def _check_state(case: Case, before: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """A closed case is changed only by opening it again."""
    if before["state"] == CaseState.CLOSED and changed and "state" not in changed:
        steps.check_open(case)
