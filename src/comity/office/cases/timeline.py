"""One timeline of a case with two clocks: when something happened, and when this bureau learnt of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Q

from comity.office.cases.models import Case, CaseItem, CaseStep, ItemKind, StepKind
from comity.office.cases.undoing import UNDOABLE
from comity.office.hits.models import Hit
from comity.office.messages.letters import form_name
from comity.office.messages.models import Message, Thread
from comity.office.pages.answers import title_of

LENGTH: Final = 50
"""Entries on one page: three screens."""


class EntryKind(StrEnum):
    """By what the timeline is filtered."""

    MESSAGE = "message"
    HIT = "hit"
    NOTE = "note"
    TASK = "task"
    LINK = "link"
    STATE = "state"


class Clock(StrEnum):
    """By which of its two instants an entry has its place."""

    LEARNT = "learnt"
    HAPPENED = "happened"


KINDS_OF_STEPS: Final[Mapping[StepKind, EntryKind]] = {
    StepKind.OPENED: EntryKind.STATE,
    StepKind.CHANGED: EntryKind.STATE,
    StepKind.LINKED: EntryKind.LINK,
    StepKind.DETACHED: EntryKind.LINK,
    StepKind.MOVED: EntryKind.LINK,
    StepKind.MERGED: EntryKind.LINK,
    StepKind.UNDONE: EntryKind.LINK,
    StepKind.MARKED: EntryKind.LINK,
    StepKind.ENTITY_ADDED: EntryKind.LINK,
    StepKind.TASK_ADDED: EntryKind.TASK,
    StepKind.TASK_CHANGED: EntryKind.TASK,
}
"""A note is its own entry; the step that wrote it is not shown beside it."""


@dataclass(slots=True)
class Entry:
    """One line of the timeline."""

    kind: EntryKind
    happened_at: datetime
    learnt_at: datetime
    by: str = ""
    """Account id of who did it."""
    bureau: str = ""
    """Or the bureau that wrote it."""
    what: str = ""
    """Code of the step's words."""
    title: str = ""
    text: str = ""
    message: Message | None = None
    hit: Hit | None = None
    item: CaseItem | None = None
    step: CaseStep | None = None
    undoable: bool = False
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    """Field, before, after, as stored."""
    shown: list[Any] = field(default_factory=list)
    """The same in the reader's words."""

    @property
    def order(self) -> tuple[datetime, datetime]:
        """Where it stands by the clock of learning."""
        return self.learnt_at, self.happened_at


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the timeline, the newest first."""

    entries: Sequence[Entry]
    older: bool


def page(
    case: Case, items: Sequence[CaseItem], kinds: frozenset[EntryKind], clock: Clock, number: int
) -> Page:
    """Return one page of a case's timeline; `items` are those that are in it, an empty `kinds` means all."""
    wanted = kinds or frozenset(EntryKind)
    most = (number + 1) * LENGTH + 1
    found: list[Entry] = []
    if EntryKind.MESSAGE in wanted:
        found += _messages(items, clock, most)
    if EntryKind.HIT in wanted:
        found += _hits(items)
    if EntryKind.NOTE in wanted:
        found += [_note(item) for item in items if item.kind == ItemKind.NOTE]
    found += _steps(case, wanted, most)
    key = (lambda entry: (entry.happened_at, entry.learnt_at)) if clock is Clock.HAPPENED else _learnt
    found.sort(key=key, reverse=True)
    begin = number * LENGTH
    return Page(found[begin : begin + LENGTH], older=len(found) > begin + LENGTH)


def _learnt(entry: Entry) -> tuple[datetime, datetime]:
    return entry.order


def targets(items: Iterable[CaseItem], kind: ItemKind) -> list[str]:
    """Return the ids of what is linked of one kind."""
    return [item.target for item in items if item.kind == kind]


def _messages(items: Sequence[CaseItem], clock: Clock, most: int) -> list[Entry]:
    threads, messages = targets(items, ItemKind.THREAD), targets(items, ItemKind.MESSAGE)
    if not threads and not messages:
        return []
    by_itself = {item.target: item for item in items if item.kind == ItemKind.MESSAGE}
    order = "-created_at" if clock is Clock.HAPPENED else "-stored_at"
    found = Message.objects.filter(Q(thread__thread_id__in=threads) | Q(message_id__in=messages))
    return [
        Entry(
            EntryKind.MESSAGE,
            message.created_at,
            message.stored_at,
            bureau=message.sender,
            title=message.subject or form_name(message.form, message.form_definition),
            text=message.text,
            message=message,
            item=by_itself.get(message.message_id),
        )
        for message in found.select_related("thread").order_by(order, "-id")[:most]
    ]


def _hits(items: Sequence[CaseItem]) -> list[Entry]:
    linked = {item.target: item for item in items if item.kind == ItemKind.HIT}
    found = Hit.objects.filter(hit_id__in=list(linked)) if linked else []
    return [
        Entry(
            EntryKind.HIT,
            hit.searched_at,
            hit.opened_at,
            bureau=hit.searcher,
            title=title_of(hit.view),
            hit=hit,
            item=linked[hit.hit_id],
        )
        for hit in found
    ]


def _note(item: CaseItem) -> Entry:
    return Entry(EntryKind.NOTE, item.happened_at, item.learnt_at, by=item.by, text=item.text, item=item)


def _steps(case: Case, wanted: frozenset[EntryKind], most: int) -> list[Entry]:
    kinds = [str(kind) for kind, of in KINDS_OF_STEPS.items() if of in wanted]
    if not kinds:
        return []
    here = Q(case=case) | Q(other=case) | Q(case__merged_into=case)
    rows = CaseStep.objects.filter(here, kind__in=kinds).select_related("case", "other", "undone")
    found = list(rows.order_by("-at", "-id")[:most])
    titles = _titles([step.item for step in found if step.item])
    return [_step(case, step, titles.get(step.item, "")) for step in found]


def _step(case: Case, step: CaseStep, title: str) -> Entry:
    detail = step.detail or {}
    fields = detail.get("fields", {})
    return Entry(
        KINDS_OF_STEPS[StepKind(step.kind)],
        step.at,
        step.at,
        by=step.by,
        what=_what(step, fields, detail),
        title=title,
        step=step,
        undoable=step.kind in UNDOABLE and step.case_id == case.pk and not hasattr(step, "undone"),
        changes=[(name, before, after) for name, (before, after) in fields.items() if name != "done"],
    )


def _titles(item_ids: list[str]) -> dict[str, str]:
    """Return what names items as it stands now: what was recalled or withdrawn since is quoted nowhere."""
    items = list(CaseItem.objects.filter(item_id__in=item_ids))
    threads = dict(
        Thread.objects.filter(thread_id__in=targets(items, ItemKind.THREAD)).values_list(
            "thread_id", "subject"
        )
    )
    messages = dict(
        Message.objects.filter(message_id__in=targets(items, ItemKind.MESSAGE)).values_list(
            "message_id", "subject"
        )
    )
    hits = dict(Hit.objects.filter(hit_id__in=targets(items, ItemKind.HIT)).values_list("hit_id", "view"))
    named = {**threads, **messages, **{hit: title_of(view) for hit, view in hits.items()}}
    return {item.item_id: item.text[:200] or named.get(item.target, "") for item in items}


def _what(step: CaseStep, fields: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    """Return the code of the words for a step; what matters about it comes first."""
    if step.kind == StepKind.MARKED and not detail.get("finding"):
        return "unmarked"
    if "done" in fields:
        return "done" if fields["done"][1] else "reopened"
    return step.kind
