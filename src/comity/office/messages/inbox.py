"""The desk's list of threads: what stands in each line and which views there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import HitState, MessageForm, MessageState, Priority
from comity.office import runtime
from comity.office.access import Caller
from comity.office.approvals.models import ApprovalState
from comity.office.clocks import services as clocks
from comity.office.clocks.models import RequestClock
from comity.office.hits.models import Hit
from comity.office.messages import alarm_words, letters, standing, visibility
from comity.office.messages.alarm_words import AlarmShown
from comity.office.messages.alarms import AlarmKind
from comity.office.messages.models import Message, Thread
from comity.office.pages.answers import title_of
from comity.office.releases.services import asked_by

MAX_THREADS: Final = 100
"""Two screens of a list at a glance; older ones are found by a view."""
_OF_THE_DESK: Final = frozenset({"hits", "overdue", "due_soon"})
"""Views that no unit below the bureau has."""
ALARMS: Final = "alarms"
"""The view of what the line has not delivered, or is missing."""
_RANK: Final = {str(Priority.FLASH): 0, str(Priority.URGENT): 1}


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at the list."""

    code: str
    words: str | Promise
    number: int | None = None
    is_alarm: bool = False
    """Whether anything in it is amiss."""
    page: str = "inbox"
    """Name of the page that shows it."""


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
    form: str
    """Name of the form of the newest message, in the reader's language; empty for free text."""
    alarm: str
    """What stands about the delivery of one of its messages; empty when nothing does."""


def views(caller: Caller) -> list[View]:
    """Return the views, with the numbers that matter at a glance; hits are not a unit's."""
    unread = (
        len(_unread_of_unit(caller)) if caller.actor.unit else Thread.objects.filter(unread__gt=0).count()
    )
    found = [
        View("", _("All threads")),
        View("unread", _("Unread"), unread),
        View("urgent", _("Flash and urgent")),
        View("hits", _("Open hits"), _with_open_hit().count()),
        View(ALARMS, _("Delivery alarms"), _number_of_alarms(caller), is_alarm=True),
        View("waiting", _("Waiting for reply")),
        View("overdue", _("Overdue"), _with_clock(clocks.overdue).count()),
        View("due_soon", _("Due soon"), _with_clock(clocks.due_soon).count()),
        View(
            "",
            _("Awaiting release"),
            asked_by(caller).filter(state=ApprovalState.WAITING).count(),
            page="releases",
        ),
    ]
    return [view for view in found if view.code not in _OF_THE_DESK or not caller.actor.unit]


def lines(caller: Caller, view: str) -> tuple[list[Line], bool]:
    """Return the newest threads of a view, unread flash and urgent ones first; and whether there are more."""
    found = list(_in_view(caller, view)[: MAX_THREADS + 1])
    ids = [] if caller.actor.unit else [thread.thread_id for thread in found]
    hits = {hit.thread_id: hit for hit in Hit.objects.filter(thread_id__in=ids)}
    if caller.actor.unit:
        found = [_as_unit_sees(caller, thread) for thread in found]
    alarms = _alarms_of(caller, found)
    shown = [
        _line(thread, hits.get(thread.thread_id), alarms.get(thread.pk, "")) for thread in found[:MAX_THREADS]
    ]
    shown.sort(key=lambda line: _RANK.get(line.priority, 2) if line.unread else 2)
    return shown, len(found) > MAX_THREADS


def _in_view(caller: Caller, view: str) -> "QuerySet[Any]":
    threads = visibility.threads_for(caller, _threads(caller))
    if view == "unread" and caller.actor.unit:
        return threads.filter(thread_id__in=list(_unread_of_unit(caller)))
    found: QuerySet[Any] = VIEWS[view](caller, threads)
    return found


def gaps(caller: Caller) -> list[AlarmShown]:
    """Return in words what is missing between this bureau and others; nothing of it is a unit's."""
    return [alarm_words.shown(alarm) for alarm in standing.gaps(caller)[:MAX_THREADS]]


