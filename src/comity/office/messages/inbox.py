"""The desk's list of threads: what stands in each line and which views there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import HitState, MessageForm, MessageState, Priority
from comity.office.hits.models import Hit
from comity.office.messages.models import Message, Thread
from comity.office.messages.threads import in_order
from comity.office.pages.answers import title_of
from comity.office.pages.words import FORMS, HIT_STATES, PURPOSES, STATES, word

MAX_THREADS: Final = 100
"""Two screens of a list at a glance; older ones are found by a view."""
_RANK: Final = {str(Priority.FLASH): 0, str(Priority.URGENT): 1}


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the list."""

    code: str
    words: str | Promise
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One thread on the list."""

    thread_id: str
    parties: list[str]
    subject: str
    unread: int
    last_at: datetime
    priority: str
    own_state: str
    hit: Hit | None
    title: str
    """What the hit found."""


@dataclass(frozen=True, slots=True)
class Step:
    """One station of an own message; `at` is empty until it was reached."""

    state: str
    at: datetime | None
    receipt: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a thread."""

    message: Message
    own: bool
    steps: list[Step]
    coded: list[tuple[Any, Any]]


def views() -> list[View]:
    """Return the views, with the numbers that matter at a glance."""
    threads = Thread.objects
    return [
        View("", _("All threads")),
        View("unread", _("Unread"), threads.filter(unread__gt=0).count()),
        View("urgent", _("Flash and urgent")),
        View("hits", _("Open hits"), _with_open_hit().count()),
        View("waiting", _("Waiting for reply")),
    ]


def lines(view: str) -> tuple[list[Line], bool]:
    """Return the newest threads of a view, unread flash and urgent ones first; and whether there are more."""
    found = list(VIEWS[view](_threads())[: MAX_THREADS + 1])
    hits = {hit.thread_id: hit for hit in Hit.objects.filter(thread_id__in=[t.thread_id for t in found])}
    shown = [_line(thread, hits.get(thread.thread_id)) for thread in found[:MAX_THREADS]]
    shown.sort(key=lambda line: _RANK.get(line.priority, 2) if line.unread else 2)
    return shown, len(found) > MAX_THREADS


def letters(thread: Thread) -> list[Letter]:
    """Return the messages of a thread, each sender's in that sender's order."""
    messages = thread.messages.order_by("id").prefetch_related("receipts")
    return [_letter(message) for message in in_order(list(messages))]


def _threads() -> "QuerySet[Thread]":
    newest = Message.objects.filter(thread=OuterRef("pk")).order_by("-id")
    return Thread.objects.annotate(
        newest_priority=Subquery(newest.values("priority")[:1]),
        newest_state=Subquery(newest.values("state")[:1]),
        newest_sender=Subquery(newest.values("sender")[:1]),
    ).order_by("-last_at")


def _with_open_hit() -> "QuerySet[Thread]":
    open_hits = Hit.objects.filter(state=HitState.OPEN).exclude(thread_id="").values("thread_id")
    return Thread.objects.filter(thread_id__in=open_hits)


VIEWS: Final[dict[str, Any]] = {
    "": lambda threads: threads,
    "unread": lambda threads: threads.filter(unread__gt=0),
    "urgent": lambda threads: threads.filter(newest_priority__in=list(_RANK)),
    "hits": lambda threads: threads.filter(pk__in=_with_open_hit().values("pk")),
    "waiting": lambda threads: threads.filter(~Q(newest_state=MessageState.RECEIVED)),
}


def _line(thread: Any, hit: Hit | None) -> Line:
    state = thread.newest_state or ""
    return Line(
        thread_id=thread.thread_id,
        parties=thread.parties,
        subject=thread.subject,
        unread=thread.unread,
        last_at=thread.last_at,
        priority=thread.newest_priority or "",
        own_state="" if state == MessageState.RECEIVED else state,
        hit=hit,
        title="" if hit is None else title_of(hit.view) or thread.subject,
    )


def _letter(message: Message) -> Letter:
    own = message.state != MessageState.RECEIVED
    receipts = {receipt.kind for receipt in message.receipts.all()}
    steps = [
        Step("queued", message.created_at),
        Step("relayed", message.relayed_at),
        Step("delivered", message.delivered_at, receipt="delivered" in receipts),
        Step("read", message.read_at, receipt="read" in receipts),
    ]
    return Letter(message, own, steps if own else [], _coded(message))


def _coded(message: Message) -> list[tuple[Any, Any]]:
    """Return a form's coded fields in the reader's language: no translator is needed for them."""
    fields = message.fields
    if message.form == MessageForm.HIT_ALARM:
        return [
            (_("Asked"), _joined(fields.get("asked"))),
            (_("Found"), f"{word(STATES, fields.get('strength'))} {_percent(fields.get('score'))}"),
            (_("Purpose"), word(PURPOSES, fields.get("purpose"))),
        ]
    if message.form == MessageForm.HIT_ANSWER:
        return [(word(FORMS, message.form), word(HIT_STATES, fields.get("state")))]
    return []


def _joined(items: object) -> str:
    return ", ".join(map(str, items)) if isinstance(items, Sequence) and not isinstance(items, str) else ""


def _percent(score: object) -> str:
    return f"{round(score / 10)} %" if isinstance(score, int) else ""
