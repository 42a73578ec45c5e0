"""Use case: open a case, empty or about something, by itself or after a template."""

from datetime import datetime, timedelta

from django.db import transaction

from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.cases import linking, steps, tasks
from comity.office.cases.limits import MAX_SUMMARY, MAX_TITLE
from comity.office.cases.linking import Target
from comity.office.cases.models import Case, CaseNumber, CaseState, StepKind
from comity.office.cases.templates import Template, template_named
from comity.office.messages.limits import check_line
from comity.protocol.forms import text_in
from comity.rules.decisions import Subject


def open_case(  # noqa: PLR0913 - the parts of a case
    caller: Caller,
    title: str,
    at: datetime,
    *,
    summary: str = "",
    label: HandlingLabel | None = None,
    due_at: datetime | None = None,
    template: str = "",
    about: Target | None = None,
) -> Case:
    """Open a case in the caller's hands; with `about` that thing is linked to it at once.

    A template gives the label and the day when they are left out, and its tasks in the caller's language.
    Raises `InputError` (input.missing_field, input.too_long, input.bad_text; case.template for one that
    is not there), and what `linking.link` raises; then there is no case either.
    """
    access.require(caller, Action.CASE_OPEN, Subject(owner=caller.bureau), at)
    check_title(title)
    check_line(summary, "summary", MAX_SUMMARY)
    plan = template_named(template) if template else None
    given = label or HandlingLabel(plan.label if plan else HandlingLabel.OFFICIAL)
    thing = None if about is None else linking.look_up(caller, about, at)
    with transaction.atomic():
        case = Case.objects.create(
            case_id=new_id(at),
            bureau=caller.bureau,
            number=_next_number(caller.bureau, at),
            title=title.strip(),
            summary=summary.strip(),
            state=CaseState.OPEN,
            label=given,
            assignee=caller.officer,
            due_at=due_at or _due(plan, at),
            template=template,
            opened_at=at,
            opened_by=caller.officer,
            changed_at=at,
        )
        steps.name_person(case, caller.officer, at)
        steps.write(case, StepKind.OPENED, caller.officer, at, detail={"template": template})
        for task in plan.tasks if plan else ():
            due = at + timedelta(hours=task.due_hours) if task.due_hours else None
            tasks.put(case, caller, text_in(task.words, caller.language), due, "", at)
        if about is not None and thing is not None:
            linking.put(case, caller, about, thing, at)
    return case


def check_title(title: str) -> None:
    """Raise `InputError` for a title that is none."""
    if not title.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="title")
    check_line(title, "title", MAX_TITLE)


def _due(plan: Template | None, at: datetime) -> datetime | None:
    return at + timedelta(hours=plan.due_hours) if plan and plan.due_hours else None


def _next_number(bureau: BureauId, at: datetime) -> str:
    """Return the next number of the year; nobody else gets one before this transaction ends."""
    CaseNumber.objects.get_or_create(bureau=bureau, year=at.year)
    row = CaseNumber.objects.select_for_update().get(bureau=bureau, year=at.year)
    row.last += 1
    row.save(update_fields=["last"])
    return f"{bureau}-{row.year}-{row.last:06d}"
