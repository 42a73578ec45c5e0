"""From a record's id to its number."""

from typing import Any

from comity.index.blocks import read_row
from comity.index.buckets import ID_WIDTH, id_hash, numbers, place
from comity.index.layout import Databases
from comity.index.rows import packed_id
from comity.index.templates import TemplateMemory
from comity.kernel.ids import RecordId


def number_of(
    transaction: Any, databases: Databases, record_id: RecordId, templates: TemplateMemory
) -> int | None:
    """Return the number of the record with this id, None when it is not there."""
    key, fingerprint = place(id_hash(packed_id(record_id)))
    bucket = transaction.get(key, b"", db=databases.ids)
    for number in numbers(bucket, fingerprint, ID_WIDTH):
        if read_row(transaction, databases, number, templates).body.record_id == record_id:
            return number
    return None
