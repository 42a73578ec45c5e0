"""Which cases a caller may read, and noting that somebody has."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from comity.kernel.codes import Action, HandlingLabel, Role
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, OfficerId
from comity.office import access
from comity.office.access import Caller
from comity.office.cases.limits import SAME_READING
from comity.office.cases.models import Case, CasePerson, CaseReading
from comity.office.people.models import Account
from comity.rules.decisions import Context, Subject, decide


def subject_of(case: Case) -> Subject:
    """Return what `rules.decide` is told about a case."""
    label = HandlingLabel(case.label)
    named: Collection[str] = ()
    if label is HandlingLabel.CONFIDENTIAL:
        named = CasePerson.objects.filter(case=case).values_list("officer", flat=True)
    return Subject(owner=BureauId(case.bureau), label=label, people=frozenset(map(OfficerId, named)))


def readable(caller: Caller, cases: "QuerySet[Case] | None" = None) -> "QuerySet[Case]":
    """Return those of `cases` that the caller may read: `rules.decide` for CASE_VIEW, as a query."""
    found = Case.objects.all() if cases is None else cases
    if Role.APPROVER in caller.actor.roles:
        return found
    named = CasePerson.objects.filter(case=OuterRef("pk"), officer=caller.officer)
    return found.filter(~Q(label=HandlingLabel.CONFIDENTIAL) | Exists(named))


def own_case(caller: Caller, case_id: UUID | str, action: Action, at: datetime) -> Case:
    """Return a case that the caller may do `action` to, journaled.

    Raises `NotFoundError` (case.not_found, access.not_found).
    """
    case = Case.objects.filter(case_id=str(case_id)).select_related("merged_into").first()
    if case is None:
        raise NotFoundError(ErrorCode.CASE_NOT_FOUND)
    access.require(caller, action, subject_of(case), at, about=f"case:{case.case_id}")
    return case


def case_numbered(caller: Caller, number: str, field: str = "number") -> Case:
    """Return a readable case by its number, as people type it; raises `NotFoundError` (case.not_found)."""
    found = Case.objects.filter(number=written(number)).first()
    if found is None or not may_view(caller, found):
        raise NotFoundError(ErrorCode.CASE_NOT_FOUND, field=field)
    return found


def may_view(caller: Caller, case: Case) -> bool:
    """Tell whether the caller may read a case, without a word in the journal."""
    at = case.changed_at
    return decide(caller.actor, Action.CASE_VIEW, subject_of(case), Context(at=at)).allowed


def written(number: str) -> str:
    """Return a number in its one form: `si 2026 123` is `SI-2026-000123`."""
    parts = number.strip().upper().replace("-", " ").replace("/", " ").split()
    if parts and parts[-1].isascii() and parts[-1].isdigit():
        parts[-1] = parts[-1].zfill(6)
    return "-".join(parts)[:20]


def note_reading(caller: Caller, case: Case, at: datetime) -> None:
    """Write down that the caller has seen a case; again within a minute is the same reading."""
    last = CaseReading.objects.filter(case=case, officer=caller.officer, at__gt=at - SAME_READING)
    if not last.exists():
        CaseReading.objects.create(bureau=case.bureau, case=case, officer=caller.officer, at=at)


def colleagues() -> list[Account]:
    """Return who can be given a case or a task: people of the desk itself, by name."""
    found = Account.objects.filter(is_active=True, unit="").order_by("display_name")
    return [each for each in found if each.role_set() & {Role.OPERATOR, Role.APPROVER}]


def names_of(officers: Collection[str]) -> dict[str, str]:
    """Return the names of accounts by their id."""
    ids = {officer for officer in officers if officer}
    return dict(Account.objects.filter(id__in=ids).values_list("id", "display_name")) if ids else {}
