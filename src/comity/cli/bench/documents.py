"""Made-up travel documents in any number from a seed, as columns; and questions about them.

Every value follows from a document's place alone, so that nothing is kept: the same code makes a million
rows for the index, the same rows for PostgreSQL, and the number of any one of them for a question.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from comity.cli.bench.issuers import FORMS, SLOTS, Series, make_series, slot_table
from comity.collections import get
from comity.index.columns import DocumentColumns
from comity.kernel.clock import to_wire
from comity.kernel.codes import CollectionName, DocumentLoss, HandlingLabel, Purpose
from comity.kernel.ids import BureauId, RecordId
from comity.protocol.records import RecordBody, Restrictions
from comity.protocol.search import DocumentQuery

CHUNK: Final = 1 << 20
"""Rows made at once: some 60 MB."""
MAX_DOCUMENTS: Final = 400_000_000
"""Twice the largest real collection; the largest series' numbers would run out soon after."""
MAX_STRIDE: Final = 25
"""At most one number in so many is listed; fewer where a series would run out."""
HIT_EVERY: Final = 5_000
"""One question in so many is for a listed document: 0.02 %, the share that real systems see."""
DAY_S: Final = 86_400
LIFE_DAYS: Final = 3_650
"""Ten years, the ceiling of the collection."""
LATE_DAYS: Final = 7
"""Documents of these last days before the data end have run out already: one in five hundred."""
NUMBER_BYTES: Final = 22

_LOSSES: Final = ((DocumentLoss.STOLEN, 45), (DocumentLoss.LOST, 50), (DocumentLoss.STOLEN_BLANK, 5))
_LABELS: Final = ((HandlingLabel.OFFICIAL, 90), (HandlingLabel.RESTRICTED, 10))
_RESTRICTIONS: Final = ((((), ()), 97), (((), ("PRK", "SYR")), 2), ((("SVN", "FRA", "ITA"), ()), 1))
"""Allowed and denied countries, in parts of a hundred."""
VIEWER: Final = "SVN"
"""Sees what is restricted to some: the restriction is looked at, and holds for nobody here."""
DENIED: Final = "SYR"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DRAWN: Final = 100


