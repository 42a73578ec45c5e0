"""Messages that do not arrive: the sender's desk hears after 5 minutes, 1 hour, 8 hours, and at expiry."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists

from comity.kernel.codes import MessageState
from comity.kernel.ids import BureauId
from comity.office.messages import evidence, receipts
from comity.office.messages.alarms import (
    AT_ONCE,
    LATE_AFTER,
    ON_ITS_WAY,
    AlarmKind,
    NewAlarm,
    on_its_way,
    raise_all,
)
from comity.office.messages.models import Delivery, LineAlarm, OutboxItem


def tell_late(at: datetime) -> bool:
    """Tell the desk of messages that passed a mark without being delivered, and offer them once more.

    True if there may be more.
    """
    more = [_tell_passed(level, at) for level in range(len(LATE_AFTER))]
    return any(more)


def expire(at: datetime) -> bool:
    """Let go of envelopes whose time has run out, and tell the desk of those not delivered; True for more."""
    with transaction.atomic():
        items = list(OutboxItem.objects.filter(expires_at__lte=at).order_by("expires_at")[:AT_ONCE])
        lost = Delivery.objects.filter(item__in=items, state__in=ON_ITS_WAY).select_related("message")
        rows = list(lost.select_for_update(of=("self",)).order_by("pk"))
        raise_all([_alarm(AlarmKind.EXPIRED, row, "") for row in rows if row.message_id is not None], at)
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=MessageState.EXPIRED, waiting=False
        )
        messages = {row.message_id: row.message for row in rows if row.message is not None}
        receipts.settle_messages(messages.values())
        Delivery.objects.filter(item__in=items, message=None).delete()
        evidence.keep_proofs(items)
        Delivery.objects.filter(item__in=items).update(waiting=False)
        OutboxItem.objects.filter(pk__in=[item.pk for item in items]).delete()
    return len(items) == AT_ONCE


def clear_delivered(at: datetime) -> bool:
    """Close alarms on late messages that have arrived since."""
    late = LineAlarm.objects.filter(kind=AlarmKind.LATE, cleared_at=None)
    late.exclude(Exists(on_its_way())).update(cleared_at=at)
    return False


def _tell_passed(level: int, at: datetime) -> bool:
    waiting = Delivery.objects.filter(
        state__in=ON_ITS_WAY, message__isnull=False, late=level, created_at__lte=at - LATE_AFTER[level]
    )
    with transaction.atomic():
        found = waiting.select_related("message").select_for_update(of=("self",)).order_by("created_at")
        rows = list(found[:AT_ONCE])
        minutes = int(LATE_AFTER[level].total_seconds()) // 60
        raise_all([_alarm(AlarmKind.LATE, row, str(minutes)) for row in rows], at)
        passed = Delivery.objects.filter(pk__in=[row.pk for row in rows])
        passed.update(late=level + 1)
        # Its recipient may have refused it, and have been put back from a backup before it could say so.
        passed.filter(state=MessageState.RELAYED, item__isnull=False).update(
            waiting=True, again=True, next_attempt_at=at
        )
    return len(rows) == AT_ONCE


def _alarm(kind: AlarmKind, row: Delivery, minutes: str) -> NewAlarm:
    message = row.message
    assert message is not None  # noqa: S101 - the callers' queries say so
    detail = {"minutes": int(minutes)} if minutes else {}
    key = f"{message.message_id} {minutes}".strip()
    return NewAlarm(kind, BureauId(row.recipient), key, detail, message.pk)
