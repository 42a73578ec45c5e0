"""Giving out what waits at the relay: the most urgent first, until the recipient has acknowledged it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from comity.kernel.codes import Priority
from comity.kernel.ids import BureauId
from comity.office import clerks
from comity.office.messages import mailroom, relay_numbers
from comity.office.messages.limits import RANK
from comity.office.messages.mailroom import MAILROOM
from comity.office.messages.models import RelayMessage, RelayStanza
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, RelayInbox, Stanza, TakenEnvelope

MAX_PAGE: Final = 100
"""Envelopes in one answer: some tenths of a second of work at the recipient."""
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Three of the largest envelopes, or a full page of ordinary ones."""
KEPT_EXPIRED: Final = timedelta(days=7)
"""A recipient that comes back late still hears that something has expired, and whose it was."""
FORGET_AT_ONCE: Final = 500


class Lane(StrEnum):
    """Which part of an inbox is asked for: FLASH has a line of its own."""

    ALL = "all"
    FLASH = "flash"
    REST = "rest"

    def ranks(self) -> list[int]:
        """Return the ranks of the priorities in it."""
        flash = RANK[Priority.FLASH]
        return {
            Lane.ALL: sorted(RANK.values()),
            Lane.FLASH: [flash],
            Lane.REST: sorted(set(RANK.values()) - {flash}),
        }[self]


def page(
    peer: Member, lane: Lane, limit: int, wait_ms: int, gone: Callable[[], bool] = lambda: False
) -> RelayInbox:
    """Return what waits for `peer`'s bureau; wait for it at most `wait_ms`.

    Who waits holds a thread that sleeps and no connection to the database: a few clerks look for all,
    when something was announced. `gone` tells whether the asker has left, so that nobody waits on.
    """
    if wait_ms <= 0:
        return _look(peer.bureau, lane, limit)
    ranks = lane.ranks()
    ask = clerks.ask_express if lane is Lane.FLASH else clerks.ask
    seen = MAILROOM.arrivals(peer.bureau, ranks)
    found = ask(_look, peer.bureau, lane, limit)
    if found.envelopes or not mailroom.take_place():
        return found
    try:
        connection.close()
        for part in mailroom.slices(wait_ms):
            now = MAILROOM.wait(peer.bureau, ranks, seen, part)
            if now != seen:
                seen = now
                found = ask(_look, peer.bureau, lane, limit)
            if found.envelopes or gone():
                break
    finally:
        mailroom.leave()
    return found


def acknowledge(peer: Member, taken: Sequence[TakenEnvelope], at: datetime) -> None:
    """Erase what is durable at `peer`'s bureau: its stanzas, and the ciphertext that nobody waits for.

    Header and digest stay, so that an envelope that comes again is known. What came under another number
    than the one that is here now was sealed anew since: that one goes on waiting.
    """
    numbers: dict[str, int] = {one.message_id: one.sequence for one in taken}
    with transaction.atomic():
        own = RelayStanza.objects.filter(recipient=peer.bureau, message__in=numbers, acknowledged_at=None)
        rows = own.values_list("pk", "message_id", "sequence")
        found = [(row, message_id) for row, message_id, number in rows if numbers[message_id] == number]
        if not found:
            return
        own.filter(pk__in=[row for row, _ in found]).update(stanza="", acknowledged_at=at)
        waiting = RelayStanza.objects.filter(message=OuterRef("pk"), acknowledged_at=None)
        done = RelayMessage.objects.filter(pk__in=[message_id for _, message_id in found])
        done.filter(~Exists(waiting)).update(envelope="")


def forget_expired(at: datetime) -> bool:
    """Delete what expired a week ago: the date in its header refuses it from then on. True for more."""
    old = RelayMessage.objects.filter(expires_at__lte=at - KEPT_EXPIRED).order_by("expires_at")
    ids = list(old.values_list("pk", flat=True)[:FORGET_AT_ONCE])
    RelayMessage.objects.filter(pk__in=ids).delete()
    return len(ids) == FORGET_AT_ONCE


def _look(bureau: BureauId, lane: Lane, limit: int) -> RelayInbox:
    found = _waiting(bureau, lane, limit)
    return RelayInbox(instance=relay_numbers.instance(), envelopes=found)


def _waiting(bureau: BureauId, lane: Lane, limit: int) -> list[Envelope]:
    waiting = RelayStanza.objects.filter(recipient=bureau, acknowledged_at=None)
    chosen: list[int] = []
    size = 0
    for rank in lane.ranks():
        # One lane after the other, each along its index: the depth of the queue costs nothing.
        queue = waiting.filter(rank=rank).order_by("id").values_list("id", "size")
        for row, length in queue[: min(limit, MAX_PAGE) - len(chosen)]:
            size += length
            if chosen and size > MAX_PAGE_BYTES:
                break
            chosen.append(row)
        if len(chosen) >= min(limit, MAX_PAGE) or size > MAX_PAGE_BYTES:
            break
    if not chosen:
        return []
    rows = RelayStanza.objects.filter(pk__in=chosen).select_related("message").order_by("rank", "id")
    return [_envelope(row) for row in rows if row.stanza and row.message.envelope]


def _envelope(row: RelayStanza) -> Envelope:
    shared = msgspec.json.decode(row.message.envelope, type=Envelope)
    return msgspec.structs.replace(shared, stanzas=[msgspec.json.decode(row.stanza, type=Stanza)])