def mixed(values: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Return values spread over 64 bits, the same for the same input (splitmix64, Steele et al. 2014)."""
    mixed = values + np.uint64((salt * 0x9E3779B97F4A7C15) & ((1 << 64) - 1))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def mixed_number(value: int) -> int:
    """Return one number spread over 64 bits."""
    return int(mixed(np.array([value], dtype=np.uint64), 0)[0])


def text_of_id(value: int) -> RecordId:
    """Return an identifier of UUID version 7 for a number below 2 ** 48 + 2 ** 12."""
    text = f"{value:012x}7000{(1 << 63) | mixed_number(value) >> 2:016x}"
    return RecordId("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])))


class Documents:
    """`count` documents, listed over the ten years before `at`."""

    def __init__(self, count: int, at: datetime, seed: int = 1) -> None:
        if not 0 < count <= MAX_DOCUMENTS:
            message = f"between 1 and {MAX_DOCUMENTS:,} documents can be made"
            raise ValueError(message)
        self.count = count
        self._seed = seed
        self._today = (at - _EPOCH).days
        self._series = make_series()
        self._owner, self._rank = slot_table(self._series)
        rounds = count // SLOTS + 1
        self._slots = np.array([each.slots for each in self._series])
        strides = [min(MAX_STRIDE, each.capacity // (each.slots * rounds)) for each in self._series]
        self._strides = np.array(strides, dtype=np.int64)
        self.envelopes = [body for series in self._series for body in _envelopes(series)]
        self._variants = np.array(_variants())

    def chunks(self, size: int = CHUNK) -> Iterator[DocumentColumns]:
        """Yield all documents in order of their places."""
        for first in range(0, self.count, size):
            yield self.columns(np.arange(first, min(first + size, self.count)))

    def columns(self, places: NDArray[np.int64]) -> DocumentColumns:
        """Return the documents at `places`."""
        series, offsets = self._where(places)
        drawn = self._drawn(places, 1)
        late = (drawn % np.uint64(LIFE_DAYS + LATE_DAYS)).astype(np.int64)
        event_days = self._today - late
        variant = self._variants[((drawn >> np.uint64(32)) % np.uint64(len(self._variants))).astype(np.int64)]
        return DocumentColumns(
            record_ids=self._record_ids(places),
            numbers=self._text(series, offsets),
            versions=1 + (drawn >> np.uint64(60) == 0).astype(np.uint32),
            expires=((event_days + LIFE_DAYS) * DAY_S + 1).astype(np.uint32),
            event_days=event_days.astype(np.int32),
            templates=(series * _PER_SERIES + variant).astype(np.uint32),
        )

    def listed(self, places: NDArray[np.int64]) -> list[DocumentQuery]:
        """Return questions for the documents at `places`, as an inspector asks."""
        return self._queries(places, *self._where(places))

    def near(self, places: NDArray[np.int64]) -> list[DocumentQuery]:
        """Return questions for documents that are not listed: their neighbours in the number range are."""
        series, offsets = self._where(places)
        gap = (self._strides[series] - 1).astype(np.uint64)
        step = 1 + (self._drawn(places, 3) % gap).astype(np.int64)
        stride = self._strides[series]
        return self._queries(places, series, offsets - offsets % stride + (offsets % stride + step) % stride)

    def mix(self, count: int, seed: int) -> list[DocumentQuery]:
        """Return `count` questions as a border asks them, one in `HIT_EVERY` for a listed document."""
        random = np.random.default_rng(seed)
        queries = self.near(random.integers(0, self.count, count))
        hits = range(HIT_EVERY // 2, count, HIT_EVERY)
        for place, query in zip(hits, self.listed(random.integers(0, self.count, len(hits))), strict=True):
            queries[place] = query
        return queries

    def restricted(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which documents at `places` some countries may not see, though `VIEWER` may."""
        return self._chosen(places, lambda lists: bool(lists.allow or lists.deny))

    def denied(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which documents at `places` the country `DENIED` may not see."""
        return self._chosen(places, lambda lists: bool(lists.allow) or DENIED in lists.deny)

    def _chosen(self, places: NDArray[np.int64], holds: Callable[[Restrictions], bool]) -> NDArray[np.bool_]:
        chosen = np.array([holds(each.restrictions) for each in self.envelopes])
        found: NDArray[np.bool_] = chosen[self.columns(places).templates]
        return found

    def bodies(self, places: NDArray[np.int64]) -> Iterator[RecordBody]:
        """Yield the documents at `places` one by one, whole, as a feed carries them."""
        columns = self.columns(places)
        for place in range(len(places)):
            yield body_at(columns, self.envelopes, place)

    def _where(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return series and place in its number range of the documents at `places`."""
        rounds, slots = np.divmod(places, SLOTS)
        series = self._owner[slots]
        ordinals = rounds * self._slots[series] + self._rank[slots]
        stride = self._strides[series]
        jitter = (self._drawn(places, 2) % stride.astype(np.uint64)).astype(np.int64)
        return series, ordinals * stride + jitter

    def _drawn(self, places: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
        return mixed(places.astype(np.uint64), self._seed * 16 + salt)

    def _record_ids(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return identifiers of UUID version 7, in order of time as a feed's are."""
        first_ms = (self._today - LIFE_DAYS) * DAY_S * 1000
        milliseconds = (first_ms + places * (LIFE_DAYS * DAY_S * 1000 // MAX_DOCUMENTS)).astype(np.uint64)
        high = milliseconds << np.uint64(16) | np.uint64(0x7000) | self._drawn(places, 4) >> np.uint64(52)
        low = np.uint64(1 << 63) | self._drawn(places, 5) >> np.uint64(2)
        pair = np.stack([high, low], axis=1).astype(">u8")
        return np.ascontiguousarray(pair).view(np.uint8).reshape(len(places), 16)

    def _text(self, series: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[Any]:
        """Return the numbers as they are printed, without blanks."""
        signs = np.zeros((len(series), NUMBER_BYTES), dtype=np.uint8)
        prefixes = np.array([list(each.prefix.ljust(2).encode()) for each in self._series], dtype=np.uint8)
        forms = np.array([each.form for each in self._series])[series]
        for number, (head, alphabet, places) in enumerate(FORMS):
            chosen = np.flatnonzero(forms == number)
            letters = np.frombuffer(alphabet.encode(), dtype=np.uint8)
            text = np.empty((len(chosen), head + places), dtype=np.uint8)
            text[:, :head] = prefixes[series[chosen], :head]
            rest = offsets[chosen]
            for column in range(head + places - 1, head - 1, -1):
                rest, digit = np.divmod(rest, len(letters))
                text[:, column] = letters[digit]
            signs[chosen, : head + places] = text
        return signs.view(f"S{NUMBER_BYTES}").reshape(-1)

    def _queries(
        self, places: NDArray[np.int64], series: NDArray[np.int64], offsets: NDArray[np.int64]
    ) -> list[DocumentQuery]:
        """Return questions: nine in ten with the country, every second with the kind."""
        chance = (self._drawn(places, 6) % np.uint64(20)).tolist()
        numbers = self._text(series, offsets).tolist()
        found = []
        for number, place, drawn in zip(numbers, series.tolist(), chance, strict=True):
            issuer = self._series[place]
            country = issuer.country if drawn > 1 else None
            found.append(DocumentQuery(number.decode(), country, str(issuer.kind) if drawn % 2 else None))
        return found


def body_at(columns: DocumentColumns, envelopes: list[RecordBody], place: int) -> RecordBody:
    """Return one row of `columns` as the record that it stands for."""
    envelope = envelopes[int(columns.templates[place])]
    text = columns.record_ids[place].tobytes().hex()
    content = {**envelope.content, "number": columns.numbers[place].decode()}
    if columns.event_days[place] >= 0:
        event = _EPOCH + timedelta(days=int(columns.event_days[place]))
        content["event_date"] = event.date().isoformat()
    return RecordBody(
        **{
            **{name: getattr(envelope, name) for name in envelope.__struct_fields__},
            "record_id": RecordId("-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))),
            "version": int(columns.versions[place]),
            "expires_at": to_wire(_EPOCH + timedelta(seconds=int(columns.expires[place]))),
            "content": get(CollectionName.TRAVEL_DOCUMENTS).normalise(content),
        }
    )


def _variants() -> list[int]:
    """Return which combination of loss, label and restriction each of a million parts has, in short."""
    return [
        (loss * len(_LABELS) + label) * len(_RESTRICTIONS) + restriction
        for loss, label, restriction in zip(
            _spread(_LOSSES, 1), _spread(_LABELS, 37), _spread(_RESTRICTIONS, 61), strict=True
        )
    ]


def _spread(choices: tuple[tuple[Any, int], ...], step: int) -> list[int]:
    """Return the place of a choice for each of 100 x 100 parts, out of step with the others."""
    parts = [place for place, (_, share) in enumerate(choices) for _ in range(share)]
    return [parts[(part * step + part // _DRAWN * (step + 2)) % _DRAWN] for part in range(_DRAWN * _DRAWN)]


_PER_SERIES: Final = len(_LOSSES) * len(_LABELS) * len(_RESTRICTIONS)


def _envelopes(series: Series) -> list[RecordBody]:
    """Return what documents of a series share, one envelope for each variant."""
    return [
        RecordBody(
            record_id=RecordId(""),
            version=1,
            collection=CollectionName.TRAVEL_DOCUMENTS,
            owner=BureauId(series.bureau),
            owner_reference=f"{series.bureau}-{series.kind}",
            purpose=Purpose.BORDER_CONTROL,
            legal_basis="Made up for measuring",
            label=label,
            restrictions=Restrictions(allow=list(allow), deny=list(deny)),
            expires_at="",
            content={"country": series.country, "type": str(series.kind), "loss": str(loss)},
        )
        for loss, _ in _LOSSES
        for label, _ in _LABELS
        for (allow, deny), _ in _RESTRICTIONS
    ]
