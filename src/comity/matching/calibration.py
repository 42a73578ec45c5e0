"""From the scores of people on no list to the threshold that a stated share reaches, or to an honest no.

A threshold holds a rate when two things are true of the people measured: no larger share of them reaches
it, and if the true share were `TOLERANCE` times the rate, so few alarms would be seen in less than one
measurement of `1 / DOUBT`. The second binds where few people were measured; with fewer than
`people_needed` no number of alarms, not even none, shows anything, and there is no threshold.
"""

from collections.abc import Sequence
from math import ceil, exp, lgamma, log, log1p
from typing import Final

import msgspec

from comity.kernel.codes import AlarmRate, QueryShape

TOLERANCE: Final = 2.0
"""A rate counts as kept when no more than twice as many are alarmed in the long run."""
DOUBT: Final = 0.01
"""Chance that a threshold passes although the true rate is `TOLERANCE` times the stated one or more."""
GROWTH: Final = 1.25
"""An index that has grown by more, or shrunk as much, is not the one that was measured: false alarms grow
in step with the names, and a quarter more is well within `TOLERANCE`."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one script, shape and rate came to."""

    script: str
    """A code of `matching.names.Script`."""
    shape: QueryShape
    rate: AlarmRate
    people: int
    threshold: int | None = None
    """None: not enough people for this rate."""
    alarms: int = 0
    """Of the people measured, those who reach it."""
    kept: bool = True
    """False: the highest threshold allowed raises more alarms than the rate says; `share` tells how many."""

    @property
    def share(self) -> float:
        """Share of the people measured who raise an alarm."""
        return self.alarms / self.people if self.people else 0.0


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds measured against one state of one index."""

    measured: tuple[Measured, ...]
    people: int
    made_up: int
    """Of them, those who were made up; the others were given."""
    sequence: int
    """Feed position of the index."""
    records: int
    names: int
    """Listed names that everybody may see."""
    at: str
    """Instant of the measurement."""
    matcher: str
    """Version of the matcher (`index.calibrating.matcher_version`)."""

    def find(self, script: str, shape: QueryShape, rate: AlarmRate) -> Measured | None:
        """Return what was measured; None when nobody of this script was."""
        for one in self.measured:
            if (one.script, one.shape, one.rate) == (script, shape, rate):
                return one
        return None

    def fits(self, names: int, matcher: str) -> bool:
        """Tell whether it still speaks of an index with so many names, searched by this matcher."""
        more, less = max(names, self.names), max(1, min(names, self.names))
        return matcher == self.matcher and more <= GROWTH * less


def people_needed(rate: AlarmRate) -> int:
    """Return how many people of one script must be measured for a rate: 228, 2,301 or 23,024."""
    return ceil(log(DOUBT) / log1p(-TOLERANCE * rate.share))


def allowed_alarms(people: int, rate: AlarmRate) -> int | None:
    """Return how many of `people` may be alarmed at most for the rate to hold; None for too few people."""
    chance, most = 0.0, None
    for count in range(int(people * rate.share + 1e-9) + 1):
        chance += _exactly(count, people, TOLERANCE * rate.share)
        if chance > DOUBT:
            break
        most = count
    return most


def _exactly(count: int, people: int, share: float) -> float:
    """Return the chance of exactly `count` alarms among `people` (binomial)."""
    ways = lgamma(people + 1) - lgamma(count + 1) - lgamma(people - count + 1)
    return exp(ways + count * log(share) + (people - count) * log1p(-share))


def holds(alarms: int, people: int, share: float) -> bool:
    """Tell whether so many alarms fit a stated share that is kept within `TOLERANCE`.

    False where so many, or more, would be seen in less than one check of `1 / DOUBT` although the true share
    were `TOLERANCE` times the stated one.
    """
    fewer = sum(_exactly(count, people, TOLERANCE * share) for count in range(alarms))
    return 1 - fewer >= DOUBT


def measure(
    scores: Sequence[int], script: str, shape: QueryShape, rate: AlarmRate, bounds: tuple[int, int]
) -> Measured:
    """Return the lowest threshold within `bounds` (both ends included) that holds the rate.

    `scores` is the highest score of each clean person, 0 for one who is like nobody. Where even the
    upper bound does not hold the rate, it is the threshold and `kept` is false.
    """
    lowest, highest = bounds
    most = allowed_alarms(len(scores), rate)
    if most is None:
        return Measured(script=script, shape=shape, rate=rate, people=len(scores))
    ranked = sorted(scores, reverse=True)
    # The first score that may no longer alarm; one point above it is the lowest threshold that holds.
    wanted = ranked[most] + 1 if most < len(ranked) else lowest
    threshold = min(max(wanted, lowest), highest)
    return Measured(
        script=script,
        shape=shape,
        rate=rate,
        people=len(scores),
        threshold=threshold,
        alarms=sum(score >= threshold for score in ranked),
        kept=wanted <= highest,
    )
