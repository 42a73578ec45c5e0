"""The clocks of requests: limits of the directive, half-open intervals, states that only go forward."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.codes import Priority
from comity.kernel.errors import ErrorCode, InputError
from comity.rules import deadlines
from comity.rules.deadlines import ClockClass, ClockState, FormClock, due_at, state_of

START = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
"""The night in which summer time begins in Europe: elapsed time does not care."""
MICRO = timedelta(microseconds=1)
clocks = st.one_of(
    st.sampled_from([FormClock(ClockClass.DIRECT), FormClock(ClockClass.INDIRECT)]),
    st.integers(1, deadlines.LONGEST_OWN_HOURS).map(lambda hours: FormClock(ClockClass.OWN, hours)),
)
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
    ],
)
def test_the_limits_of_the_directive(clock, priority, hours):
    """Directive (EU) 2023/977, article 5(1)."""
    assert due_at(FormClock(clock), priority, START) == START + timedelta(hours=hours)


@pytest.mark.parametrize("priority", Priority)
def test_a_form_with_its_own_hours_keeps_them(priority):
    assert due_at(FormClock(ClockClass.OWN, 36), priority, START) == START + timedelta(hours=36)
    assert due_at(deadlines.NO_CLOCK, priority, START) is None


@pytest.mark.parametrize(
    ("kind", "hours"),
    [
        (ClockClass.OWN, 0),
        (ClockClass.OWN, -1),
        (ClockClass.OWN, 721),
        (ClockClass.DIRECT, 8),
        (ClockClass.NONE, 1),
    ],
)
def test_odd_hours_are_refused(kind, hours):
    with pytest.raises(InputError) as refused:
        FormClock(kind, hours)
    assert (refused.value.code, refused.value.field) == (ErrorCode.DEADLINE_HOURS, "clock")


def test_what_is_no_request_has_no_clock():
    for form in ("free_text", "hit_answer", "receipt", "recall", "no_such_form"):
        assert deadlines.clock_of_form(form) == deadlines.NO_CLOCK


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
