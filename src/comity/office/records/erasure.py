"""Forgetting a withdrawn record at this node: everywhere that its content was kept."""

from collections.abc import Sequence
from typing import Final

from comity.kernel.ids import RecordId
from comity.office.cases import seen
from comity.office.feed import services as feed
from comity.office.hits.models import Hit
from comity.office.records.models import Record, RecordState, RecordVersion

_COLUMNS: Final = (
    "state",
    "body",
    "title",
    "owner_reference",
    "version",
    "accepted_version",
    "withdrawn_sequence",
    "changed_at",
)


def erase_records(rows: Sequence[Record]) -> None:
    """Mark `rows` withdrawn and destroy their content, in the caller's transaction.

    Gone are body, title and file number, all versions, the feed's bodies with their salts (their
    commitments stay, I8), and what hits on the own desk show of them.
    """
    if not rows:
        return
    for row in rows:
        row.state = RecordState.WITHDRAWN
        row.body, row.title, row.owner_reference = None, "", ""
    Record.objects.bulk_update(rows, _COLUMNS, batch_size=200)
    ids = [RecordId(row.record_id) for row in rows]
    RecordVersion.objects.filter(record_id__in=ids).update(body=None)
    seen.forget_hits_of(ids)
    Hit.objects.filter(record_id__in=ids).update(view={})
    feed.erase(ids)
