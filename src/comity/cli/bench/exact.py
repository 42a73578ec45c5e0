"""Documents in process: the real mix, a hit on first touch, and what restrictions cost."""

import gc
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from comity.cli.bench.building import country_of
from comity.cli.bench.course import Course
from comity.cli.bench.documents import DENIED, VIEWER, Documents
from comity.cli.bench.timing import Spread, microseconds
from comity.index.mapping import bring_in
from comity.index.reader import IndexReader
from comity.protocol.search import Query

MIX_SEED: Final = 11
MAX_QUESTIONS: Final = 200_000
"""Forty hits among them; more do not change the percentiles."""
FIRST_TOUCHES: Final = 1_000
WARM_UP: Final = 500
"""Questions that load code and tables; they touch other pages than those that are measured."""
COMPARED: Final = 1_000
"""Documents of each kind for the price of restrictions."""
ROUNDS: Final = 5
"""Each of them is asked so often, in turns; its least time counts, which a busy machine changes least."""

Ask = Callable[[Query], object]


class Exact(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, in microseconds."""

    touch: Spread
    """Listed documents, each for the first time in this process."""
    mix: Spread
    mix_hit: Spread | None
    """Of the mix, the listed documents alone: each behind some thousands that are not; None without any."""
    questions: int
    found: int
    """Of the mix."""
    restriction_percent: float | None
    """What a hit takes more where it is restricted; None without such records."""
    hidden_percent: float | None
    """What a document takes more that the viewer may not see than one that is not there (I6)."""


def measure_exact(directory: Path, course: Course) -> Exact:
    """Ask an index of documents."""
    documents, at = course.documents, course.at
    reader = IndexReader(directory, country_of)
    random = np.random.default_rng(MIX_SEED)

    def ask(query: Query) -> object:
        return reader.answer(query, VIEWER, at)

    def ask_denied(query: Query) -> object:
        return reader.answer(query, DENIED, at)

    try:
        with course.display.step("Ask for documents in process"):
            hits = documents.listed(random.integers(0, documents.count, FIRST_TOUCHES))
            questions = documents.mix(min(MAX_QUESTIONS, int(20_000 * course.seconds) + 5_000), MIX_SEED)
            bring_in(directory)
            reader.warm_up()
            _prepare(ask, documents)
            touch, times = Spread.of(microseconds(ask, hits)), microseconds(ask, questions)
            found = [bool(reader.answer(query, VIEWER, at).candidates) for query in questions]
            of_hits = [time for time, hit in zip(times, found, strict=True) if hit]
            return Exact(
                touch=touch,
                mix=Spread.of(times),
                mix_hit=Spread.of(of_hits) if of_hits else None,
                questions=len(questions),
                found=sum(found),
                **_prices(ask, ask_denied, documents, random),
            )
    finally:
        reader.close()


def _prepare(ask: Ask, documents: Documents) -> None:
    """Let everything be loaded that a search process has loaded when it says that it is ready."""
    for query in documents.mix(WARM_UP, MIX_SEED + 1) + documents.listed(np.arange(min(20, documents.count))):
        ask(query)
    gc.collect()
    gc.freeze()


def _prices(
    ask: Ask, ask_denied: Ask, documents: Documents, random: np.random.Generator
) -> dict[str, float | None]:
    """Return in percent what a hit costs more where it is restricted, and where the viewer is denied it.

    The first compares with a hit for everybody, the second with a document that is not there (I6).
    """
    places = random.choice(documents.count, min(documents.count, 60 * COMPARED), replace=False)
    denied = documents.denied(places)
    restricted = documents.restricted(places)
    few = min(COMPARED, int(denied.sum()))
    if few == 0:
        return {"restriction_percent": None, "hidden_percent": None}
    chosen = [documents.listed(places[np.flatnonzero(one)[:few]]) for one in (~restricted, restricted)]
    hidden = documents.listed(places[np.flatnonzero(denied)[:few]])
    absent = documents.near(places[np.flatnonzero(~restricted)[:few]])
    return {
        "restriction_percent": _more_percent(ask, chosen[0], chosen[1]),
        "hidden_percent": _more_percent(ask_denied, absent, hidden),
    }


def _more_percent(ask: Ask, plain: list[Any], other: list[Any]) -> float:
    """Return how much longer the median of `other` takes, asked in turns with `plain`."""
    least: list[NDArray[np.float64]] = [np.full(len(plain), np.inf), np.full(len(other), np.inf)]
    for _ in range(ROUNDS):
        for place, queries in enumerate((plain, other)):
            least[place] = np.minimum(least[place], microseconds(ask, queries))
    one, two = (float(statistics.median(times.tolist())) for times in least)
    return round((two / one - 1) * 100, 1)
