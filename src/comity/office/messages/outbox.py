"""What waits in the outbox: the next batch that leaves, and what became of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Q

from comity.kernel.codes import MessageState, Priority
from comity.kernel.errors import ErrorCode
from comity.kernel.ids import SECRETARIAT, BureauId, MessageId
from comity.office.messages import receipts, sealing_anew
from comity.office.messages.models import Delivery, Message, OutboxItem, SendLane
from comity.office.runtime import home
from comity.protocol.messages import Envelope, Verdict

MAX_ENVELOPES: Final = 50
MAX_ROWS: Final = 1_000
"""Recipients of fifty envelopes, for messages to a region; a broadcast has two hundred of its own."""
MAX_BYTES: Final = 4 * 1024 * 1024
"""Two of the largest envelopes, or fifty ordinary ones."""
MAX_SEALINGS: Final = 5
"""An envelope that is refused as a replay under five numbers is refused for its id, which stays."""
FIRST_RETRY_S: Final = 1.0
LONGEST_RETRY_S: Final = 60.0
"""A refusal by the relay is rarely cured in seconds; a minute is soon enough for what is."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries that leave in one request, with their envelopes."""

    rows: list[Delivery]
    again: bool = False

    def envelopes(self) -> list[Envelope]:
        """Return the envelopes, each with the stanzas of those who are to get it now."""
        return [_for(rows) for rows in _by_item(self.rows)]

    def apart(self) -> "list[Batch]":
        """Return one batch for each envelope."""
        return [Batch(rows, self.again) for rows in _by_item(self.rows)]


def next_batch(ranks: Sequence[int], at: datetime, **narrowed: object) -> Batch:
    """Return what is to leave next from these lanes, the most urgent first; empty when nothing is due."""
    # What lies further ahead than any pause was written by a clock that was wrong.
    due = Q(next_attempt_at__lte=at) | Q(next_attempt_at__gt=at + timedelta(seconds=2 * LONGEST_RETRY_S))
    waiting = Delivery.objects.filter(
        due, waiting=True, rank__in=ranks, item__isnull=False, **narrowed
    ).order_by("rank", "next_attempt_at", "id")
    chosen: list[int] = []
    items: set[int] = set()
    size, again = 0, None
    for row, item, of_again, length in waiting.values_list("pk", "item_id", "again", "item__size")[:MAX_ROWS]:
        again = of_again if again is None else again
        full = item not in items and (len(items) == MAX_ENVELOPES or size + length > MAX_BYTES)
        if again is not of_again or (items and full):
            break
        size += 0 if item in items else length
        items.add(item)
        chosen.append(row)
    if not chosen:
        return Batch([])
    rows = Delivery.objects.filter(pk__in=chosen).select_related("item")
    return Batch(list(rows.order_by("rank", "next_attempt_at", "id")), bool(again))


def settle(batch: Batch, verdicts: Sequence[Verdict], at: datetime) -> None:
    """Note what the relay said of each envelope. States only go forward: a receipt may be in already."""
    said = {verdict.message_id: verdict for verdict in verdicts}
    relayed: list[Delivery] = []
    refused: dict[str, list[Delivery]] = {}
    for row in batch.rows:
        verdict = said.get(MessageId(_item(row).message_id))
        if verdict is not None and verdict.accepted and row.recipient not in verdict.refused:
            relayed.append(row)
        else:
            code = ErrorCode.ENVELOPE_RECIPIENT if verdict is None or verdict.accepted else verdict.code
            refused.setdefault(str(code), []).append(row)
    _relayed(relayed, at)
    for code, rows in refused.items():
        if code == ErrorCode.ENVELOPE_REPLAY and rows[0].attempts < MAX_SEALINGS:
            sealing_anew.seal_anew({_item(row).pk for row in rows}, at)
        put_off(rows, code, at)


def put_off(rows: Sequence[Delivery], code: str, at: datetime) -> None:
    """Try rows again later: all of a batch at the same instant, so that they keep their order."""
    attempts = max((row.attempts for row in rows), default=0) + 1
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=attempts,
        last_error=code[:60],
        next_attempt_at=at + timedelta(seconds=retry_after_s(attempts)),
    )


def retry_after_s(attempts: int) -> float:
    """Return the pause before the next attempt: doubling to a minute, with half of it left to chance.

    Chance keeps nodes that failed together from coming back together.
    """
    whole = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(attempts - 1, 10))
    return whole * (0.5 + secrets.randbelow(500) / 1000)


def offer_above(known: Mapping[tuple[BureauId, Priority], int], at: datetime) -> None:
    """Offer again what the relay once took and does not know any more: it was put back from a backup.

    Its own desk went back with it, so that what is for the secretariat leaves again even if receipted.
    The last of each lane does too: a recipient that was put back as well sees by it what it misses.
    """
    forgotten = Q(state=MessageState.RELAYED) | Q(recipient=SECRETARIAT)
    for lane in SendLane.objects.filter(bureau=home().bureau):
        highest = known.get((BureauId(lane.peer), Priority(lane.priority)), 0)
        if lane.last_sent > highest:
            above = Delivery.objects.filter(
                recipient=lane.peer, priority=lane.priority, sequence__gt=highest, item__isnull=False
            )
            last = above.order_by("-sequence").values_list("pk", flat=True)[:1]
            lost = above.filter(forgotten | Q(pk__in=list(last)), waiting=False)
            lost.update(waiting=True, next_attempt_at=at)


def _relayed(rows: Sequence[Delivery], at: datetime) -> None:
    if not rows:
        return
    with transaction.atomic():
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            waiting=False,
            again=False,
            attempts=0,
            last_error="",
            **receipts.forward(MessageState.RELAYED, "relayed_at", at),
        )
        keys = {row.message_id for row in rows if row.message_id is not None}
        messages = Message.objects.filter(pk__in=keys)
        messages.exclude(recipient="").update(**receipts.forward(MessageState.RELAYED, "relayed_at", at))
        several = messages.filter(recipient="")
        several.filter(relayed_at=None).update(relayed_at=at)
        receipts.settle_messages(several)


def _by_item(rows: Sequence[Delivery]) -> list[list[Delivery]]:
    groups: dict[int | None, list[Delivery]] = {}
    for row in rows:
        groups.setdefault(row.item_id, []).append(row)
    return list(groups.values())


def _for(rows: Sequence[Delivery]) -> Envelope:
    envelope = msgspec.json.decode(_item(rows[0]).envelope, type=Envelope)
    recipients = {row.recipient for row in rows}
    stanzas = [stanza for stanza in envelope.stanzas if stanza.recipient in recipients]
    return msgspec.structs.replace(envelope, stanzas=stanzas)


def _item(row: Delivery) -> OutboxItem:
    assert row.item is not None  # noqa: S101 - the queries of this module say so
    return row.item
