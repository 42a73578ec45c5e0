"""What a run found: the figures by name, and how each is told beside its budget or peer."""

from collections.abc import Callable
from operator import ge, le
from typing import Any, Final, NamedTuple

import msgspec


class SearchFigures(msgspec.Struct, kw_only=True):
    """The JSON of `comity bench search`. None: not measured, `skipped` says why."""

    documents: int
    peer_documents: int
    """Rows in PostgreSQL; fewer favour the peer."""
    persons: int
    build_seconds: float
    bytes_per_record: float
    exact_median_us: float
    exact_p99_us: float
    exact_hit_first_touch_us: float
    exact_hit_in_mix_us: float | None
    restriction_cost_percent: float | None
    index_updates_per_s: int
    http_per_s: float
    http_constant_per_s: float
    http_ratio_to_constant: float
    http_ratio_to_constant_alike: float
    http_bare_constant_per_s: float
    http_ratio_to_bare_constant: float
    http_checked_constant_per_s: float
    http_ratio_to_checked_constant: float
    http_p99_ms_at_half_load: float
    disk_p99_ms: float
    batch_1000_ms: float
    rss_mb: float
    postgres_lookup_median_us: float | None
    http_django_postgres_per_s: float | None
    http_ratio_to_django_postgres: float | None
    name_median_ms: float
    name_p99_ms: float
    name_p99_ms_while_applying: float
    name_index_mb: float
    odd_query_worst_ms: float
    skipped: str = ""
    """Why there are no peers."""
    details: dict[str, Any] = {}
    """What stands behind the figures, and the machine."""


class Row(NamedTuple):
    """How one figure is told."""

    what: str
    seen: str
    beside: str
    met: bool | None
    """None where there is nothing to meet, or the data are fewer than the budget is for."""


class _Told(NamedTuple):
    """The words, the unit and the budget of one figure."""

    name: str
    what: str
    form: str
    beside: str = "-"
    holds: Callable[[Any, Any], bool] | None = None
    budget: float = 0.0
    size: str = ""
    """`documents` or `persons` where the budget is for the sizes of `WHOLE` and says nothing about less."""


WHOLE: Final = {"documents": 140_000_000, "persons": 1_000_000}
_TOLD: Final = (
    _Told(
        "build_seconds",
        "index of {documents:,} documents built",
        "{:,.1f} s",
        "600 s for 140 M",
        le,
        600,
        "documents",
    ),
    _Told("bytes_per_record", "index, bytes a document", "{:.1f}", "60 at 140 M", le, 60, "documents"),
    _Told("index_updates_per_s", "changes applied to it from the feed", "{:,}/s"),
    _Told("exact_median_us", "document in process, 0.02 % hits, median", "{:.1f} µs", "10 µs", le, 10),
    _Told("exact_p99_us", "... p99", "{:.1f} µs", "50 µs", le, 50),
    _Told("exact_hit_first_touch_us", "a hit on first touch, median", "{:.1f} µs", "150 µs", le, 150),
    _Told("exact_hit_in_mix_us", "... among the misses of the mix, median", "{:.1f} µs", "150 µs", le, 150),
    _Told("restriction_cost_percent", "a restricted hit takes more", "{:.1f} %", "20 %", le, 20),
    _Told(
        "postgres_lookup_median_us", "{peer_documents:,} such rows in PostgreSQL, median", "{:.1f} µs", "peer"
    ),
    _Told("http_per_s", "searches over TLS, journal durable", "{:,.0f}/s", "10,000/s", ge, 10_000),
    _Told("http_constant_per_s", "the same server answering a constant", "{:,.0f}/s", "ceiling of this run"),
    _Told("http_ratio_to_constant", "search to constant", "{:.2f}", "0.50", ge, 0.5),
    _Told("http_ratio_to_constant_alike", "... with as many connections", "{:.2f}"),
    _Told("http_bare_constant_per_s", "... from the bare connection", "{:,.0f}/s"),
    _Told("http_ratio_to_bare_constant", "search to that", "{:.2f}"),
    _Told("http_checked_constant_per_s", "... after checking grant and request", "{:,.0f}/s"),
    _Told("http_ratio_to_checked_constant", "search to that", "{:.2f}"),
    _Told("http_django_postgres_per_s", "Django view on these rows", "{:,.0f}/s", "peer"),
    _Told("http_ratio_to_django_postgres", "search to Django view", "{:.1f}", "5", ge, 5),
    _Told("http_p99_ms_at_half_load", "p99 at half the rate", "{:.2f} ms", "10 ms", le, 10),
    _Told("disk_p99_ms", "... a write to the disk by itself, p99", "{:.2f} ms", "floor of that minute"),
    _Told("batch_1000_ms", "a batch of 1,000, median", "{:.1f} ms", "15 ms", le, 15),
    _Told("rss_mb", "memory of the search's processes", "{:,.0f} MB"),
    _Told(
        "name_median_ms",
        "name among {persons:,} persons, median",
        "{:.2f} ms",
        "3 ms at 1 M",
        le,
        3,
        "persons",
    ),
    _Told("name_p99_ms", "... p99", "{:.2f} ms", "10 ms at 1 M", le, 10, "persons"),
    _Told("name_p99_ms_while_applying", "... p99 while changes are applied", "{:.2f} ms", "twice that"),
    _Told("name_index_mb", "index of names", "{:,.0f} MB", "400 MB at 1 M", le, 400, "persons"),
    _Told("odd_query_worst_ms", "worst of odd questions", "{:.1f} ms", "50 ms", le, 50),
)


def rows(figures: SearchFigures) -> list[Row]:
    """Return every figure with what stands beside it."""
    return [_row(figures, told) for told in _TOLD]


def _row(figures: SearchFigures, told: _Told) -> Row:
    value = getattr(figures, told.name)
    what = told.what.format(
        documents=figures.documents, peer_documents=figures.peer_documents, persons=figures.persons
    )
    if value is None:
        return Row(what, "not measured", told.beside, None)
    large = not told.size or getattr(figures, told.size) >= WHOLE[told.size]
    met = told.holds(value, told.budget) if told.holds is not None and large else None
    if told.name == "name_p99_ms_while_applying":
        met = value <= 2 * figures.name_p99_ms
    return Row(what, told.form.format(value), told.beside, met)


def markdown(found: list[Row]) -> str:
    """Return rows as a Markdown table."""
    lines = ["| what | seen | budget, ceiling or peer | met |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {row.what} | {row.seen} | {row.beside} | {mark(row)} |" for row in found])


def mark(row: Row) -> str:
    """Return the sign for met or not, empty where there is nothing to meet."""
    return "" if row.met is None else "✓" if row.met else "✗"
