"""Times of many calls and what to say about them."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

_Item = TypeVar("_Item")


class Spread(msgspec.Struct, frozen=True):
    """Median, 99th percentile and worst, in the unit of what was timed."""

    median: float
    p99: float
    worst: float

    @classmethod
    def of(cls, times: Iterable[float], digits: int = 2) -> "Spread":
        """Return the spread of at least one time."""
        ordered = sorted(times)
        middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)]
        return cls(round(middle, digits), round(late, digits), round(ordered[-1], digits))


def microseconds(work: Callable[[_Item], object], items: Sequence[_Item]) -> list[float]:
    """Return how long `work` takes for each of `items`."""
    clock, times = time.perf_counter_ns, []
    for item in items:
        began = clock()
        work(item)
        times.append((clock() - began) / 1_000)
    return times
