"""What the desk must know about the line: messages that are late, that expired, that are missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import OuterRef, QuerySet

from comity.kernel.codes import MessageState
from comity.kernel.ids import BureauId
from comity.office.messages.models import Delivery, LineAlarm
from comity.office.runtime import home

LATE_AFTER: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=8))
"""When the sender's desk is told that a message was not delivered, once each."""
AT_ONCE: Final = 500
"""Deliveries looked at in one transaction."""


class AlarmKind(StrEnum):
    """What an alarm says."""

    LATE = "late"
    """An own message is not delivered; the detail tells since how long."""
    EXPIRED = "expired"
    """An own message was not delivered before its time ran out."""
    MISSING = "missing"
    """Numbers of a sender have not come here."""
    GIVEN_UP = "given_up"
    """Numbers of a sender did not come in time; what came after them is shown without them."""
    ASKED = "asked"
    """A recipient has not got what was sent from here; it is sent again by itself."""


SET_ASIDE_BY_HAND: Final = frozenset({AlarmKind.EXPIRED, AlarmKind.GIVEN_UP})
"""What nothing cures by itself: it stands until a person has seen to it."""


ON_ITS_WAY: Final = (MessageState.QUEUED, MessageState.RELAYED)
"""States of an own message that its recipient has not confirmed."""


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """An alarm before it is raised."""

    kind: AlarmKind
    peer: BureauId
    key: str
    detail: Mapping[str, Any]
    message_row: int | None = None


def raise_all(alarms: Iterable[NewAlarm], at: datetime) -> None:
    """Raise alarms, each thing once; in the caller's transaction."""
    LineAlarm.objects.bulk_create(
        [
            LineAlarm(
                bureau=home().bureau,
                kind=alarm.kind,
                peer=alarm.peer,
                key=alarm.key,
                detail=dict(alarm.detail),
                message_id=alarm.message_row,
                raised_at=at,
            )
            for alarm in alarms
        ],
        ignore_conflicts=True,
    )


def on_its_way() -> "QuerySet[Delivery]":
    """Return, for `Exists` in a query of alarms, what each one's recipient has not confirmed yet."""
    return Delivery.objects.filter(
        message=OuterRef("message"), recipient=OuterRef("peer"), state__in=ON_ITS_WAY
    )
