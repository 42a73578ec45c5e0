"""How two dates of birth agree: graded, symmetric, never more than the whole date is worth."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.matching.births import AGREEMENTS, EQUAL_POINTS, LEAST_POINTS, compare, most_points
from comity.matching.dates import BirthDate, DatePrecision, parse_birth

SPANS = [parse_birth(text) for text in ("1960-05", "1960", "circa 1960", "1955 to 1970")]


@pytest.mark.parametrize(
    ("asked", "listed", "code"),
    [
        ("1960-05-03", "1960-05-03", "birth.equal"),
        ("1960-05-03", "1960-05", "birth.month_equal"),
        ("1960-05-03", "1960-05-23", "birth.one_digit"),
        ("1960-05-03", "1960-05-17", "birth.month_equal"),
        ("1960-05-03", "1960", "birth.year_only"),
        ("1960-05-03", "1960-01-01", "birth.year_only"),
        ("1960-05-03", "1960-03-05", "birth.swapped"),
        ("1960-05-30", "1960-06-01", "birth.near"),
        ("1960-05-03", "1970-05-03", "birth.one_digit"),
        ("1960-05-03", "circa 1961", "birth.within"),
        ("1960-05-03", "1958 to 1962", "birth.within"),
        ("1960-05-03", "1961-11-14", "birth.year_near"),
        ("1960", "1962", "birth.year_near"),
        ("1960-05-03", "1968-11-14", "birth.different"),
        ("1960-05-03", "1984-11-14", "birth.decades"),
        ("1960-05-12", "1960-05-21", "birth.digits_exchanged"),
        ("1960-05-03", "1960-11-17", "birth.months_apart"),
        ("1960-12-20", "1961-01-14", "birth.months_apart"),
        ("1960", "circa 1970", "birth.different"),
        ("1960-05", "1960", "birth.year_only"),
    ],
)
def test_agreement_table_is_symmetric(asked, listed, code):
    one, other = parse_birth(asked), parse_birth(listed)
    assert compare(one, other).code == code
    assert compare(other, one) == compare(one, other)
    assert compare(one, other).message == AGREEMENTS[code]


def test_nothing_to_compare():
    assert compare(None, parse_birth("1960")) == compare(parse_birth("1960"), None)
    assert compare(None, None).points == 0


@given(st.dates(date(1900, 1, 1), date(2026, 6, 15)), st.dates(date(1900, 1, 1), date(2026, 6, 15)))
def test_no_date_agrees_better_than_the_same_one(one, other):
    same, another = day(one), day(other)
    assert compare(same, another).points < compare(same, same).points or one == other


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_further_apart_the_more_it_speaks_against(years, more):
    near = compare(parse_birth("1930"), parse_birth(str(1930 + years))).points
    far = compare(parse_birth("1930"), parse_birth(str(1930 + years + more))).points
    assert far <= near


def test_decades_apart_outweigh_what_any_slip_is_worth():
    asked = parse_birth("1961-04-17")
    assert compare(asked, parse_birth("1938-11-06")).points == LEAST_POINTS < -EQUAL_POINTS


@pytest.mark.parametrize(
    "span", ["1960-05-03", "1960-05", "1960", "1959 to 1960", "circa 1960", "1950 to 1970"]
)
def test_a_whole_date_tells_more_than_a_span_and_a_short_span_more_than_a_long(span):
    asked = parse_birth(span)
    assert compare(asked, asked).points == most_points(asked)
    assert 0 < most_points(asked) <= EQUAL_POINTS
    assert compare(asked, parse_birth("1950 to 1970")).points <= most_points(asked)


@given(st.dates(date(1930, 1, 1), date(2010, 12, 31)), st.sampled_from(SPANS))
def test_nothing_listed_is_worth_more_than_what_was_asked(listed, asked):
    assert compare(asked, day(listed)).points <= most_points(asked)


def day(value):
    return BirthDate(value, value, DatePrecision.EXACT)
