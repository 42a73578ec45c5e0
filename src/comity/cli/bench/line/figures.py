"""What a run of messages found, each figure beside its budget."""

from typing import Any, Final, NamedTuple

import msgspec

from comity.cli.bench.figures import Row


class MessageFigures(msgspec.Struct, kw_only=True):
    """The JSON of `comity bench messages`. None: not measured."""

    messages_per_s: float
    submit_to_readable_p95_ms: float
    broadcast_196_s: float
    flash_p99_ms: float
    inversions: int
    drain_per_s: float
    attachment_growth_mb: float | None = None
    details: dict[str, Any] = {}
    """How much was done, and the processor time of each process per message."""


class _Told(NamedTuple):
    name: str
    what: str
    form: str
    budget: float
    beside: str
    least: bool = False


_TOLD: Final = (
    _Told(
        "messages_per_s", "messages of 8 KB, desk to signed receipt", "{:,.0f}/s", 200, "200/s", least=True
    ),
    _Told("submit_to_readable_p95_ms", "readable after, at 50/s, p95", "{:,.0f} ms", 500, "500 ms"),
    _Told("broadcast_196_s", "one message in all reachable inboxes", "{:.1f} s", 5, "5 s for 196"),
    _Told("flash_p99_ms", "FLASH behind a queue, 3x overload, p99", "{:,.0f} ms", 2000, "2 s"),
    _Told("inversions", "... less urgent ones that overtook one", "{:,}", 0, "0"),
    _Told("drain_per_s", "queue of a bureau that comes back", "{:,.0f}/s", 150, "150/s", least=True),
    _Told("attachment_growth_mb", "2 GB by the relay, memory grows by", "{:,.0f} MB", 256, "256 MB"),
)


def rows(figures: MessageFigures) -> list[Row]:
    """Return every figure with its budget."""
    return [_row(getattr(figures, told.name), told) for told in _TOLD]


def _row(value: float | None, told: _Told) -> Row:
    if value is None:
        return Row(told.what, "not measured", told.beside, None)
    met = value >= told.budget if told.least else value <= told.budget
    return Row(told.what, told.form.format(value), told.beside, met)
