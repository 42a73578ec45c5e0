"""What an alarm of the line says to a person: what is wrong, and what to do about it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.office.messages.alarms import SET_ASIDE_BY_HAND, AlarmKind
from comity.office.messages.models import LineAlarm
from comity.office.pages.templatetags.comity import span

_WHAT: Final[dict[AlarmKind, str | Promise]] = {
    AlarmKind.LATE: _("Not delivered after %(span)s"),
    AlarmKind.EXPIRED: _("Not delivered before its time ran out"),
    AlarmKind.MISSING: _("Messages from this bureau are missing"),
    AlarmKind.GIVEN_UP: _("Messages from this bureau did not come and are given up"),
    AlarmKind.ASKED: _("This bureau has not received messages of ours"),
}
_REMEDY: Final[dict[AlarmKind, str | Promise]] = {
    AlarmKind.LATE: _("We keep trying by ourselves. If it cannot wait, call their desk."),
    AlarmKind.EXPIRED: _("Nothing more is tried. Send it again or call their desk, then set this aside."),
    AlarmKind.MISSING: _(
        "They are asked for again by themselves. What came after is held an hour at most, to keep order."
    ),
    AlarmKind.GIVEN_UP: _("What came after them is shown. Ask their desk what it sent, then set this aside."),
    AlarmKind.ASKED: _("They are sent again by themselves. If this stays, call their desk."),
}


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """One alarm in the reader's language."""

    alarm: LineAlarm
    what: str
    remedy: str
    by_hand: bool
    """Whether a person may set it aside; the others end by themselves."""

    @property
    def priority(self) -> str:
        """The lane that it tells of; empty for alarms of one message."""
        return str(self.alarm.detail.get("priority", ""))


def shown(alarm: LineAlarm) -> AlarmShown:
    """Put an alarm into words."""
    kind = AlarmKind(alarm.kind)
    return AlarmShown(
        alarm, str(_WHAT[kind]) % {"span": _span(alarm)}, str(_REMEDY[kind]), kind in SET_ASIDE_BY_HAND
    )


def _span(alarm: LineAlarm) -> str:
    """Return how late a late message is, empty for what is not about lateness."""
    minutes = alarm.detail.get("minutes")
    return "" if minutes is None else span(timedelta(minutes=minutes))
