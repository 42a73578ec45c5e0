"""What every change of a case does: lock it, see that it is open, write the step down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from comity.kernel.clock import to_wire
from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.kernel.ids import OfficerId, new_id
from comity.office.cases.models import Case, CaseItem, CasePerson, CaseState, CaseStep, StepKind


class CaseChangedError(ConflictError):
    """Somebody else changed the same thing: what it was when the caller saw it, and what it is now."""

    def __init__(self, differs: Mapping[str, Any]) -> None:
        super().__init__(ErrorCode.CASE_CHANGED)
        self.differs = dict(differs)

    def public(self) -> dict[str, Any]:
        """Return the error with the fields that differ, as they are now."""
        return {**super().public(), "differs": self.differs}


def locked(*cases: Case, closed: bool = False) -> list[Case]:
    """Return cases with their rows locked, in one order for everybody; inside a transaction.

    Raises `ConflictError`: case.merged, and case.closed unless `closed` ones will do.
    """
    found = locked_as_they_are(*cases)
    for case in found:
        check_open(case, closed=closed)
    return found


def locked_as_they_are(*cases: Case) -> list[Case]:
    """Return cases with their rows locked, merged and closed ones too."""
    ids = [case.pk for case in cases]
    rows = {row.pk: row for row in Case.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    return [rows[pk] for pk in ids]


def check_open(case: Case, *, closed: bool = False) -> None:
    """Raise `ConflictError` for a case that was merged, or is closed."""
    if case.merged_into_id is not None:
        raise ConflictError(ErrorCode.CASE_MERGED)
    if case.state == CaseState.CLOSED and not closed:
        raise ConflictError(ErrorCode.CASE_CLOSED)


def locked_item(case: Case, item_id: str) -> CaseItem:
    """Return an item that is in a locked case; raises `NotFoundError` (case.not_found)."""
    found = CaseItem.objects.select_for_update().filter(case=case, item_id=item_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.CASE_NOT_FOUND, field="item_id")
    return found


def write(  # noqa: PLR0913 - the columns of a step
    case: Case,
    kind: StepKind,
    by: OfficerId,
    at: datetime,
    *,
    item: str = "",
    other: Case | None = None,
    undoes: CaseStep | None = None,
    detail: Mapping[str, Any] | None = None,
) -> CaseStep:
    """Write a step of a locked case down; both cases have changed at `at`."""
    for changed in (case, other):
        if changed is not None:
            changed.changed_at = at
            changed.save(update_fields=["changed_at"])
    return CaseStep.objects.create(
        step_id=new_id(at),
        bureau=case.bureau,
        case=case,
        other=other,
        kind=kind,
        at=at,
        by=by,
        version=case.version,
        item=item,
        undoes=undoes,
        detail=dict(detail) if detail else None,
    )


def name_person(case: Case, officer: str, at: datetime, merged_by: str = "") -> None:
    """Let somebody have to do with a case; once is enough."""
    if officer:
        CasePerson.objects.get_or_create(
            case=case,
            officer=officer,
            defaults={"bureau": case.bureau, "since": at, "merged_by": merged_by},
        )


def wire(value: Any) -> Any:
    """Return a value of a field as JSON holds it."""
    return to_wire(value) if isinstance(value, datetime) else value
