"""Use cases of clocks: start and end them with the messages that do, and tell the desk, once each.

The line calls `note` in the transaction that stores messages, sent or received: a request and its
clock are never apart (I4).
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from comity.kernel.codes import Action, MessageForm, MessageState, Priority
from comity.kernel.errors import ComityError, ErrorCode, NotFoundError
from comity.kernel.ids import BureauId
from comity.office import access
from comity.office.access import Caller
from comity.office.clocks.models import FlashWatch, RequestClock, Side
from comity.office.messages.models import Message
from comity.office.supervision.journal import record_own
from comity.protocol.forms import declared, form_received
from comity.rules.deadlines import UNREAD_FLASH_AFTER, ClockClass, due_at, warn_at
from comity.rules.decisions import Subject

CANCELLATION: Final = "cancellation"
"""The declared form that takes a request back."""
BATCH: Final = 500
"""Clocks told of in one transaction; the rest comes with the next turn."""
DUE_SOON, OVERDUE, FLASH_UNREAD = "clock:due_soon", "clock:overdue", "flash:unread"
"""What the journal calls the desk's notices."""


def note(messages: Sequence[Message], at: datetime) -> None:
    """Start and end clocks with messages that were just stored, in the caller's transaction.

    A request starts one clock for each bureau that owes its answer; a message that replies to a
    request ends the clock of who owed it; a cancellation stops it. What is none of these costs nothing.
    """
    clocks = [clock for message in messages for clock in _started(message)]
    if clocks:
        RequestClock.objects.bulk_create(clocks, ignore_conflicts=True)
    watches = [_watch(message) for message in messages if _is_incoming_flash(message)]
    if watches:
        FlashWatch.objects.bulk_create(watches, ignore_conflicts=True)
    for message in messages:
        if message.in_reply_to:
            _end(message, at)


def stop(message_id: str, by: str, at: datetime) -> None:
    """Stop the clocks of a request that was taken back; in the caller's transaction."""
    running(RequestClock.objects.filter(message_id=message_id)).update(stopped_at=at, ended_by=by)


def escalate(at: datetime) -> bool:
    """Tell the desk, once each, what is due soon, what is overdue, and which flash nobody has opened.

    A step of the worker; what it tells stands in the journal. True when there may be more.
    """
    with transaction.atomic():
        told = _tell_clocks(at) + _tell_flashes(at)
    return told >= BATCH


def take_note(caller: Caller, message_id: str, at: datetime) -> RequestClock:
    """Take a request's notice off the desk: somebody has seen it. The clock runs on; it is returned.

    Raises `NotFoundError` (message.not_found, access.not_found).
    """
    found = RequestClock.objects.filter(message_id=message_id)
    clock = found.first()
    if clock is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    about = f"message:{message_id}"
    parties = Subject(owner=caller.bureau, recipients=frozenset({caller.bureau}))
    access.require(caller, Action.MESSAGE_VIEW, parties, at, about=about)
    found.update(seen_at=at, seen_by=caller.officer)
    return clock


def running(clocks: "QuerySet[RequestClock]") -> "QuerySet[RequestClock]":
    """Return those of `clocks` that nobody has answered or stopped."""
    return clocks.filter(answered_at=None, stopped_at=None)


def overdue(at: datetime) -> "QuerySet[RequestClock]":
    """Return the clocks that have run out at `at`, half open: at its due instant a request is overdue."""
    return running(RequestClock.objects.filter(due_at__lte=at))


def due_soon(at: datetime) -> "QuerySet[RequestClock]":
    """Return the clocks that will run out soon."""
    return running(RequestClock.objects.filter(warn_at__lte=at, due_at__gt=at))


def unread_flashes(at: datetime) -> list[FlashWatch]:
    """Return the flash messages that nobody has opened for too long, the oldest first."""
    watched = list(
        FlashWatch.objects.filter(closed_at=None, received_at__lte=at - UNREAD_FLASH_AFTER).order_by(
            "received_at"
        )[:BATCH]
    )
    unread = _unread(watched)
    return [watch for watch in watched if watch.message_id in unread]


