"""Machine API of the line's alarms."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, Priority
from comity.office.access import Caller
from comity.office.machine import operation
from comity.office.messages import set_aside, standing
from comity.office.messages.alarms import AlarmKind
from comity.office.messages.models import LineAlarm, Message

MAX_ALARMS: Final = 200
"""Alarms on one page of the list."""


class AlarmLine(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm that stands. `expired` and `given_up` stand until set aside, the others end by themselves."""

    alarm_id: int
    kind: AlarmKind
    peer: str
    """The other bureau."""
    message_id: str | None
    """The own message that is not delivered; null for what is missing between two bureaus."""
    thread_id: str | None
    minutes: int | None
    """Of `late`: for how long at least, 5, 60 or 480."""
    priority: Priority | None
    """Of `missing`, `given_up`, `asked`: which numbers, `first` to `last`."""
    first: int | None
    last: int | None
    raised_at: str


class AlarmList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; the list is at its end when the page is not full."""

    alarms: list[AlarmLine]


class AlarmQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alarms to list: those before the id `before`, the newest first."""

    before: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_ALARMS)] = 50


class AlarmSetAside(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that somebody has seen to."""

    alarm_id: int
    cleared_at: str


@operation(
    Action.MESSAGE_LIST,
    "GET",
    summary="List the alarms of the line that stand: late, expired and missing messages.",
    query=AlarmQuery,
    answer=AlarmList,
)
def list_alarms(caller: Caller, at: datetime, query: AlarmQuery) -> AlarmList:  # noqa: ARG001 - the operation's form
    """Return a page of them."""
    found = standing.standing(caller)
    if query.before is not None:
        found = found.filter(pk__lt=query.before)
    return AlarmList(alarms=[line_of(alarm) for alarm in found[: query.limit]])


@operation(
    Action.ALARM_SET_ASIDE,
    "POST",
    summary="Set an alarm aside that does not end by itself; once more changes nothing.",
    answer=AlarmSetAside,
    errors=(409,),
)
def set_alarm_aside(caller: Caller, at: datetime, alarm_id: int) -> AlarmSetAside:
    """Set it aside; the journal keeps who did."""
    alarm = set_aside.set_aside(caller, alarm_id, at)
    return AlarmSetAside(alarm_id=alarm.pk, cleared_at=to_wire(alarm.cleared_at or at))


def lines_of(message: Message) -> list[AlarmLine]:
    """Return what stands about one message."""
    return [line_of(alarm) for alarm in standing.of_messages([message]).get(message.pk, [])]


def line_of(alarm: LineAlarm) -> AlarmLine:
    """Return an alarm as programs read it."""
    detail, message = alarm.detail, alarm.message
    return AlarmLine(
        alarm_id=alarm.pk,
        kind=AlarmKind(alarm.kind),
        peer=alarm.peer,
        message_id=None if message is None else message.message_id,
        thread_id=None if message is None else message.thread.thread_id,
        minutes=detail.get("minutes"),
        priority=Priority(detail["priority"]) if "priority" in detail else None,
        first=detail.get("first"),
        last=detail.get("last"),
        raised_at=to_wire(alarm.raised_at),
    )
