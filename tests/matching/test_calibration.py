"""From scores to thresholds: the rate is kept, and too few people give no threshold."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.kernel.codes import AlarmRate, QueryShape
from comity.matching.calibration import (
    DOUBT,
    GROWTH,
    TOLERANCE,
    Calibration,
    allowed_alarms,
    measure,
    people_needed,
)
from comity.matching.names import Script
from comity.matching.thresholds import LISTED_NAMES, shipped

EVERYTHING = (0, 1001)
SHAPE = QueryShape.NAME


def found(scores, rate, bounds=EVERYTHING):
    return measure(scores, "L", SHAPE, rate, bounds)


@pytest.mark.parametrize(
    ("rate", "needed"),
    [(AlarmRate.ONE_IN_100, 228), (AlarmRate.ONE_IN_1000, 2301), (AlarmRate.ONE_IN_10000, 23024)],
)
def test_a_rate_takes_enough_people_and_says_so_when_there_are_fewer(rate, needed):
    assert people_needed(rate) == needed
    assert allowed_alarms(needed - 1, rate) is None
    assert allowed_alarms(needed, rate) == 0
    too_few = found([0] * (needed - 1), rate)
    assert (too_few.threshold, too_few.alarms, too_few.people) == (None, 0, needed - 1)
    assert found([0] * needed, rate).threshold == 1


def test_small_samples_are_judged_more_strictly_than_large_ones():
    assert [allowed_alarms(n, AlarmRate.ONE_IN_100) for n in (500, 1_000, 20_000)] == [3, 9, 200]


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=300, max_size=400), st.sampled_from(AlarmRate))
def test_the_threshold_is_the_lowest_that_keeps_the_rate(scores, rate):
    one = found(scores, rate)
    if one.threshold is None:
        assert len(scores) < people_needed(rate)
        return
    most = allowed_alarms(len(scores), rate)
    assert one.kept
    assert one.alarms == sum(score >= one.threshold for score in scores) <= most
    assert one.share <= rate.share
    if one.threshold:
        assert sum(score >= one.threshold - 1 for score in scores) > most


def test_the_rate_holds_for_people_who_were_not_measured():
    """In a hundred measurements no more than a few may promise less than half of what comes; here none does."""
    random, broken = Random(7), 0
    for _ in range(100):
        scores = [round(random.betavariate(1, 6) * 1000) for _ in range(1_500)]
        threshold = found(scores, AlarmRate.ONE_IN_100).threshold
        true_rate = (1 - (threshold - 0.5) / 1000) ** 6
        broken += true_rate > TOLERANCE * AlarmRate.ONE_IN_100.share
    assert broken <= 100 * DOUBT


def test_a_threshold_stays_within_its_bounds_and_says_what_it_costs():
    scores = [900] * 50 + [0] * 950
    high = found(scores, AlarmRate.ONE_IN_100, (400, 678))
    assert (high.threshold, high.kept, high.share) == (678, False, 0.05)
    low = found([10] * 1_000, AlarmRate.ONE_IN_100, (400, 678))
    assert (low.threshold, low.kept, low.alarms) == (400, True, 0)


def test_another_size_or_another_matcher_makes_a_calibration_unfit():
    one = Calibration(
        measured=(), people=1, made_up=0, sequence=1, records=900, names=1_000, at="", matcher="a"
    )
    assert one.fits(1_000, "a")
    assert one.fits(int(1_000 * GROWTH), "a")
    assert not one.fits(1_000, "b")
    assert not one.fits(2_000, "a")
    assert not one.fits(500, "a")


@pytest.mark.parametrize("script", Script)
@pytest.mark.parametrize("shape", QueryShape)
def test_shipped_thresholds_grow_with_the_rate_and_with_the_list(script, shape):
    by_rate = [shipped(script, shape, rate, LISTED_NAMES) for rate in AlarmRate]
    assert by_rate == sorted(by_rate)
    assert shipped(script, shape, AlarmRate.ONE_IN_1000, 100 * LISTED_NAMES) > by_rate[1]
    assert shipped(script, shape, AlarmRate.ONE_IN_1000, 10) == by_rate[1]
