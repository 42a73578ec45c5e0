"""The owner's desk: a sealed alarm opens the hit, shown beside what the own record says now."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db.models import Q

from comity import collections
from comity.kernel.codes import CollectionName, HitState, MatchStrength, NotificationPolicy, Purpose
from comity.kernel.errors import ErrorCode, NotFoundError, TrustError
from comity.kernel.ids import BureauId, ThreadId, is_id
from comity.node.directory import instant
from comity.office.cases import seen
from comity.office.hits.limits import ANSWER_WITHIN
from comity.office.hits.models import Hit, HitSide
from comity.office.records.models import Record
from comity.office.runtime import home
from comity.protocol.messages import HitAlarm
from comity.protocol.records import RecordBody

MAX_SCORE = 1_000
MAX_VERSION = 2**31 - 1
"""What the column holds; no record is changed two thousand million times."""


class _Checked(NamedTuple):
    """What of an alarm must be of a kind, read."""

    collection: CollectionName
    purpose: Purpose
    strength: MatchStrength
    searched_at: datetime


def receive_alarm(alarm: HitAlarm, thread_id: ThreadId, sender: BureauId, at: datetime) -> Hit:
    """Open the hit that `sender` found in an own record; the same alarm again opens nothing.

    Raises `NotFoundError` (record.not_found) when the record is not the own bureau's, `TrustError`
    (envelope.malformed) for an alarm that contradicts itself or another hit.
    """
    checked = _check(alarm, sender)
    bureau = home().bureau
    record = Record.objects.filter(record_id=alarm.record_id, bureau=bureau).first()
    if record is None or record.collection != checked.collection:
        raise NotFoundError(ErrorCode.RECORD_NOT_FOUND)
    same_search = Q(search_id=alarm.search_id, record_id=alarm.record_id)
    known = Hit.objects.filter(Q(hit_id=alarm.hit_id) | same_search, bureau=bureau).first()
    if known is not None:
        return _same(known, alarm, sender)
    hit = Hit.objects.create(
        hit_id=alarm.hit_id,
        bureau=bureau,
        side=HitSide.OWNER,
        search_id=alarm.search_id,
        record_id=alarm.record_id,
        record_version=alarm.record_version,
        collection=checked.collection,
        owner=bureau,
        searcher=sender,
        purpose=checked.purpose,
        strength=checked.strength,
        score=alarm.score,
        asked=alarm.asked,
        view=_view(record),
        notify=NotificationPolicy.AT_ONCE,
        state=HitState.OPEN,
        searched_at=checked.searched_at,
        opened_at=at,
        due_at=at + ANSWER_WITHIN[checked.strength],
        owner_told_at=at,
        thread_id=thread_id,
    )
    seen.note_hit(hit)
    return hit


def _check(alarm: HitAlarm, sender: BureauId) -> _Checked:
    fits = (
        alarm.bureau == sender
        and is_id(alarm.hit_id)
        and is_id(alarm.search_id)
        and 0 <= alarm.score <= MAX_SCORE
        and 1 <= alarm.record_version <= MAX_VERSION
    )
    if not fits:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    try:
        return _Checked(
            CollectionName(alarm.collection),
            Purpose(alarm.purpose),
            MatchStrength(alarm.strength),
            instant(alarm.searched_at),
        )
    except ValueError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error


def _same(known: Hit, alarm: HitAlarm, sender: BureauId) -> Hit:
    same = (
        known.hit_id == alarm.hit_id
        and known.side == HitSide.OWNER
        and known.searcher == sender
        and known.record_id == alarm.record_id
    )
    if not same:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    return known


def _view(record: Record) -> dict[str, Any]:
    """Return what the record says now; nothing when it was withdrawn meanwhile."""
    if record.body is None:
        return {}
    body = msgspec.json.decode(record.body, type=RecordBody)
    return collections.get(body.collection).view(body.content)
