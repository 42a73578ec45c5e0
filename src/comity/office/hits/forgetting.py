"""Forgetting what hits on this desk quote of records that are gone (I7, I8).

A record that its owner withdrew, that ran out, or that this country may no longer see must not live on
in a hit. The node's own copy tells: what it no longer holds is erased here too.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction

from comity.index.reader import IndexReader
from comity.kernel.errors import UnavailableError
from comity.kernel.ids import RecordId
from comity.node.directory import instant
from comity.office.cases import seen
from comity.office.hits.models import Hit
from comity.office.runtime import home

MAX_LOOKED_UP: Final = 5_000
"""Records looked up in one step: a few microseconds each, a tenth of a second in all."""


def forget_gone_records(_at: datetime) -> bool:
    """Erase view and reasons of hits whose record the own copy no longer holds; tell whether there were any.

    A hit that is younger than the copy's knowledge is left for the next time: a live source may have
    found a record that the copy has yet to receive. While there is no copy nothing is known to be gone.
    """
    quoting = dict(
        Hit.objects.filter(bureau=home().bureau)
        .exclude(view={})
        .order_by("id")
        .values_list("record_id", "searched_at")[:MAX_LOOKED_UP]
    )
    if not quoting:
        return False
    try:
        reader = IndexReader(home().index_dir)
    except UnavailableError:
        return False
    try:
        gone = list(_gone(reader, quoting.items()))
    finally:
        reader.close()
    with transaction.atomic():
        seen.forget_hits_of(gone)
        hits = Hit.objects.filter(bureau=home().bureau, record_id__in=gone)
        return hits.update(view={}, reasons=[]) > 0


def _gone(reader: IndexReader, quoting: Iterable[tuple[str, datetime]]) -> Iterable[str]:
    as_of = reader.status().as_of
    if not as_of:
        return
    known_at = instant(as_of)
    for record_id, searched_at in quoting:
        if searched_at < known_at and not reader.holds(RecordId(record_id)):
            yield record_id
