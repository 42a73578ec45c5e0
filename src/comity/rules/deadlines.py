"""By when a request is to be answered, and how far its clock has run.

Source of the limits: Directive (EU) 2023/977, article 5(1): eight hours for urgent requests about
information that the contact point holds in directly accessible databases, three calendar days for
urgent requests about other information, seven calendar days for everything else. Counted in elapsed
time, not in working hours: a desk is open around the clock.

The directive knows no FLASH. A flash request asks while somebody is being held, so it has the clock of
a hit (one hour) where the answer stands in a database, and eight hours elsewhere.

Intervals are half open: at the due instant itself a request is overdue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from comity.kernel.codes import Priority
from comity.kernel.errors import ErrorCode, InputError


class ClockClass(StrEnum):
    """What kind of answer a form asks for; a form declares it."""

    NONE = "none"
    """No answer is expected: no clock."""
    DIRECT = "direct"
    """The answer stands in a database that the bureau can ask itself."""
    INDIRECT = "indirect"
    """Somebody else must be asked first: another authority, a company, a person."""
    OWN = "own"
    """The form states its own hours, whatever the priority."""


class ClockState(StrEnum):
    """How far a clock has run."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    STOPPED = "stopped"
    """No answer is owed any more: the request was cancelled or recalled."""


@dataclass(frozen=True, slots=True)
class FormClock:
    """The clock that a form declares; `hours` belongs to OWN alone, whole hours from 1 to 720."""

    kind: ClockClass
    hours: int = 0

    def __post_init__(self) -> None:
        own = self.kind is ClockClass.OWN
        if own != (self.hours != 0) or (own and not 1 <= self.hours <= LONGEST_OWN_HOURS):
            raise InputError(ErrorCode.DEADLINE_HOURS, field="clock")


LONGEST_OWN_HOURS: Final = 720
"""Thirty days. What may wait longer needs a review date, not a clock."""
NO_CLOCK: Final = FormClock(ClockClass.NONE)

_EIGHT_HOURS: Final = timedelta(hours=8)
_LIMITS: Final = MappingProxyType(
    {
        (ClockClass.DIRECT, Priority.FLASH): timedelta(hours=1),
        (ClockClass.DIRECT, Priority.URGENT): _EIGHT_HOURS,  # article 5(1)(a)
        (ClockClass.DIRECT, Priority.NORMAL): timedelta(days=7),  # article 5(1)(c)
        (ClockClass.INDIRECT, Priority.FLASH): _EIGHT_HOURS,
        (ClockClass.INDIRECT, Priority.URGENT): timedelta(days=3),  # article 5(1)(b)
        (ClockClass.INDIRECT, Priority.NORMAL): timedelta(days=7),  # article 5(1)(c)
    }
)
FORM_CLOCKS: Final = MappingProxyType(
    {
        "identity_check": FormClock(ClockClass.DIRECT),
        "vehicle_check": FormClock(ClockClass.DIRECT),
        "document_check": FormClock(ClockClass.DIRECT),
        "hit_confirmation": FormClock(ClockClass.OWN, 1),
        "information_request": FormClock(ClockClass.INDIRECT),
        "criminal_record_request": FormClock(ClockClass.INDIRECT),
        "missing_person": FormClock(ClockClass.INDIRECT),
    }
)
"""Clocks of the forms that everybody knows. A form that is not here, a free text among them, has none."""

WARN_AT_MOST: Final = timedelta(days=1)
"""Of a week a day is left when the warning comes, of eight hours two, of an hour a quarter."""
_WARN_PART: Final = 4
UNREAD_FLASH_AFTER: Final = timedelta(minutes=5)
"""A flash message that nobody opened for so long is shown on every page of the desk."""


def clock_of_form(form: str) -> FormClock:
    """Return the clock of a form by its id; none for one that is not known."""
    return FORM_CLOCKS.get(form, NO_CLOCK)


def limit_of(clock: FormClock, priority: Priority) -> timedelta | None:
    """Return the time that a request may take, None where no answer is expected."""
    if clock.kind is ClockClass.NONE:
        return None
    if clock.kind is ClockClass.OWN:
        return timedelta(hours=clock.hours)
    return _LIMITS[clock.kind, priority]


def due_at(clock: FormClock, priority: Priority, created_at: datetime) -> datetime | None:
    """Return the instant by which a request made at `created_at` is to be answered, None for none.

    Counted from the request's making, the same instant on both desks, however long it was on its way.
    """
    limit = limit_of(clock, priority)
    return None if limit is None else created_at + limit


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
