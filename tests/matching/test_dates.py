"""Dates of birth: what is read and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.dates import BirthDate, from_mrz, parse_birth

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


@given(st.text())
def test_any_text_is_a_date_or_refused(text):
    for read in (parse_birth, lambda value: from_mrz(value, TODAY)):
        try:
            found = read(text)
        except InputError:
            continue
        assert found is None or found.earliest <= found.latest
