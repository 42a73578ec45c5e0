"""Numbers one sign away from a misread one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.matching.mrz import check_digit, near_numbers, read
from tests.matching.test_mrz import card, passport

SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def misread(lines, line, place, sign):
    return [text if at != line else text[:place] + sign + text[place + 1 :] for at, text in enumerate(lines)]


@settings(max_examples=60)
@given(st.text(SIGNS, min_size=1, max_size=9), st.data())
def test_the_true_number_is_among_the_near_ones(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    zone = read(misread(passport(number=number), 1, place, data.draw(st.sampled_from(SIGNS))))
    near = near_numbers(zone)
    assert (number in near) is not zone.checks["document_number"]
    assert len(near) == len(set(near)) <= 40


@given(st.text(SIGNS, min_size=9, max_size=9), st.sampled_from("0123456789OBSZ"))
def test_near_numbers_differ_in_one_sign_and_fit_the_digit(number, digit):
    zone = read(misread(passport(number=number), 1, 9, digit))
    for near in near_numbers(zone):
        assert sum(one != other for one, other in zip(near, number, strict=True)) == 1
        assert check_digit(near) == {"O": "0", "B": "8", "S": "5", "Z": "2"}.get(digit, digit)


def test_a_misread_digit_leaves_the_number_alone():
    assert near_numbers(read(misread(passport(number="049C102RW"), 1, 9, "S"))) == []


def test_signs_taken_for_one_another_come_first():
    near = near_numbers(read(misread(passport(number="K7750774Y"), 1, 3, "S")))
    assert near.index("K7750774Y") < 3
    assert len(near) > 20


def test_a_number_that_agrees_has_no_near_ones():
    assert near_numbers(read(passport())) == []


def test_a_digit_that_is_none_offers_nothing():
    assert near_numbers(read(misread(passport(), 1, 9, "X"))) == []


def test_long_numbers_of_cards():
    lines = card("ABC1234567")
    near = near_numbers(read(misread(lines, 0, 6, "8")))
    assert "ABC1234567" in near
    assert "A8C1234567" not in near


@given(st.lists(st.text("ABCZ019<oß", min_size=30, max_size=30), min_size=3, max_size=3))
def test_any_zone_has_bounded_near_numbers(lines):
    assert len(near_numbers(read(lines))) <= 40
