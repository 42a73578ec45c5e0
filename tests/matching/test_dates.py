"""Dates of birth: what is read, what is refused, and how two of them agree."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.dates import AGREEMENTS, BirthDate, DatePrecision, compare, from_mrz, parse_birth

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("1960", "1960-01-01", "1960-12-31", "year"),
        ("1960-02", "1960-02-01", "1960-02-29", "month"),
        ("1960-05-03", "1960-05-03", "1960-05-03", "exact"),
        ("3.5.1960", "1960-05-03", "1960-05-03", "exact"),
        ("03 May 1960", "1960-05-03", "1960-05-03", "exact"),
        ("September 1960", "1960-09-01", "1960-09-30", "month"),
        ("circa 1960", "1958-01-01", "1962-12-31", "circa"),
        ("Approximately 1960", "1958-01-01", "1962-12-31", "circa"),
        ("1955 to 1957", "1955-01-01", "1957-12-31", "range"),
        ("between 1955 and 1957", "1955-01-01", "1957-12-31", "range"),
        ("1955-1957", "1955-01-01", "1957-12-31", "range"),
        ("between 3 May 1955 and 1957-02", "1955-05-03", "1957-02-28", "range"),
    ],
)
def test_forms(text, earliest, latest, precision):
    found = parse_birth(text)
    assert found.to_wire() == {"earliest": earliest, "latest": latest, "precision": precision}
    assert found.text == text
    assert BirthDate.from_wire(found.to_wire()).to_wire() == found.to_wire()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "60",
        "1960-13",
        "1960-02-30",
        "05/03/1960",
        "1957 to 1955",
        "0960",
        "3 Foo 1960",
        "circa",
        "x" * 500,
        "١٩٦٠",
    ],
)
def test_impossible_dates_are_refused(text):
    with pytest.raises(InputError) as refused:
        parse_birth(text)
    assert refused.value.code is ErrorCode.INPUT_IMPOSSIBLE_DATE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("850314", "1985-03-14"),
        ("260615", "2026-06-15"),
        ("260616", "1926-06-16"),
        ("000229", "2000-02-29"),
        ("7007<<", "1970-07"),
        ("62<<<<", "1962"),
    ],
)
def test_zone_dates_take_the_latest_century_that_is_not_in_the_future(text, expected):
    wanted, found = parse_birth(expected), from_mrz(text, TODAY)
    assert found is not None
    assert found.to_wire() == wanted.to_wire()


def test_unknown_zone_date_is_none():
    assert from_mrz("<<<<<<", TODAY) is None


@pytest.mark.parametrize("text", ["", "85<<14", "851314", "850230", "8503", "8A0314", "<<0314"])
def test_impossible_zone_dates_are_refused(text):
    with pytest.raises(InputError):
        from_mrz(text, TODAY)


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
        ("1960-05-03", "1984-11-14", "birth.different"),
        ("1960", "circa 1970", "birth.different"),
        ("1960-05", "1960", "birth.year_only"),
    ],
)
def test_agreement_table_is_symmetric(asked, listed, code):
    one, other = parse_birth(asked), parse_birth(listed)
    assert compare(one, other).code == code
    assert compare(other, one) == compare(one, other)
    assert compare(one, other).message == AGREEMENTS[code][1]


def test_nothing_to_compare():
    assert compare(None, parse_birth("1960")) == compare(parse_birth("1960"), None)
    assert compare(None, None).points == 0


@given(st.text())
def test_any_text_is_a_date_or_refused(text):
    for read in (parse_birth, lambda value: from_mrz(value, TODAY)):
        try:
            found = read(text)
        except InputError:
            continue
        assert found is None or found.earliest <= found.latest


@given(st.dates(date(1900, 1, 1), date(2026, 6, 15)), st.dates(date(1900, 1, 1), date(2026, 6, 15)))
def test_no_date_agrees_better_than_the_same_one(one, other):
    same = BirthDate(one, one, DatePrecision.EXACT)
    assert compare(same, BirthDate(other, other, DatePrecision.EXACT)).points <= compare(same, same).points
