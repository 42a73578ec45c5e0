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
    size: str = ""
    """Of `WHOLE`, where the budget is for that much and says nothing about less."""


RECIPIENTS: Final = "recipients of a broadcast"
QUEUED: Final = "queued"
WATCHED: Final = "drain watched"
MEGABYTES: Final = "attachment megabytes"
WHOLE: Final = {RECIPIENTS: 196, QUEUED: 100_000, WATCHED: 50_000, MEGABYTES: 2_048}
"""How much the budgets are for, by its name in `MessageFigures.details`."""
_TOLD: Final = (
    _Told(
        "messages_per_s", "messages of 8 KB, desk to signed receipt", "{:,.0f}/s", 200, "200/s", least=True
    ),
    _Told("submit_to_readable_p95_ms", "readable after, at 50/s, p95", "{:,.0f} ms", 500, "500 ms"),
    _Told(
        "broadcast_196_s",
        "one message in all reachable inboxes",
        "{:.1f} s",
        5,
        "5 s for 196",
        size=RECIPIENTS,
    ),
    _Told(
        "flash_p99_ms",
        "FLASH behind a queue, 3x overload, p99",
        "{:,.0f} ms",
        2000,
        "2 s behind 100,000",
        size=QUEUED,
    ),
    _Told("inversions", "... less urgent ones that overtook one", "{:,}", 0, "0"),
    _Told(
        "drain_per_s",
        "queue of a bureau that comes back",
        "{:,.0f}/s",
        150,
        "150/s of 50,000",
        least=True,
        size=WATCHED,
    ),
    _Told(
        "attachment_growth_mb",
        "a file by the relay, memory grows by",
        "{:,.0f} MB",
        256,
        "256 MB at 2 GB",
        size=MEGABYTES,
    ),
)


def rows(figures: MessageFigures) -> list[Row]:
    """Return every figure with its budget; whether it is met only where as much was done as it is for."""
    return [_row(figures, told) for told in _TOLD]


def _row(figures: MessageFigures, told: _Told) -> Row:
    value = getattr(figures, told.name)
    if value is None:
        return Row(told.what, "not measured", told.beside, None)
    met: bool | None = value >= told.budget if told.least else value <= told.budget
    if told.size and figures.details.get(told.size, 0) < WHOLE[told.size]:
        met = None
    return Row(told.what, told.form.format(value), told.beside, met)
