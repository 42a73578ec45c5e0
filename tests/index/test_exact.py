"""Documents, plates and vehicle numbers: found by their key, whatever way it is written."""

from datetime import timedelta

import pytest

from comity.kernel.codes import MatchStrength
from comity.kernel.errors import ErrorCode, InputError
from comity.protocol.search import DocumentQuery, PlateQuery, VinQuery
from tests.index.feeding import NOW, document, person, vehicle


@pytest.mark.parametrize("written", ["AB 12-345", "ab12345", " AB12345 "])
def test_a_document_is_found_by_its_number(index, written):
    listed = document("AB12345")
    index.put(listed, document("AB12346"))
    (found,) = index.ask(DocumentQuery(number=written)).candidates
    assert (found.record_id, found.strength, found.score) == (listed.record_id, MatchStrength.HIT, 1000)
    assert [reason.code for reason in found.reasons] == ["number.equal"]
    assert found.view["number"] == "AB12345"
    assert found.advice == "confirm_with_owner"


@pytest.mark.parametrize(
    ("query", "strength", "codes"),
    [
        (DocumentQuery("AB12345", "FRA", "passport"), "HIT", ["number.equal"]),
        (DocumentQuery("AB12345", "SVN"), "POSSIBLE", ["number.equal", "country.different"]),
        (DocumentQuery("AB12345", "FRA", "visa"), "POSSIBLE", ["number.equal", "type.different"]),
    ],
)
def test_another_country_or_type_makes_it_possible(index, query, strength, codes):
    index.put(document("AB12345"))
    (found,) = index.ask(query).candidates
    assert (found.strength, [reason.code for reason in found.reasons]) == (strength, codes)
    assert found.score == sum(reason.points for reason in found.reasons)


def test_the_person_behind_a_document_is_found(index):
    listed = person("Amina Testova", documents=["ZX998877"])
    index.put(listed)
    (found,) = index.ask(DocumentQuery("zx 998877")).candidates
    assert found.record_id == listed.record_id
    assert found.reasons[0].field == "documents"


@pytest.mark.parametrize(
    ("query", "strength"),
    [
        (PlateQuery("LJ-OB 123"), "HIT"),
        (PlateQuery("lj0b123", "SVN"), "HIT"),
        (PlateQuery("LJ 08 IZ3", "SVN"), "HIT"),
        (PlateQuery("LJ OB 123", "HRV"), "POSSIBLE"),
    ],
)
def test_plates_fold_look_alikes_and_weigh_the_country(index, query, strength):
    listed = vehicle(plate="LJ OB-123", country="SVN")
    index.put(listed)
    (found,) = index.ask(query).candidates
    assert (found.record_id, found.strength) == (listed.record_id, strength)


def test_vehicle_numbers_whole_and_in_part(index):
    listed = vehicle(vin="WVWZZZ1KZAW000123")
    index.put(listed)
    assert index.ask(VinQuery("WVWZZZIKZAWOOO123")).candidates[0].strength == MatchStrength.HIT
    (found,) = index.ask(VinQuery("AW000123")).candidates
    assert (found.strength, found.reasons[0].code) == (MatchStrength.POSSIBLE, "vin.tail_equal")
    assert index.ids(VinQuery("VF1ZZZ1KZAW000123")) == []


def test_a_vehicle_number_whose_check_digit_fails_is_asked_with_a_warning(index):
    answer = index.ask(VinQuery("1M8GDM9A0KP042788"))
    assert [warning.code for warning in answer.warnings] == ["vin.check_digit"]
    assert index.ask(VinQuery("1M8GDM9AXKP042788")).warnings == []


def test_an_expired_record_does_not_exist_i12(index):
    index.put(document("AB12345", expires=NOW + timedelta(seconds=1)))
    assert index.ids(DocumentQuery("AB12345"), at=NOW)
    assert index.ids(DocumentQuery("AB12345"), at=NOW + timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        (DocumentQuery("--"), ErrorCode.INPUT_BAD_NUMBER, "query.number"),
        (DocumentQuery("A" * 90), ErrorCode.INPUT_TOO_LONG, "query.number"),
        (DocumentQuery("A1", "XQX"), ErrorCode.INPUT_UNKNOWN_COUNTRY, "query.country"),
        (DocumentQuery("A1", None, "bus ticket"), ErrorCode.INPUT_NOT_A_CHOICE, "query.type"),
        (PlateQuery("-"), ErrorCode.INPUT_BAD_NUMBER, "query.plate"),
        (PlateQuery("A1", "Q"), ErrorCode.INPUT_UNKNOWN_COUNTRY, "query.country"),
        (VinQuery("12"), ErrorCode.INPUT_BAD_VIN, "query.vin"),
    ],
)
def test_bad_input_names_its_field_i13(index, query, code, field):
    with pytest.raises(InputError) as caught:
        index.ask(query)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_germany_may_be_asked_for_with_one_letter(index):
    index.put(document("C01X00T47", country="DEU"))
    assert index.ask(DocumentQuery("C01X00T47", "D")).candidates[0].strength == MatchStrength.HIT


def test_no_more_than_twenty_are_shown_and_it_says_so(index):
    index.put(*(document("SAME1", country=code) for code in ["FRA"] * 25))
    answer = index.ask(DocumentQuery("SAME1"))
    assert len(answer.candidates) == 20
    assert [warning.code for warning in answer.warnings] == ["answer.cut"]
