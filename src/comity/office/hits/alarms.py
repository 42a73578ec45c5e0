"""Telling the owner of a record that it was found: a sealed alarm in the transaction that decides it."""

from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.clock import to_wire
from comity.kernel.codes import HitState, MatchStrength, MessageForm, NotificationPolicy
from comity.kernel.errors import InputError, TrustError
from comity.kernel.ids import BureauId, ThreadId, new_id
from comity.office.hits.models import Hit, HitSide
from comity.office.messages import services as line
from comity.office.runtime import home
from comity.protocol.messages import HitAlarm

MAX_LATE_ALARMS: Final = 100
"""Alarms caught up in one step of the worker: one short transaction each."""
_SUBJECT: Final = "Hit alarm"


def tell(hit: Hit, at: datetime) -> bool:
    """Queue the alarm to the owner of another bureau's record; tell whether that was possible.

    It is not while the owner is no active member or this node's directory is too old: the hit stays
    on the own desk without an alarm, and `tell_waiting_owners` makes up for it.
    """
    if hit.owner == hit.bureau:
        return False
    try:
        # What was half done must not stay: a number given to an envelope that was never sealed is a gap.
        with transaction.atomic():
            _send(hit, at)
    except (InputError, TrustError):
        return False
    return True


def tell_waiting_owners(at: datetime) -> bool:
    """Send the alarms that were due at once and could not be sent then; tell whether any left."""
    bureau = home().bureau
    waiting = Hit.objects.filter(
        bureau=bureau,
        side=HitSide.SEARCHER,
        state=HitState.OPEN,
        strength=MatchStrength.HIT,
        notify=NotificationPolicy.AT_ONCE,
        owner_told_at=None,
    ).exclude(owner=bureau)
    told = [_tell_once(hit, at) for hit in waiting.order_by("id")[:MAX_LATE_ALARMS]]
    return any(told)


def _tell_once(hit: Hit, at: datetime) -> bool:
    with transaction.atomic():
        locked = Hit.objects.select_for_update().get(pk=hit.pk)
        return locked.owner_told_at is None and tell(locked, at)


def _send(hit: Hit, at: datetime) -> None:
    thread_id = ThreadId(new_id(at))
    line.send_form(
        BureauId(hit.bureau),
        BureauId(hit.owner),
        MessageForm.HIT_ALARM,
        msgspec.to_builtins(_alarm(hit)),
        _SUBJECT,
        "",
        thread_id,
        at,
    )
    hit.thread_id, hit.owner_told_at = thread_id, at
    hit.save(update_fields=["thread_id", "owner_told_at"])


def _alarm(hit: Hit) -> HitAlarm:
    return HitAlarm(
        hit_id=hit.hit_id,
        search_id=hit.search_id,
        record_id=hit.record_id,
        record_version=hit.record_version,
        collection=hit.collection,
        searched_at=to_wire(hit.searched_at),
        purpose=hit.purpose,
        strength=hit.strength,
        score=hit.score,
        asked=hit.asked,
        bureau=BureauId(hit.searcher),
    )
