"""Documents, plates, vehicle identification numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.codes import is_country
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.documents import document_fold, document_key, issuer_key
from comity.matching.vehicle_signs import STATE_OF_SIGN
from comity.matching.vehicles import (
    engine_key,
    plate_behind_sign,
    plate_key,
    vin_check_digit_agrees,
    vin_key,
    vin_tail,
)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("k 000-0004/y", "K0000004Y"),
        ("№ 12 34", "NO1234"),
        ("ＡＢ１２", "AB12"),
        ("٣٤٥", "345"),
        ("AB<<12", "AB12"),
    ],
)
def test_document_key_drops_what_is_not_the_number(written, key):
    assert document_key(written) == key


def test_document_key_tells_look_alikes_apart():
    assert document_key("O0") != document_key("00")


@pytest.mark.parametrize(
    ("code", "issuer"),
    [
        ("D", "DEU"),
        ("D<<", "DEU"),
        (" d ", "DEU"),
        ("svn", "SVN"),
        ("ROM", "ROU"),
        ("ZAR", "COD"),
        ("TMP", "TLS"),
        ("BUR", "MMR"),
        ("RKS", "XXK"),
        ("", ""),
        ("<<<", ""),
    ],
)
def test_issuer(code, issuer):
    assert issuer_key(code) == issuer


@pytest.mark.parametrize("key", [document_key, plate_key])
@pytest.mark.parametrize(
    ("text", "code"), [("-- /", ErrorCode.INPUT_BAD_NUMBER), ("A" * 99, ErrorCode.INPUT_TOO_LONG)]
)
def test_empty_and_endless_numbers_are_refused(key, text, code):
    with pytest.raises(InputError) as refused:
        key(text)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LJ BO-123", "ljb0I23"),  # O and 0, I and 1
        ("АВ 1234 СЕ", "AB1234CE"),  # Cyrillic and Latin
        ("ΙΚΡ-7001", "IKP 7OO1"),  # Greek and Latin
        ("SZ 8B2", "52.B8Z"),
        ("ČŽ 12-34", "CZ1234"),
    ],
)
def test_plates_read_alike_share_a_key(one, other):
    assert plate_key(one) == plate_key(other)


def test_different_plates_differ():
    assert len({plate_key(p) for p in ("LJ AA 123", "LJ AA 124", "MB AA 123", "ЛЯ 123")}) == 4


@pytest.mark.parametrize(
    ("vin", "agrees"),
    [
        ("1M8GDM9AXKP042788", True),  # the textbook example, check digit X
        ("1M8GDM9A1KP042788", False),  # demanded in North America
        ("11111111111111111", True),
        ("WVWZZZ1JZXW000001", None),  # makers of Europe need not use one
        ("LSVAA4182E2000000", False),
        ("ABC123", None),
    ],
)
def test_check_digit(vin, agrees):
    assert vin_check_digit_agrees(vin) is agrees


def test_every_single_change_of_weighted_digits_is_detected():
    vin = "1M8GDM9AXKP042788"
    for place in (11, 12, 13, 14, 15, 16):
        for digit in "0123456789":
            changed = vin[:place] + digit + vin[place + 1 :]
            assert vin_check_digit_agrees(changed) is (changed == vin)


def test_vin_reads_letters_that_it_never_holds_as_digits():
    assert vin_key("1m8gdm9axkpO427-88") == "1M8GDM9AXKP042788"
    assert vin_key("IQO12345") == "10012345"


def test_wrong_check_digit_is_no_reason_to_refuse():
    assert vin_key("1M8GDM9A1KP042788") == "1M8GDM9A1KP042788"


@pytest.mark.parametrize("text", ["", "1234", "1" * 18, "WVWZZZ1JZXW00000Ж", "1" * 200])
def test_impossible_vin_is_refused(text):
    with pytest.raises(InputError) as refused:
        vin_key(text)
    assert refused.value.code is ErrorCode.INPUT_BAD_VIN


def test_tail():
    assert vin_tail("1M8GDM9AXKP042788") == "KP042788"
    assert vin_tail("KPO42788") == "KP042788"
    assert vin_tail("1234567") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4AGE-1Z34", "4age 1234".replace("2", "z")),
        ("О0QВ-88", "000B88"),
        ("SR20 DET", "5R2ODET"),
        ("١٢٣٤", "I234"),
    ],
)
def test_engine_numbers_read_alike_share_a_key(one, other):
    assert engine_key(one) == engine_key(other)


@pytest.mark.parametrize(
    ("text", "code"), [("12-3", ErrorCode.INPUT_BAD_NUMBER), ("A" * 61, ErrorCode.INPUT_TOO_LONG)]
)
def test_engine_numbers_too_short_or_endless_are_refused(text, code):
    with pytest.raises(InputError) as refused:
        engine_key(text)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SLO LJ AB-123", ("SVN", "LJA8123")),
        ("d-M 1234", ("DEU", "M1234")),
        ("RUS А123ВС", ("RUS", "A1238C")),
        ("LJ AB-123", None),
        ("SLOLJAB123", None),
        ("D 12", None),
    ],
)
def test_a_plate_behind_the_sign_of_its_country(text, found):
    assert plate_behind_sign(text) == found


def test_signs_are_of_states():
    assert all(is_country(state) for state in STATE_OF_SIGN.values())
    assert len(STATE_OF_SIGN) > 150


def test_documents_fold_over_alphabets():
    assert document_fold("AB12О3") == document_fold("АВ12O3") == "A81203"


@given(st.text())
def test_any_text_has_a_key_or_is_refused(text):
    for key in (document_key, plate_key, vin_key, engine_key):
        try:
            found = key(text)
        except InputError:
            continue
        assert key(found) == found
    assert issuer_key(issuer_key(text)) == issuer_key(text)
