"""Use cases of notes and findings. A note is never changed: whoever was wrong writes another one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import new_id
from comity.office.access import Caller
from comity.office.cases import linking, reading, steps
from comity.office.cases.limits import MAX_NOTE
from comity.office.cases.linking import Target
from comity.office.cases.models import CaseItem, ItemKind, StepKind
from comity.office.messages.limits import check_line


def add_note(  # noqa: PLR0913 - the parts of a note
    caller: Caller,
    case_id: UUID | str,
    text: str,
    at: datetime,
    *,
    happened_at: datetime | None = None,
    finding: bool = False,
) -> CaseItem:
    """Write a note into a case; `happened_at` is when that happened of which it tells, at most now.

    Raises `NotFoundError` (case.not_found, access.not_found), `InputError` (input.missing_field,
    input.too_long, input.impossible_date), `ConflictError` (case.closed, case.merged), `LimitError`.
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    if not text.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="text")
    check_line(text, "text", MAX_NOTE)
    if happened_at is not None and happened_at > at:
        raise InputError(
            ErrorCode.INPUT_IMPOSSIBLE_DATE, field="happened_at", remedy="It lies ahead; make a task of it."
        )
    with transaction.atomic():
        (case,) = steps.locked(case)
        linking.check_room(case)
        item = CaseItem.objects.create(
            item_id=new_id(at),
            bureau=case.bureau,
            case=case,
            kind=ItemKind.NOTE,
            text=text.strip(),
            happened_at=happened_at or at,
            learnt_at=at,
            by=caller.officer,
            finding=finding,
        )
        steps.write(case, StepKind.NOTED, caller.officer, at, item=item.item_id)
    return item


def mark(
    caller: Caller, case_id: UUID | str, item_id: UUID | str, at: datetime, *, finding: bool
) -> CaseItem:
    """Mark something in a case as a finding, or no longer; the summary is made of findings.

    Raises `NotFoundError` (case.not_found, access.not_found), `ConflictError` (case.closed, case.merged).
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    with transaction.atomic():
        (case,) = steps.locked(case)
        item = steps.locked_item(case, str(item_id))
        if item.finding != finding:
            item.finding = finding
            item.save(update_fields=["finding"])
            detail = {"finding": finding, "kind": item.kind}
            steps.write(case, StepKind.MARKED, caller.officer, at, item=item.item_id, detail=detail)
    return item


def mark_message(caller: Caller, case_id: UUID | str, message_id: str, at: datetime) -> CaseItem:
    """Mark a message of a linked thread as a finding: it is linked by itself, too. Raises as `link`."""
    item = linking.link(caller, case_id, Target(ItemKind.MESSAGE, message_id), at)
    return mark(caller, case_id, item.item_id, at, finding=True)
