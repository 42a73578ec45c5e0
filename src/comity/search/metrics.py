"""Counts and times for the machine room. Labels come from closed lists; no data of any query (I11)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST.encode()
BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 1.0, 2.0, 5.0)
"""Around the budgets: 10 ms at half load, 700 ms with a dead source."""


class Metrics(Collector):
    """One process's numbers: plain integers, put into Prometheus' form when somebody asks for them.

    Owned by the event loop.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._answers: Counter[tuple[str, str]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show what `value` returns whenever the page is asked for."""
        self._gauges.append((f"comity_search_{name}", meaning, value))

    def answered(self, answers: Iterable[tuple[str, str]], seconds: Sequence[float]) -> None:
        """Count answers: state and kind of each, and how long each took."""
        self._answers.update(answers)
        buckets = self._buckets
        for each in seconds:
            buckets[bisect_left(BUCKETS_S, each)] += 1
        self._seconds += sum(seconds)

    def batch_answered(self, counts: Counter[tuple[str, str]]) -> None:
        """Count the answers to a batch."""
        self._answers += counts

    def refused(self, code: str) -> None:
        """Count one refusal."""
        self._refusals[code] += 1

    def page(self) -> bytes:
        """Return everything in the text form that Prometheus reads."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every number."""
        answers = CounterMetricFamily(
            "comity_search_answers", "Searches answered, by state and kind.", labels=["state", "kind"]
        )
        for labels, count in self._answers.items():
            answers.add_metric(labels, count)
        refusals = CounterMetricFamily(
            "comity_search_refusals", "Searches refused, by error code.", labels=["code"]
        )
        for code, count in self._refusals.items():
            refusals.add_metric([code], count)
        seconds = HistogramMetricFamily("comity_search_seconds", "Time from the request to its answer.")
        seconds.add_metric([], self._cumulative(), self._seconds)
        yield from (answers, refusals, seconds)
        for name, meaning, value in self._gauges:
            yield GaugeMetricFamily(name, meaning, value())

    def _cumulative(self) -> list[tuple[str, float]]:
        total, rows = 0, []
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), self._buckets, strict=True):
            total += count
            rows.append((bound, float(total)))
        return rows
