"""The clocks of requests: limits of the directive, half-open intervals, states that only go forward."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.codes import Priority
from comity.protocol.forms import Clock, declared
from comity.rules import deadlines
from comity.rules.deadlines import ClockClass, ClockState, due_at, state_of

START = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
"""The night in which summer time begins in Europe: elapsed time does not care."""
MICRO = timedelta(microseconds=1)
clocks = st.sampled_from([clock for clock in ClockClass if clock is not ClockClass.NONE])
priorities = st.sampled_from(Priority)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
starts = st.integers(0, 100 * 365 * 86_400 * 10**6).map(
    lambda micros: _FIRST + timedelta(microseconds=micros)
)
spans = st.integers(0, 40 * 86_400 * 10**6).map(lambda micros: timedelta(microseconds=micros))
ORDER = (ClockState.RUNNING, ClockState.DUE_SOON, ClockState.OVERDUE)


@pytest.mark.parametrize(
    ("clock", "priority", "hours"),
    [
        (ClockClass.DIRECT, Priority.FLASH, 1),
        (ClockClass.DIRECT, Priority.URGENT, 8),
        (ClockClass.DIRECT, Priority.NORMAL, 7 * 24),
        (ClockClass.INDIRECT, Priority.FLASH, 8),
        (ClockClass.INDIRECT, Priority.URGENT, 3 * 24),
        (ClockClass.INDIRECT, Priority.NORMAL, 7 * 24),
        (ClockClass.ORDINARY, Priority.FLASH, 8),
        (ClockClass.ORDINARY, Priority.URGENT, 3 * 24),
        (ClockClass.ORDINARY, Priority.NORMAL, 7 * 24),
    ],
)
def test_the_limits_of_the_directive(clock, priority, hours):
    """Directive (EU) 2023/977, article 5(1)."""
    assert due_at(clock, priority, START) == START + timedelta(hours=hours)


@pytest.mark.parametrize("priority", Priority)
def test_where_no_answer_is_expected_there_is_no_clock(priority):
    assert due_at(ClockClass.NONE, priority, START) is None
    assert due_at(ClockClass.NONE, priority, START, date(2026, 4, 1)) is None


def test_every_clock_that_a_form_may_declare_is_known():
    assert {clock.value for clock in Clock} == {clock.value for clock in ClockClass}


def test_what_forms_propose_keeps_to_what_they_declare():
    """A form's clock is what holds at the priority that it proposes."""
    spans = {"8h": timedelta(hours=8), "3d": timedelta(days=3), "7d": timedelta(days=7)}
    for form in declared().values():
        limit = deadlines.limit_of(ClockClass(form.clock), form.priority)
        assert limit == spans.get(form.clock.value), form.id


@given(clocks, priorities, starts, st.dates(date(1999, 1, 1), date(2110, 1, 1)))
def test_the_askers_own_day_lasts_to_its_end(clock, priority, start, day):
    due = due_at(clock, priority, start, day)
    over = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    assert due > start
    assert due == (over if over > start else due_at(clock, priority, start))


def test_the_last_day_of_all_is_no_day():
    assert due_at(ClockClass.DIRECT, Priority.URGENT, START, date.max) == START + timedelta(hours=8)


@given(clocks, starts)
def test_a_higher_priority_never_waits_longer(clock, start):
    flash, urgent, normal = (due_at(clock, priority, start) for priority in Priority)
    assert flash <= urgent <= normal


@given(clocks, priorities, starts)
def test_intervals_are_half_open(clock, priority, start):
    due = due_at(clock, priority, start)
    warn = deadlines.warn_at(start, due)
    assert start < warn < due
    assert state_of(start, due, start) is ClockState.RUNNING
    assert state_of(start, due, warn - MICRO) is ClockState.RUNNING
    assert state_of(start, due, warn) is ClockState.DUE_SOON
    assert state_of(start, due, due - MICRO) is ClockState.DUE_SOON
    assert state_of(start, due, due) is ClockState.OVERDUE


@given(clocks, priorities, starts, spans, spans)
def test_an_open_clock_only_goes_forward(clock, priority, start, one, other):
    due = due_at(clock, priority, start)
    sooner, later = sorted([start + one, start + other])
    assert ORDER.index(state_of(start, due, sooner)) <= ORDER.index(state_of(start, due, later))


@given(clocks, priorities, starts, spans, spans, st.booleans())
def test_an_answer_ends_it_for_good(clock, priority, start, ended, more, answered):
    due = due_at(clock, priority, start)
    end = start + ended
    ends = {"answered_at": end} if answered else {"stopped_at": end}
    state = ClockState.ANSWERED if answered else ClockState.STOPPED
    assert state_of(start, due, end + more, **ends) is state
    assert state_of(start, due, end - MICRO, **ends) in ORDER


@given(starts, spans, spans, spans)
def test_the_earlier_word_counts(start, answered, stopped, more):
    due = start + timedelta(hours=8)
    at = start + max(answered, stopped) + more
    state = state_of(start, due, at, answered_at=start + answered, stopped_at=start + stopped)
    assert state is (ClockState.ANSWERED if answered <= stopped else ClockState.STOPPED)


@given(starts, st.none() | spans, spans)
def test_a_flash_message_escalates_only_while_unread(start, read, passed):
    read_at = None if read is None else start + read
    shown = deadlines.flash_escalates(start, read_at, start + passed)
    assert shown == (read_at is None and passed >= timedelta(minutes=5))
