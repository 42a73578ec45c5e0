"""What lists and other pages show of cases: lines, views, the number beside a thread or a hit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from comity.office.access import Caller
from comity.office.cases import reading
from comity.office.cases.models import Case, CaseItem, CaseState, ItemKind
from comity.office.pages.lists import View

PAGE_LENGTH: Final = 50
OFFERED: Final = 20
"""Cases offered for adding to: those that were touched last."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page about something else shows: the case it is in, or those to which it may be added."""

    kind: str
    target: str
    case: Case | None
    item: str
    offered: list[Case]


_WORDS: Final = {
    "": _("My cases"),
    "unassigned": _("Nobody's"),
    "open": _("All that go on"),
    "waiting": _("Waiting for others"),
    "overdue": _("Overdue"),
    "closed": _("Closed"),
}


def views(caller: Caller, at: datetime) -> list[View]:
    """Return the views with how many cases each has, in one question."""
    mine, open_ = Q(assignee=caller.officer), ~Q(state=CaseState.CLOSED)
    numbers = reading.readable(caller, _standing()).aggregate(
        mine=Count("pk", filter=mine & open_),
        unassigned=Count("pk", filter=Q(assignee="") & open_),
        open=Count("pk", filter=open_),
        waiting=Count("pk", filter=Q(state=CaseState.WAITING)),
        overdue=Count("pk", filter=_late(at) & open_),
    )
    numbers[""] = numbers["mine"]
    return [
        View(code, words, numbers.get(code), is_alarm=code == "overdue") for code, words in _WORDS.items()
    ]


def lines(caller: Caller, view: str, number: int, at: datetime) -> tuple[list[Any], bool]:
    """Return a page of the cases of a view with their tasks counted, and whether there are more."""
    todo = Q(items__kind=ItemKind.TASK, items__done_at=None, items__removed_at=None)
    found = reading.readable(caller, _in_view(caller, view, at)).annotate(
        todo=Count("items", filter=todo, distinct=True),
        next_due=Min("items__due_at", filter=todo),
    )
    rows = list(found[number * PAGE_LENGTH : (number + 1) * PAGE_LENGTH + 1])
    return rows[:PAGE_LENGTH], len(rows) > PAGE_LENGTH


def is_view(code: str) -> bool:
    """Tell whether there is such a view."""
    return code in _WORDS


def numbers_of(caller: Caller, kind: ItemKind, things: Collection[str]) -> dict[str, CaseItem]:
    """Return of each thread, message or hit the link by which it stands in a readable case."""
    found = CaseItem.objects.filter(kind=kind, target__in=list(things), removed_at=None)
    may = reading.readable(caller).filter(pk__in=found.values("case"))
    return {item.target: item for item in found.filter(case__in=may).select_related("case")}


def beside(caller: Caller, kind: ItemKind, target: str) -> Beside:
    """Return what to show on the page of a thread or a hit."""
    item = numbers_of(caller, kind, [target]).get(target)
    if item is not None:
        return Beside(str(kind), target, item.case, item.item_id, [])
    return Beside(str(kind), target, None, "", offered(caller))


def offered(caller: Caller) -> list[Case]:
    """Return the cases that go on, those that were touched last."""
    found = reading.readable(caller, _standing()).exclude(state=CaseState.CLOSED)
    return list(found.order_by("-changed_at")[:OFFERED])


def officers_in(*groups: Iterable[Any]) -> set[str]:
    """Return every account id that stands in rows of these groups."""
    names = ("by", "officer", "assignee", "done_by", "removed_by", "opened_by")
    return {str(getattr(row, name, "") or "") for group in groups for row in group for name in names}


def _standing() -> "QuerySet[Case]":
    return Case.objects.filter(merged_into=None)


def _late(at: datetime) -> Q:
    tasks = CaseItem.objects.filter(kind=ItemKind.TASK, done_at=None, removed_at=None, due_at__lte=at)
    return Q(due_at__lte=at) | Q(pk__in=tasks.values("case"))


def _in_view(caller: Caller, view: str, at: datetime) -> "QuerySet[Case]":
    rows = _standing()
    if view == "closed":
        return rows.filter(state=CaseState.CLOSED).order_by("-changed_at", "-id")
    rows = rows.exclude(state=CaseState.CLOSED)
    narrowed = {
        "": Q(assignee=caller.officer),
        "unassigned": Q(assignee=""),
        "open": Q(),
        "waiting": Q(state=CaseState.WAITING),
        "overdue": _late(at),
    }
    return rows.filter(narrowed[view]).order_by("-changed_at", "-id")
