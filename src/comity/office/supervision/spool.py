"""Taking over searches from a journal spool: the one durable write of the search, followed to the desk.

Search log, hits, alarms and the position in the spool commit together: an entry has its effects once,
whatever is killed in between (I1, I4).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, NodeId
from comity.ledger.positions import START, SpoolPosition
from comity.ledger.reader import SpoolReader
from comity.node.directory import instant
from comity.office.hits import services as hits
from comity.office.runtime import home
from comity.office.supervision.journal import record_event
from comity.office.supervision.models import SearchLog, SpoolCursor
from comity.protocol.journal import MAX_SPOOL_ITEMS, JournalEntry, SearchEntry, SpoolAck, SpoolItem

OWN_BATCH: Final = 200
"""Entries taken over at once from the own spool: a few hundredths of a second, so that alarms leave soon."""


class OwnSpool:
    """Follows the spool of this node's own search. A step of the worker; one thread."""

    def __init__(self, reader: SpoolReader) -> None:
        self._reader = reader
        self._seen: SpoolPosition | None = None

    def follow(self, at: datetime) -> bool:
        """Take over what was written since last time; tell whether there was anything.

        Looks into one small file when there was not. Raises `IntegrityError` (integrity.spool) when
        the spool is damaged or was put back from an older copy.
        """
        if self._reader.end() == self._seen:
            return False
        known = position_of(home().node)
        after = SpoolPosition.parse(known) if known else START
        read = self._reader.read(after, OWN_BATCH)
        items = [SpoolItem(position=position.text(), body=body.decode("utf-8")) for position, body in read]
        if items:
            take_over_spool(home().node, home().bureau, items, at, after=known)
        self._seen = read[-1][0] if read else after
        return bool(items)


def position_of(node: NodeId) -> str:
    """Return how far the spool of `node` has been taken over; empty before the first entry."""
    return SpoolCursor.objects.filter(node=node).values_list("position", flat=True).first() or ""


def take_over_spool(
    node: NodeId, bureau: BureauId, items: Sequence[SpoolItem], at: datetime, *, after: str
) -> SpoolAck:
    """Take over entries of the spool of `node` that follow `after`, all or none; return how far it is now.

    When `after` is not where the last take-over ended, nothing is stored and the answer says where to
    go on. Raises `InputError` (limit.rows, input.…) for entries that are no journal of `node`.
    """
    if len(items) > MAX_SPOOL_ITEMS:
        raise InputError(ErrorCode.LIMIT_ROWS, field="entries")
    entries = [_entry(item, node, bureau) for item in items]
    with transaction.atomic():
        cursor, _ = SpoolCursor.objects.select_for_update().get_or_create(
            node=node, defaults={"position": ""}
        )
        if cursor.position != after or not items:
            return SpoolAck(position=cursor.position)
        for entry in entries:
            _take_over(entry, at)
        cursor.position = items[-1].position
        cursor.save(update_fields=["position"])
    return SpoolAck(position=cursor.position)


def _entry(item: SpoolItem, node: NodeId, bureau: BureauId) -> JournalEntry:
    SpoolPosition.parse(item.position)
    try:
        entry: JournalEntry = msgspec.json.decode(item.body, type=JournalEntry)
        instant(entry.at)
    except (msgspec.DecodeError, ValueError) as error:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="entries.body") from error
    foreign = isinstance(entry, SearchEntry) and entry.asked_by_node is None and entry.bureau != bureau
    if entry.node != node or foreign:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="entries.node")
    return entry


def _take_over(entry: JournalEntry, at: datetime) -> None:
    if not isinstance(entry, SearchEntry):
        record_event(
            bureau=entry.bureau,
            node=entry.node,
            officer=entry.officer,
            action=Action.SEARCH_RUN,
            subject=f"search:{entry.search_id}",
            allowed=False,
            code=entry.code,
            at=instant(entry.at),
        )
        return
    _, created = SearchLog.objects.get_or_create(
        search_id=entry.search_id,
        defaults={
            "bureau": entry.bureau,
            "node": entry.node,
            "at": instant(entry.at),
            "officer": entry.officer,
            "purpose": entry.purpose,
            "state": entry.state,
            "finding": entry.finding,
            "body": _without_quotes(entry),
        },
    )
    if created:
        hits.open_hits(entry, at)


def _without_quotes(entry: SearchEntry) -> str:
    """Return the entry with references to what was found, not its content: that is the hit's to forget."""
    bare = [msgspec.structs.replace(found, view={}, reasons=[]) for found in entry.candidates]
    return msgspec.json.encode(msgspec.structs.replace(entry, candidates=bare)).decode("utf-8")
