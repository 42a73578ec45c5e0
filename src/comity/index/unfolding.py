"""Compact rows of documents back into columns, from which an index is built many times as fast as from rows.

Only documents are taken whose row has a template and plain parts, as all but odd ones have.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.index.blocks import DAY, MAX_PLAIN, PLAIN, read_number
from comity.index.columns import NUMBER_BYTES, DocumentColumns
from comity.index.opening import Snapshot
from comity.index.templates import TemplateMemory
from comity.kernel.codes import CollectionName
from comity.protocol.records import RecordBody

NO_DAY: Final = -1
_ID_BYTES: Final = 16
_SIGNS: Final = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
_HOLES: Final = frozenset({"number", "event_date"})


class Unfolding:
    """Collects the rows of one snapshot. Columns count templates by their place in `envelopes`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.envelopes: list[RecordBody] = []
        self._snapshot = snapshot
        self._templates = TemplateMemory()
        self._places: dict[int, int | None] = {}
        self._ids: list[bytes] = []
        self._rest: list[tuple[int, int, int, int, int]] = []

    def __len__(self) -> int:
        return len(self._ids)

    def take(self, row: bytes) -> bool:
        """Take a compact row, and tell whether it is one that columns can hold."""
        template, at = read_number(row, 0)
        flags = row[at]
        place = self._places[template] if template in self._places else self._place_of(template)
        if flags & ~DAY != PLAIN or place is None:
            return False
        version, end = read_number(row, at + 1 + _ID_BYTES)
        expires = int.from_bytes(row[end : end + 4], "big")
        day, number = NO_DAY, row[end + 4 :]
        if flags & DAY:
            day, number = int.from_bytes(number[:2], "big"), number[2:]
        self._ids.append(row[at + 1 : at + 1 + _ID_BYTES])
        self._rest.append((place, version, expires, day, int.from_bytes(number, "big")))
        return True

    def columns(self) -> DocumentColumns:
        """Return what was collected, in order, and begin anew."""
        ids = np.frombuffer(b"".join(self._ids), dtype=np.uint8).reshape(-1, _ID_BYTES)
        places, versions, expires, days, numbers = zip(*self._rest, strict=True)
        self._ids, self._rest = [], []
        return DocumentColumns(
            record_ids=ids,
            numbers=plain_texts(np.array(numbers, dtype=np.uint64)),
            versions=np.array(versions, dtype=np.uint32),
            expires=np.array(expires, dtype=np.uint32),
            event_days=np.array(days, dtype=np.int32),
            templates=np.array(places, dtype=np.uint32),
        )

    def _place_of(self, template: int) -> int | None:
        """Return the place of a template, None for one whose rows columns cannot hold."""
        snapshot = self._snapshot
        shared = self._templates.read(snapshot.transaction, snapshot.databases, template).shared
        place = None
        if shared.collection is CollectionName.TRAVEL_DOCUMENTS and not _HOLES & shared.content.keys():
            place = len(self.envelopes)
            self.envelopes.append(shared)
        self._places[template] = place
        return place


def plain_texts(values: NDArray[np.uint64]) -> NDArray[Any]:
    """Return the texts of plain numbers: signs of base 36 behind a 1."""
    base, one = np.uint64(36), np.uint64(1)
    signs = np.zeros((MAX_PLAIN, len(values)), dtype=np.uint8)
    lengths = np.zeros(len(values), dtype=np.intp)
    for place in range(MAX_PLAIN):
        more = values > one
        signs[place, more] = _SIGNS[(values[more] % base).astype(np.intp)]
        lengths += more
        values = np.where(more, values // base, values)
    texts = np.zeros((len(values), NUMBER_BYTES), dtype=np.uint8)
    for place in range(MAX_PLAIN):
        there = np.flatnonzero(lengths > place)
        texts[there, lengths[there] - 1 - place] = signs[place, there]
    return texts.view(f"S{NUMBER_BYTES}").reshape(-1)
