"""By when a request is to be answered, and how far its clock has run.

Source of the limits: Directive (EU) 2023/977, article 5(1): eight hours for urgent requests about
information that the contact point holds in directly accessible databases, three calendar days for
urgent requests about other information, seven calendar days for everything else. Counted in elapsed
time, not in working hours: a desk is open around the clock.

The directive knows no FLASH. A flash request asks while somebody is being held, so it has the clock of
a hit (one hour) where the answer stands in a database, and eight hours elsewhere.

Intervals are half open: at the due instant itself a request is overdue.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from comity.kernel.codes import Priority


class ClockClass(StrEnum):
    """What kind of answer a form asks for; the value is what its declaration says (`protocol.forms`)."""

    NONE = ""
    """No answer is expected: no clock."""
    DIRECT = "8h"
    """The answer stands in a database that the bureau can ask itself."""
    INDIRECT = "3d"
    """Somebody else must be asked first, and soon: another authority, a company, a person."""
    ORDINARY = "7d"
    """Somebody else must be asked first, and nothing presses."""


class ClockState(StrEnum):
    """How far a clock has run."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    STOPPED = "stopped"
    """No answer is owed any more: the request was cancelled or recalled."""


_EIGHT_HOURS: Final = timedelta(hours=8)
_LIMITS: Final = MappingProxyType(
    {
        Priority.FLASH: (timedelta(hours=1), _EIGHT_HOURS),
        Priority.URGENT: (_EIGHT_HOURS, timedelta(days=3)),  # article 5(1)(a) and (b)
        Priority.NORMAL: (timedelta(days=7), timedelta(days=7)),  # article 5(1)(c)
    }
)
"""By priority: where the answer stands in a database, and where somebody else must be asked."""
ONE_DAY: Final = timedelta(days=1)

WARN_AT_MOST: Final = ONE_DAY
"""Of a week a day is left when the warning comes, of eight hours two, of an hour a quarter."""
_WARN_PART: Final = 4
UNREAD_FLASH_AFTER: Final = timedelta(minutes=5)
"""A flash message that nobody opened for so long is shown on every page of the desk."""


def limit_of(clock: ClockClass, priority: Priority) -> timedelta | None:
    """Return the time that a request may take, None where no answer is expected."""
    if clock is ClockClass.NONE:
        return None
    directly, otherwise = _LIMITS[priority]
    return directly if clock is ClockClass.DIRECT else otherwise


def due_at(
    clock: ClockClass, priority: Priority, created_at: datetime, answer_by: date | None = None
) -> datetime | None:
    """Return the instant by which a request made at `created_at` is to be answered, None for none.

    Counted from the request's making, the same instant on both desks, however long it was on its way.
    `answer_by` is the asker's own last day (UTC): it takes the limit's place; a
    day that was over when the request was made counts for nothing.
    """
    limit = limit_of(clock, priority)
    if limit is None:
        return None
    own = None if answer_by is None else _end_of(answer_by)
    return created_at + limit if own is None or own <= created_at else own


def _end_of(day: date) -> datetime | None:
    """Return the instant at which `day` is over; None for the last day that there is."""
    return None if day == date.max else datetime(day.year, day.month, day.day, tzinfo=UTC) + ONE_DAY


def warn_at(created_at: datetime, due: datetime) -> datetime:
    """Return from when on a request counts as due soon: the last quarter of its time, a day at most."""
    return due - min((due - created_at) / _WARN_PART, WARN_AT_MOST)


def state_of(
    created_at: datetime,
    due: datetime,
    at: datetime,
    *,
    answered_at: datetime | None = None,
    stopped_at: datetime | None = None,
) -> ClockState:
    """Return how far the clock of a request has run at the instant `at`.

    A request that was answered or stopped stays so; of both, the earlier word counts.
    """
    ends = [
        (when, state)
        for when, state in ((answered_at, ClockState.ANSWERED), (stopped_at, ClockState.STOPPED))
        if when is not None and when <= at
    ]
    if ends:
        return min(ends)[1]
    if at >= due:
        return ClockState.OVERDUE
    return ClockState.DUE_SOON if at >= warn_at(created_at, due) else ClockState.RUNNING


def flash_escalates(received_at: datetime, read_at: datetime | None, at: datetime) -> bool:
    """Tell whether a flash message must be shown on every page: nobody opened it for five minutes."""
    return read_at is None and at >= received_at + UNREAD_FLASH_AFTER
