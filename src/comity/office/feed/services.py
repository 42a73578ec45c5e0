"""The feed at the secretariat: giving out positions, showing each reader what it may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, RecordId
from comity.ledger.commitments import chain, commit, new_salt
from comity.office.feed.models import FeedEntry as EntryRow
from comity.office.feed.models import FeedHead
from comity.office.waiting import Watch
from comity.protocol.feed import FeedEntry, FeedOperation, FeedPage
from comity.protocol.members import Member
from comity.protocol.records import Restrictions
from comity.rules.restrictions import may_see

MAX_ENTRIES: Final = 1_000
"""A copy applies a thousand entries in one transaction in a fraction of a second."""
MAX_PAGE_BYTES: Final = 8 * 1024 * 1024
"""Bodies of one page; with the longest records fewer entries fit, and the reader asks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One accepted change on its way into the feed."""

    operation: FeedOperation
    """PUT or WITHDRAW."""
    record_id: RecordId
    version: int
    owner: BureauId
    owner_country: str
    body: bytes
    """Canonical bytes of the `RecordBody` or `Withdrawal`: what the entry commits to."""
    restrictions: Restrictions
    previous: Restrictions | None


def lock_head() -> FeedHead:
    """Return the head, locked until the caller's transaction ends: positions are given out one by one."""
    return FeedHead.objects.select_for_update().get(id=1)


def append(changes: Sequence[Change], at: datetime) -> tuple[int, int]:
    """Give `changes` the next positions and return the first and last of them.

    In the caller's transaction: a position and the change that it stands for become true together.
    Bodies and salts of the versions before are erased; their commitments stay (I8).
    """
    head = lock_head()
    first, running = head.sequence + 1, bytes.fromhex(head.chain)
    rows: list[EntryRow] = []
    for sequence, change in enumerate(changes, start=first):
        salt = new_salt()
        commitment = commit(salt, change.body)
        running = chain(running, commitment)
        rows.append(_row(sequence, change, salt, commitment, running, at))
    erase(change.record_id for change in changes if change.version > 1)
    EntryRow.objects.bulk_create(rows)
    head.sequence, head.chain = first + len(rows) - 1, running.hex()
    head.save()
    return first, head.sequence


def erase(record_ids: Iterable[RecordId]) -> None:
    """Destroy bodies and salts of all entries so far that put these records; withdrawals keep theirs."""
    EntryRow.objects.filter(
        record_id__in=list(record_ids), operation=FeedOperation.PUT.value, body__isnull=False
    ).update(salt=None, body=None)


def restrictions_of(record_id: RecordId) -> Restrictions:
    """Return who may see the newest version of a record; raises `NotFoundError` for an unknown one."""
    row = EntryRow.objects.filter(record_id=record_id).order_by("-sequence").first()
    if row is None:
        raise NotFoundError(ErrorCode.RECORD_NOT_FOUND)
    return msgspec.convert(row.restrictions, Restrictions)


def page_for(reader: Member, after: int, limit: int, at: datetime) -> FeedPage:
    """Return the entries after position `after` as `reader` may see them (I6).

    Raises `ConflictError` (feed.gap) when the reader is ahead: history was lost here.
    """
    head = head_sequence()
    if after > head:
        raise ConflictError(ErrorCode.FEED_GAP, field="after")
    rows = EntryRow.objects.filter(sequence__gt=after, sequence__lte=head).order_by("sequence")
    entries: list[FeedEntry] = []
    size = 0
    for row in rows[: min(limit, MAX_ENTRIES)].iterator(chunk_size=200):
        size += len(row.body or "")
        if entries and size > MAX_PAGE_BYTES:
            break
        entries.append(as_seen(row, reader.country))
    return FeedPage(entries=entries, head_sequence=head, as_of=to_wire(at))


def as_seen(row: EntryRow, country: str) -> FeedEntry:
    """Return one entry as a reader in `country` receives it."""
    operation = _operation_for(row, country)
    bare = FeedEntry(sequence=row.sequence, operation=operation, commitment=row.commitment, chain=row.chain)
    if operation is FeedOperation.HIDDEN:
        return bare
    record_id = RecordId(row.record_id)
    if operation is FeedOperation.RETRACT:
        return msgspec.structs.replace(bare, record_id=record_id, version=row.version)
    return msgspec.structs.replace(
        bare, record_id=record_id, version=row.version, salt=row.salt, body=row.body
    )


def head_sequence() -> int:
    """Return the newest position, 0 for an empty feed."""
    return FeedHead.objects.values_list("sequence", flat=True).get(id=1)


def wait_for_news(after: int, wait_ms: int) -> None:
    """Return once there is an entry after `after`, or after `wait_ms` (at most 10 s)."""
    _HEAD.wait(after, wait_ms)


_HEAD: Final = Watch(head_sequence)


def _operation_for(row: EntryRow, country: str) -> FeedOperation:
    operation = FeedOperation(row.operation)
    if _sees(row.restrictions, row.owner_country, country):
        # An erased body was superseded or withdrawn: the entry that did so comes later.
        return operation if row.body is not None else FeedOperation.HIDDEN
    saw_before = row.previous_restrictions is not None and _sees(
        row.previous_restrictions, row.owner_country, country
    )
    return FeedOperation.RETRACT if saw_before else FeedOperation.HIDDEN


def _sees(stored: object, owner_country: str, country: str) -> bool:
    return may_see(msgspec.convert(stored, Restrictions), owner_country, country)


def _row(  # noqa: PLR0913, PLR0917 - the columns of an entry
    sequence: int, change: Change, salt: bytes, commitment: bytes, running: bytes, at: datetime
) -> EntryRow:
    previous = change.previous
    return EntryRow(
        sequence=sequence,
        record_id=change.record_id,
        version=change.version,
        operation=change.operation.value,
        owner=change.owner,
        owner_country=change.owner_country,
        commitment=commitment.hex(),
        chain=running.hex(),
        salt=salt.hex(),
        body=change.body.decode("utf-8"),
        restrictions=msgspec.to_builtins(change.restrictions),
        previous_restrictions=None if previous is None else msgspec.to_builtins(previous),
        created_at=at,
    )
