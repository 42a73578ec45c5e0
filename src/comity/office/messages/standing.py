"""Alarms of the line that stand, as a desk sees them: of each late message only how late it is by now."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from comity.kernel.codes import Priority
from comity.office.access import Caller
from comity.office.messages import visibility
from comity.office.messages.alarms import AlarmKind, on_its_way
from comity.office.messages.models import LineAlarm, Message


def standing(caller: Caller | None = None) -> "QuerySet[LineAlarm]":
    """Return the alarms that stand, the newest first; to a unit's account those of its own messages.

    What has arrived raises no alarm any more, whether or not the worker has noted that yet.
    """
    late, higher = Q(kind=AlarmKind.LATE), _later_of_the_same()
    found = LineAlarm.objects.filter(cleared_at=None).exclude(late & ~Exists(on_its_way()))
    found = found.exclude(late & Exists(higher)).select_related("message__thread").order_by("-pk")
    if caller is None or not caller.actor.unit:
        return found
    return found.filter(message__in=visibility.messages_for(caller, Message.objects.all()))


def of_messages(messages: Sequence[Message]) -> dict[int, list[LineAlarm]]:
    """Return what stands about some messages, by message row, sorted by recipient."""
    found: dict[int, list[LineAlarm]] = {}
    for alarm in standing().filter(message__in=messages).order_by("peer"):
        found.setdefault(alarm.message_id or 0, []).append(alarm)
    return found


def gaps(caller: Caller) -> "QuerySet[LineAlarm]":
    """Return what stands and belongs to no message of this desk."""
    return standing(caller).filter(message=None)


def undelivered_flashes() -> "QuerySet[LineAlarm]":
    """Return what stands about own FLASH messages: somebody is held meanwhile, every page must say so."""
    return standing().filter(message__priority=Priority.FLASH)


def _later_of_the_same() -> "QuerySet[LineAlarm]":
    """Return, for `Exists`, a later alarm on the lateness of the same message at the same recipient."""
    return LineAlarm.objects.filter(
        kind=AlarmKind.LATE,
        cleared_at=None,
        message=OuterRef("message"),
        peer=OuterRef("peer"),
        pk__gt=OuterRef("pk"),
    )
