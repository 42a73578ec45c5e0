"""What an officer gets: state, candidates, reasons, sources; through the front door."""

import pytest

from tests.search.nodes import ask

ZONE = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]


@pytest.mark.parametrize(
    ("query", "state", "found"),
    [
        ({"kind": "document", "number": "ab 12345"}, "HIT", "other_paper"),
        ({"kind": "document", "number": "AB12345", "country": "SVN"}, "POSSIBLE", "other_paper"),
        ({"kind": "document", "number": "AB99999"}, "NO_RECORD", None),
        ({"kind": "plate", "plate": "LJ AB 123"}, "HIT", "car"),
        ({"kind": "vin", "vin": "WVWZZZ1KZAW000123"}, "HIT", "car"),
        ({"kind": "person", "name": "Eriksson, Anna Maria", "birth_date": "1974-08-12"}, "HIT", "bearer"),
        ({"kind": "person", "name": "Anna Maria Eriksson"}, "POSSIBLE", "bearer"),
        ({"kind": "text", "text": "LJ AB-123"}, "HIT", "car"),
    ],
)
def test_states(desk, query, state, found):
    answer = ask(desk.client, query)
    assert (answer["state"], answer["finding"]) == (state, state)
    ids = [candidate["record_id"] for candidate in answer["candidates"]]
    assert ids == ([] if found is None else [getattr(desk.records, found).record_id])
    (source,) = answer["sources"]
    assert (source["name"], source["kind"], source["answered"]) == ("international", "copy", True)
    assert source["version"] == 5
    assert 0 <= source["age_s"] < 600
    assert answer["asked"]


def test_a_zone_finds_document_and_bearer(desk):
    answer = ask(desk.client, {"kind": "mrz", "lines": ZONE})
    assert answer["state"] == "HIT"
    assert {candidate["record_id"] for candidate in answer["candidates"]} == {
        desk.records.paper.record_id,
        desk.records.bearer.record_id,
    }
    for candidate in answer["candidates"]:
        assert candidate["advice"] == "confirm_with_owner"
        assert candidate["sources"] == ["international"]
        assert all(reason["message"] for reason in candidate["reasons"])


def test_a_wrong_check_digit_is_searched_only_by_choice(desk):
    wrong = [ZONE[0], ZONE[1].replace("7408122", "7408123")]
    answer = ask(desk.client, {"kind": "mrz", "lines": wrong, "accept_wrong_check_digits": True})
    assert answer["state"] == "HIT"
    assert {warning["code"] for warning in answer["warnings"]} == {"input.wrong_check_digit"}


def test_to_a_denied_country_a_record_does_not_exist_i6(desk):
    hidden = ask(desk.client, {"kind": "document", "number": "SECRET1"})
    absent = ask(desk.client, {"kind": "document", "number": "SECRET2"})
    for answer in (hidden, absent):
        for part in ("search_id", "answered_at", "took_ms", "asked"):
            del answer[part]
        del answer["sources"][0]["took_ms"]
    assert hidden == absent
    assert hidden["state"] == "NO_RECORD"


def test_the_journal_holds_the_answer_and_the_question_i1(desk):
    query = {"kind": "document", "number": "AB12345"}
    answer = ask(desk.client, query, reference="file 7", notify="never")
    (entry,) = [entry for entry in desk.network.journal("SI") if entry.search_id == answer["search_id"]]
    assert (entry.bureau, entry.officer, entry.node) == ("SI", "officer-1", "SI")
    assert (entry.purpose, entry.notify, entry.reference) == ("border_control", "never", "file 7")
    assert (entry.state, entry.finding, entry.query.number) == ("HIT", "HIT", "AB12345")
    assert [found.record_id for found in entry.candidates] == [desk.records.other_paper.record_id]
    assert entry.asked_by_node is None
