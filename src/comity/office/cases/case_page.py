"""What the page of one case shows; every action on it comes back here when it is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from comity.kernel.errors import ComityError
from comity.node.directory import instant
from comity.office.access import Caller
from comity.office.cases import linking, reading, showing, timeline
from comity.office.cases.entities import EntityKind, SeenIn, seen_before, view_of
from comity.office.cases.linking import Target
from comity.office.cases.models import Case, CaseItem, CaseState, ItemKind
from comity.office.cases.page_forms import NoteForm, TaskForm
from comity.office.cases.timeline import Clock, Entry, EntryKind
from comity.office.cases.words import FIELDS, OUTCOMES, STATES
from comity.office.hits.models import Hit
from comity.office.messages.models import Message, Thread
from comity.office.pages.answers import title_of
from comity.office.pages.facts import Fact, facts_of
from comity.office.pages.lists import page_asked
from comity.office.pages.problems import Problem, problem_of, problems_of
from comity.office.pages.words import LABELS, word

READINGS_SHOWN: Final = 50
"""The last who looked; the journal has them all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed, in words."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Link:
    """One thread, message or hit on the list of links."""

    item: CaseItem
    title: str


@dataclass(frozen=True, slots=True)
class EntityShown:
    """One person, vehicle or document with what is known of it and where it was seen before."""

    item: CaseItem
    kind: str
    facts: list[Fact]
    seen: SeenIn


def show(  # noqa: PLR0913 - what of the page differs
    request: HttpRequest,
    caller: Caller,
    case: Case,
    at: datetime,
    *,
    note: NoteForm | None = None,
    task: TaskForm | None = None,
    problems: Iterable[Problem] = (),
    status: int = 200,
) -> HttpResponse:
    """Show a case, with forms as they were sent when something was wrong with them."""
    items = list(CaseItem.objects.filter(case=case, removed_at=None).order_by("id"))
    kinds = frozenset(EntryKind(kind) for kind in request.GET.getlist("kind") if kind in set(EntryKind))
    clock = Clock.HAPPENED if request.GET.get("clock") == Clock.HAPPENED else Clock.LEARNT
    number = page_asked(request)
    found = timeline.page(case, items, kinds, clock, number)
    readings = list(case.readings.order_by("-at", "-id")[:READINGS_SHOWN])
    steps = [entry.step for entry in found.entries if entry.step]
    tasks = sorted((item for item in items if item.kind == ItemKind.TASK), key=_urgency)
    names = reading.names_of(showing.officers_in([case], items, readings, steps) | _named_in(found.entries))
    for entry in found.entries:
        entry.shown = changes_shown(entry.changes, names)
    context = {
        "case": case,
        "now": at,
        "names": names,
        "entries": found.entries,
        "tasks": tasks,
        "links": _links(items),
        "entities": _entities(caller, case, items),
        "entity_kinds": list(EntityKind),
        "findings": _findings(items),
        "readings": readings,
        "merged": list(case.merged.order_by("number")),
        "is_open": case.state != CaseState.CLOSED and case.merged_into_id is None,
        "is_mine": case.assignee == caller.officer,
        "kinds": list(EntryKind),
        "chosen_kinds": kinds,
        "clock": clock,
        "note": note or NoteForm(),
        "task": task or TaskForm(auto_id="task_%s"),
        "offered": showing.offered(caller),
        "problems": [*problems, *problems_of(note or NoteForm()), *problems_of(task or TaskForm())],
        **_pager(kinds, clock, number, older=found.older),
    }
    return render(request, "cases/case.html", context, status=status)


def refused(  # noqa: PLR0913, PLR0917 - who sees what, and why
    request: HttpRequest, caller: Caller, case: Case, error: ComityError, at: datetime, status: int
) -> HttpResponse:
    """Show a case again with why something about it was refused."""
    case.refresh_from_db()
    return show(request, caller, case, at, problems=[problem_of(error)], status=status)


def title_for(caller: Caller, about: Target | None, at: datetime) -> str:
    """Return what a new case about something may be called; raises `NotFoundError` for what is not there."""
    if about is None:
        return ""
    linking.look_up(caller, about, at)
    if about.kind is ItemKind.HIT:
        return title_of(Hit.objects.get(hit_id=about.target).view)
    if about.kind is ItemKind.THREAD:
        return Thread.objects.get(thread_id=about.target).subject
    return Message.objects.get(message_id=about.target).subject


def changes_shown(
    changes: Iterable[tuple[str, Any, Any]], names: dict[str, str] | None = None
) -> list[Change]:
    """Return changes of fields in the reader's words."""
    found = list(changes)
    if names is None:
        names = reading.names_of({str(v or "") for field, *v in found if field == "assignee" for v in v})
    return [
        Change(field, word(FIELDS, field), _value(field, before, names), _value(field, after, names))
        for field, before, after in found
    ]


def _value(field: str, value: Any, names: dict[str, str]) -> Any:
    if not value:
        return ""
    if field == "assignee":
        return names.get(str(value), value)
    if field == "due_at":
        return instant(str(value))
    words = {"state": STATES, "outcome": OUTCOMES, "label": LABELS}.get(field)
    return word(words, value) if words else value


def _named_in(entries: Iterable[Entry]) -> set[str]:
    values = [
        value for entry in entries for field, *both in entry.changes if field == "assignee" for value in both
    ]
    return {str(value) for value in values if value}


def _urgency(task: CaseItem) -> tuple[bool, bool, Any]:
    """What is to be done first, by its day; what has none after that; what is done last."""
    return task.done_at is not None, task.due_at is None, task.due_at or task.learnt_at


def _entities(caller: Caller, case: Case, items: list[CaseItem]) -> list[EntityShown]:
    where = seen_before(caller, case, items)
    return [
        EntityShown(item, item.fields.get("kind", ""), facts_of(view_of(item)), where[item.item_id])
        for item in items
        if item.kind == ItemKind.ENTITY
    ]


def _links(items: list[CaseItem]) -> list[Link]:
    threads = dict(
        Thread.objects.filter(thread_id__in=timeline.targets(items, ItemKind.THREAD)).values_list(
            "thread_id", "subject"
        )
    )
    hits = dict(
        Hit.objects.filter(hit_id__in=timeline.targets(items, ItemKind.HIT)).values_list("hit_id", "view")
    )
    titles = {**threads, **{hit_id: title_of(view) for hit_id, view in hits.items()}}
    return [Link(item, titles[item.target]) for item in items if item.target in titles]


def _findings(items: list[CaseItem]) -> list[Link]:
    """Return what the summary is made of, in the order in which it happened."""
    marked = sorted((item for item in items if item.finding), key=lambda item: item.happened_at)
    messages = dict(
        Message.objects.filter(message_id__in=timeline.targets(marked, ItemKind.MESSAGE)).values_list(
            "message_id", "subject"
        )
    )
    titles = {link.item.item_id: link.title for link in _links(marked)}
    return [
        Link(item, item.text or messages.get(item.target) or titles.get(item.item_id, "")) for item in marked
    ]


def _pager(kinds: Iterable[EntryKind], clock: Clock, number: int, *, older: bool) -> dict[str, str]:
    chosen = "".join(f"&kind={kind}" for kind in sorted(kinds)) + f"&clock={clock}"
    return {
        "newer": f"?page={number - 1}{chosen}#timeline" if number else "",
        "older": f"?page={number + 1}{chosen}#timeline" if older else "",
    }