def _started(message: Message) -> list[RequestClock]:
    clock = _clock_of(message)
    due = due_at(clock, Priority(message.priority), message.created_at, _own_day(message))
    if due is None:
        return []
    received = message.state == MessageState.RECEIVED
    peers = [message.sender] if received else list(message.recipients)
    return [
        RequestClock(
            bureau=message.bureau,
            message_id=message.message_id,
            thread_id=message.thread.thread_id,
            peer=peer,
            side=Side.OURS if received else Side.THEIRS,
            form=message.form,
            priority=message.priority,
            created_at=message.created_at,
            warn_at=warn_at(message.created_at, due),
            due_at=due,
        )
        for peer in peers
    ]


@cache
def _declared_clocks() -> dict[str, ClockClass]:
    return {form.id: ClockClass(form.clock) for form in declared().values()}


def _clock_of(message: Message) -> ClockClass:
    """Return the clock that a message's form declares; a form that nobody can read has none."""
    if message.form_definition is None:
        return _declared_clocks().get(message.form, ClockClass.NONE)
    try:
        form = form_received(message.form, message.form_definition, BureauId(message.sender))
    except ComityError:
        return ClockClass.NONE
    return ClockClass.NONE if form is None else ClockClass(form.clock)


def _own_day(message: Message) -> date | None:
    """Return the day by which the asker wants the answer, if the form's field says one."""
    said: Any = message.fields.get("answer_by")
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _end(message: Message, at: datetime) -> None:
    received = message.state == MessageState.RECEIVED
    asked = RequestClock.objects.filter(message_id=message.in_reply_to)
    if message.form == CANCELLATION:
        side = Side.OURS if received else Side.THEIRS
        ends = {"stopped_at": at}
    elif message.form in {MessageForm.RECALL, MessageForm.CORRECTION, "chaser"}:
        return
    else:
        side = Side.THEIRS if received else Side.OURS
        ends = {"answered_at": at}
    peers = [message.sender] if received else list(message.recipients)
    running(asked.filter(side=side, peer__in=peers)).update(ended_by=message.message_id, **ends)


def _is_incoming_flash(message: Message) -> bool:
    return message.priority == Priority.FLASH and message.state == MessageState.RECEIVED


def _watch(message: Message) -> FlashWatch:
    return FlashWatch(
        bureau=message.bureau,
        message_id=message.message_id,
        thread_id=message.thread.thread_id,
        sender=message.sender,
        received_at=message.stored_at,
    )


def _tell_clocks(at: datetime) -> int:
    late = list(overdue(at).filter(escalated_at=None).select_for_update()[:BATCH])
    soon = list(due_soon(at).filter(warned_at=None).select_for_update()[:BATCH])
    for clock in late:
        _journal(OVERDUE, clock.message_id, at)
    for clock in soon:
        _journal(DUE_SOON, clock.message_id, at)
    RequestClock.objects.filter(pk__in=[clock.pk for clock in late]).update(
        escalated_at=at, seen_at=None, seen_by=""
    )
    RequestClock.objects.filter(pk__in=[clock.pk for clock in soon]).update(warned_at=at)
    return max(len(late), len(soon))


def _tell_flashes(at: datetime) -> int:
    """Close the watches of what was opened, and tell of what was not."""
    watched = list(FlashWatch.objects.filter(closed_at=None).select_for_update()[:BATCH])
    unread = _unread(watched)
    opened = [watch.pk for watch in watched if watch.message_id not in unread]
    FlashWatch.objects.filter(pk__in=opened).update(closed_at=at)
    late = [
        watch
        for watch in watched
        if watch.message_id in unread
        and watch.escalated_at is None
        and watch.received_at <= at - UNREAD_FLASH_AFTER
    ]
    for watch in late:
        _journal(FLASH_UNREAD, watch.message_id, at)
    FlashWatch.objects.filter(pk__in=[watch.pk for watch in late]).update(escalated_at=at)
    return len(late)


def _unread(watched: Sequence[FlashWatch]) -> set[str]:
    ids = [watch.message_id for watch in watched]
    return set(Message.objects.filter(message_id__in=ids, read_at=None).values_list("message_id", flat=True))


def _journal(action: str, message_id: str, at: datetime) -> None:
    record_own(action, f"message:{message_id}", at)
