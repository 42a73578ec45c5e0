"""What a caller may see of the line: all of it, or, for an account of a unit, what was passed on to it.

A unit sees a thread through those of its messages that were passed on to the unit or that it wrote.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from comity.kernel.codes import Action, MessageForm, MessageState
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, MessageId, ThreadId, UnitId
from comity.office import runtime
from comity.office.access import Caller, require
from comity.office.hits.models import Hit
from comity.office.messages.models import Message, Thread
from comity.office.pages.words import FORMS, word
from comity.office.recalls.marking import may_change
from comity.office.units import services as units
from comity.office.units.models import PassedOn
from comity.protocol.forms import FieldKind
from comity.rules.decisions import Subject


def messages_for(caller: Caller, messages: "QuerySet[Message]") -> "QuerySet[Message]":
    """Return those of `messages` that the caller may see."""
    return messages if not caller.actor.unit else messages.filter(_of_unit(caller.actor.unit))


def threads_for(caller: Caller, threads: "QuerySet[Thread]") -> "QuerySet[Thread]":
    """Return those of `threads` in which the caller may see a message."""
    if not caller.actor.unit:
        return threads
    seen = Message.objects.filter(_of_unit(caller.actor.unit)).values("thread_id")
    return threads.filter(pk__in=seen)


def unread_for(caller: Caller) -> dict[str, int]:
    """Return how many messages of each thread the caller's unit has not read yet."""
    counts: dict[str, int] = {}
    rows = PassedOn.objects.filter(unit__code=caller.actor.unit, read_at=None)
    for thread_id in rows.values_list("thread_id", flat=True):
        counts[thread_id] = counts.get(thread_id, 0) + 1
    return counts


def units_of_message(message: Message) -> frozenset[UnitId]:
    """Return the units that may see a message: those it was passed on to, and the one that wrote it here."""
    passed = units.units_of_message(message.message_id)
    own = message.unit if message.state != MessageState.RECEIVED else ""
    return passed | {UnitId(own)} if own else passed


def require_visible(caller: Caller, thread_id: ThreadId | None, in_reply_to: MessageId | None) -> None:
    """Raise `NotFoundError` (message.not_found) when a unit's account writes into what it cannot see."""
    if not caller.actor.unit:
        return
    seen = messages_for(caller, Message.objects.all())
    if thread_id is not None and not seen.filter(thread__thread_id=thread_id).exists():
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="thread_id")
    if in_reply_to is not None and not seen.filter(message_id=in_reply_to).exists():
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="in_reply_to")


def units_of_thread(thread: Thread) -> frozenset[UnitId]:
    """Return the units that may see something of a thread."""
    passed = PassedOn.objects.filter(thread_id=thread.thread_id, unit__active=True)
    wrote = thread.messages.exclude(state=MessageState.RECEIVED).exclude(unit="")
    codes = [*passed.values_list("unit__code", flat=True), *wrote.values_list("unit", flat=True)]
    return frozenset(UnitId(code) for code in codes)


def own_thread(caller: Caller, thread_id: UUID) -> Thread:
    """Return a thread of the desk that the caller may see.

    Raises `NotFoundError` (message.not_found, access.not_found).
    """
    found = Thread.objects.filter(thread_id=str(thread_id)).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    parties = Subject(
        owner=BureauId(found.bureau),
        recipients=frozenset(map(BureauId, found.parties)),
        units=units_of_thread(found) if caller.actor.unit else frozenset(),
    )
    require(caller, Action.MESSAGE_VIEW, parties, runtime.clock().now(), about=f"thread:{thread_id}")
    return found


def references(caller: Caller, thread_id: UUID, form: str = "") -> dict[str, Any]:
    """Return what a form written in a thread may refer to: messages to choose from, its hit as a start.

    A correction refers to what can be corrected: own messages, but those on which nodes act.
    """
    thread = own_thread(caller, thread_id)
    seen = list(messages_for(caller, thread.messages.order_by("-id"))[:50])
    if form == MessageForm.CORRECTION:
        seen = [one for one in seen if one.state != MessageState.RECEIVED and may_change(one)]
    hit = None if caller.actor.unit else Hit.objects.filter(thread_id=thread.thread_id).first()
    initial = {FieldKind.THREAD: thread.thread_id, FieldKind.MESSAGE: seen[0].message_id if seen else ""}
    if hit is not None:
        initial |= {FieldKind.HIT: hit.hit_id, FieldKind.RECORD: hit.record_id}
    return {"initial": initial, "ids": {FieldKind.MESSAGE: _choices(seen)}}


def note_unit_reading(caller: Caller, messages: Iterable[Message], at: datetime) -> None:
    """Note that a unit has read what was passed on to it; the sender is not told, the bureau sees it."""
    ids = [message.message_id for message in messages]
    rows = PassedOn.objects.filter(unit__code=caller.actor.unit, message_id__in=ids, read_at=None)
    rows.update(read_at=at)


def _choices(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.message_id, _line(message)) for message in messages]


def _line(message: Message) -> str:
    at = f"{message.created_at:%Y-%m-%d %H:%M}"
    return f"{at} {message.sender} – {message.subject or word(FORMS, message.form)}"


def _of_unit(unit: UnitId) -> Q:
    passed = PassedOn.objects.filter(unit__code=unit, unit__active=True).values("message_id")
    return Q(message_id__in=passed) | (Q(unit=unit) & ~Q(state=MessageState.RECEIVED))