def _awaiting_release(caller: Caller) -> int:
    return asked_by(caller).filter(state=ApprovalState.WAITING).count()


def _number_of_alarms(caller: Caller) -> int:
    found = standing.standing(caller).order_by()
    threads = found.exclude(message=None).values("message__thread").distinct().count()
    return threads + found.filter(message=None).count()


def _alarms_of(caller: Caller, threads: "Sequence[Thread]") -> dict[int, str]:
    """Return what stands about each of some threads, the gravest in words."""
    found = standing.standing(caller).filter(message__thread__in=[thread.pk for thread in threads])
    gravest = sorted(
        found, key=lambda alarm: (alarm.kind == AlarmKind.EXPIRED, alarm.detail.get("minutes", 0))
    )
    return {alarm.message.thread_id: alarm_words.shown(alarm).what for alarm in gravest if alarm.message}


def _unread_of_unit(caller: Caller) -> dict[str, int]:
    return visibility.unread_for(caller)


def _as_unit_sees(caller: Caller, thread: Any) -> Any:
    """Put in what the unit may know of a thread in place of what the bureau does; the row is not saved."""
    seen = list(visibility.messages_for(caller, thread.messages.order_by("id")))
    thread.subject = next((message.subject for message in seen if message.subject), "")
    thread.parties = sorted({message.sender for message in seen} - {thread.bureau}) or thread.parties
    thread.unread = visibility.unread_for(caller).get(thread.thread_id, 0)
    thread.last_at = max((message.stored_at for message in seen), default=thread.opened_at)
    return thread


def _threads(caller: Caller) -> "QuerySet[Thread]":
    newest = visibility.messages_for(caller, Message.objects.filter(thread=OuterRef("pk"))).order_by("-id")
    return Thread.objects.annotate(
        newest_priority=Subquery(newest.values("priority")[:1]),
        newest_state=Subquery(newest.values("state")[:1]),
        newest_sender=Subquery(newest.values("sender")[:1]),
        newest_form=Subquery(newest.values("form")[:1]),
        newest_definition=Subquery(newest.values("form_definition")[:1]),
    ).order_by("-last_at")


def _with_open_hit() -> "QuerySet[Thread]":
    open_hits = Hit.objects.filter(state=HitState.OPEN).exclude(thread_id="").values("thread_id")
    return Thread.objects.filter(thread_id__in=open_hits)


def _with_clock(clocks_at: "Callable[[datetime], QuerySet[RequestClock]]") -> "QuerySet[Thread]":
    found = clocks_at(runtime.clock().now()).values("thread_id")
    return Thread.objects.filter(thread_id__in=found)


VIEWS: Final[dict[str, Any]] = {
    "": lambda _caller, threads: threads,
    "unread": lambda _caller, threads: threads.filter(unread__gt=0),
    "urgent": lambda _caller, threads: threads.filter(newest_priority__in=list(_RANK)),
    "hits": lambda _caller, threads: threads.filter(pk__in=_with_open_hit().values("pk")),
    "overdue": lambda _caller, threads: threads.filter(pk__in=_with_clock(clocks.overdue).values("pk")),
    "due_soon": lambda _caller, threads: threads.filter(pk__in=_with_clock(clocks.due_soon).values("pk")),
    ALARMS: lambda caller, threads: threads.filter(
        pk__in=standing.standing(caller).values("message__thread")
    ),
    "waiting": lambda _caller, threads: threads.filter(~Q(newest_state=MessageState.RECEIVED)),
}


def _line(thread: Any, hit: Hit | None, alarm: str) -> Line:
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
        form="" if thread.newest_form == MessageForm.FREE_TEXT else _form_name(thread),
        alarm=alarm,
    )


def _form_name(thread: Any) -> str:
    return letters.form_name(thread.newest_form or "", thread.newest_definition)
