"""Zones made up here: layouts, check digits by the theory of 7-3-1, repair, recognition, any input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.mrz import MrzFormat, check_digit, looks_like_mrz, read, repair

ZONE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"


def passport(
    *, number="K0000004Y", birth="850314", expiry="310907", sex="F", names="ZORIC<<MILA<ANA", optional=""
):
    number, optional = number.ljust(9, "<"), optional.ljust(14, "<")
    head = number + check_digit(number)
    tail = birth + check_digit(birth) + sex + expiry + check_digit(expiry) + optional + check_digit(optional)
    covered = head + tail.replace(sex, "", 1) if sex != "<" else head + tail[:7] + tail[8:]
    return [f"P<UTO{names}".ljust(44, "<"), head + "UTO" + tail + check_digit(covered)]


def card(number, optional2=""):
    """A TD1 whose number may be long; its check digit counts the filler in the tenth place."""
    if len(number) <= 9:
        head = number.ljust(9, "<") + check_digit(number.ljust(9, "<"))
    else:
        head = number[:9] + "<" + number[9:] + check_digit(number[:9] + "<" + number[9:])
    head = head.ljust(25, "<")
    birth, expiry, optional2 = "9002298", "3501015", optional2.ljust(11, "<")
    birth, expiry = birth[:6] + check_digit(birth[:6]), expiry[:6] + check_digit(expiry[:6])
    return [
        "I<UTO" + head,
        birth + "M" + expiry + "UTO" + optional2 + check_digit(head + birth + expiry + optional2),
        "NAMEK<<PER".ljust(30, "<"),
    ]


def test_passport_is_read():
    zone = read(passport())
    assert zone.valid
    assert zone.format is MrzFormat.TD3
    assert (zone.fields.primary_name, zone.fields.secondary_name) == ("ZORIC", "MILA ANA")
    assert (zone.fields.document_number, zone.fields.birth_date, zone.fields.sex) == (
        "K0000004Y",
        "850314",
        "F",
    )
    assert zone.fields.optional2 is None


@pytest.mark.parametrize("number", ["A1", "ABC123456", "ABC1234567", "ABC1234567890123456789"])
def test_card_numbers_of_any_length(number):
    zone = read(card(number))
    assert zone.format is MrzFormat.TD1
    assert zone.fields.document_number == number
    assert zone.checks["document_number"]


def test_long_number_may_be_checked_without_its_filler():
    lines = card("ABC1234567")
    other = check_digit("ABC1234567")
    assert other != lines[0][16]
    assert read([lines[0][:16] + other + lines[0][17:], *lines[1:]]).checks["document_number"]


def test_unknown_sex_and_birth():
    zone = read(passport(birth="<<<<<<", sex="<"))
    assert zone.well_formed
    assert (zone.fields.sex, zone.fields.birth_date) == ("X", "<<<<<<")


@pytest.mark.parametrize("birth", ["851314", "850001", "850230", "8503<4", "85<<04", "8A0314"])
def test_impossible_date_is_not_well_formed(birth):
    assert not read(passport(birth=birth)).well_formed


def test_leap_day_is_possible_in_leap_years_only():
    assert read(passport(birth="000229")).well_formed
    assert not read(passport(birth="010229")).well_formed


def test_digit_in_a_name_is_not_well_formed():
    assert not read(passport(names="Z0RIC<<MILA")).well_formed


def test_full_name_field_may_be_truncated():
    assert read(passport(names="A" * 39)).fields.name_may_be_truncated
    assert not read(passport(names="A" * 38)).fields.name_may_be_truncated


def test_every_single_digit_change_is_detected():
    # 7, 3 and 1 have no factor in common with 10, so two digits never weigh alike in one place
    text = "520727"
    for place in range(6):
        for digit in "0123456789":
            changed = text[:place] + digit + text[place + 1 :]
            assert (check_digit(changed) == check_digit(text)) == (changed == text)


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=9, max_size=9),
    st.integers(0, 8),
    st.sampled_from(ZONE),
)
def test_letter_changes_are_detected_unless_ten_apart(number, place, sign):
    """Values that differ by a multiple of ten weigh alike: 7-3-1 cannot see those, and sees all others."""
    value = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
    changed = number[:place] + sign + number[place + 1 :]
    unseen = (value[number[place]] - value[sign]) % 10 == 0
    assert (check_digit(number) == check_digit(changed)) == unseen


def test_wrong_composite_alone_makes_a_zone_invalid():
    lines = passport()
    wrong = str((int(lines[1][-1]) + 1) % 10)
    zone = read([lines[0], lines[1][:-1] + wrong])
    assert [name for name, agrees in zone.checks.items() if not agrees] == ["composite"]
    assert not zone.valid


@given(st.sets(st.integers(0, 12), min_size=1, max_size=4))
def test_repair_restores_digits_of_dates_and_checks(places):
    good = passport(birth="850120", expiry="310825")
    columns = [*range(13, 20), *range(21, 27)]
    letters = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}
    line = list(good[1])
    for place in places:
        line[columns[place]] = letters.get(line[columns[place]], line[columns[place]])
    assert repair([good[0], "".join(line)]) == good


def test_repair_leaves_numbers_alone():
    lines = passport(number="O0I1S5B8Z")
    assert repair(lines) == lines


def test_zone_is_recognised_in_one_box():
    lines = passport()
    assert looks_like_mrz("\n".join(lines)) == lines
    assert looks_like_mrz("".join(lines)) == lines
    assert looks_like_mrz("  " + " ".join(lines).lower() + "\r\n") == lines
    assert looks_like_mrz("".join(card("A1"))) == card("A1")


@pytest.mark.parametrize("text", ["", "Mila Zoric", "K0000004Y", "<" * 43, "P<UTO", "<" * 5000])
def test_other_text_is_no_zone(text):
    assert looks_like_mrz(text) is None


@given(st.lists(st.one_of(st.text(), st.text(ZONE, min_size=30, max_size=44)), max_size=4))
def test_any_lines_are_read_or_refused(lines):
    if [len(line.strip()) for line in lines] in ([30] * 3, [36] * 2, [44] * 2):
        zone = read(lines)
        assert zone.valid == (zone.well_formed and all(zone.checks.values()))
        assert repair(repair(lines)) == repair(lines)
        return
    with pytest.raises(InputError) as refused:
        read(lines)
    assert refused.value.code is ErrorCode.INPUT_NOT_AN_MRZ


@given(st.sampled_from([(2, 44), (2, 36), (3, 30)]).flatmap(
    lambda size: st.lists(st.text(min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
))  # fmt: skip
def test_foreign_characters_of_the_right_size_are_never_valid(lines):
    try:
        zone = read(lines)
    except InputError:
        return  # white space at an end was cut off
    assert zone.valid is False or all(c in ZONE for line in zone.lines for c in line)


@given(st.text())
def test_recognising_never_fails(text):
    lines = looks_like_mrz(text)
    assert lines is None or read(lines)
