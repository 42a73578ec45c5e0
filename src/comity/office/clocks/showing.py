"""What the desk shows of clocks: in the list, in a thread, and above every page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from comity.office.clocks import services
from comity.office.clocks.models import FlashWatch, RequestClock
from comity.office.messages import alarm_words, standing
from comity.office.messages.alarm_words import AlarmShown
from comity.office.messages.models import Thread

SHOWN_NOTICES: Final = 3
"""More than three lines above a page are not read; the views list them all."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """What must be seen on every page of the desk."""

    flashes: Sequence[FlashWatch] = ()
    undelivered: Sequence[AlarmShown] = ()
    """Own flash messages that have not arrived."""
    late: int = 0
    """Requests that are overdue and that nobody has taken note of."""
    soon: int = 0
    subjects: dict[str, str] = field(default_factory=dict)
    """Subjects of the flash messages' threads, by thread."""

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.flashes or self.undelivered or self.late or self.soon)

    @property
    def mark(self) -> object:
        """Changes whenever what is shown does."""
        away = [shown.alarm.pk for shown in self.undelivered]
        return ([flash.message_id for flash in self.flashes], away, self.late, self.soon)


def escalations(at: datetime) -> Escalations:
    """Return what must be seen now."""
    flashes = services.unread_flashes(at)[:SHOWN_NOTICES]
    ids = [flash.thread_id for flash in flashes]
    subjects = dict(Thread.objects.filter(thread_id__in=ids).values_list("thread_id", "subject"))
    return Escalations(
        flashes=flashes,
        undelivered=[alarm_words.shown(alarm) for alarm in standing.undelivered_flashes()[:SHOWN_NOTICES]],
        late=services.overdue(at).filter(seen_at=None).count(),
        soon=services.due_soon(at).filter(seen_at=None).count(),
        subjects=subjects,
    )


def nearest(thread_ids: Iterable[str]) -> dict[str, RequestClock]:
    """Return of each thread the running clock that ends first."""
    found = services.running(RequestClock.objects.filter(thread_id__in=list(thread_ids)))
    clocks: dict[str, RequestClock] = {}
    for clock in found.order_by("due_at"):
        clocks.setdefault(clock.thread_id, clock)
    return clocks


def of_thread(thread_id: str) -> dict[str, list[RequestClock]]:
    """Return the clocks of a thread by message, the nearest first."""
    clocks: dict[str, list[RequestClock]] = {}
    for clock in RequestClock.objects.filter(thread_id=thread_id).order_by("due_at", "peer"):
        clocks.setdefault(clock.message_id, []).append(clock)
    return clocks
