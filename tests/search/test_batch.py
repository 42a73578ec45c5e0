"""A batch: each question gets what it would have got alone, all of it on record before the answer (I1)."""

import json

import msgspec
import pytest

from comity.protocol.journal import RefusalEntry, SearchEntry
from comity.protocol.search import MAX_BATCH_BODY_BYTES, MAX_BATCH_QUERIES, BatchAnswer
from comity.search.copy_source import MAX_BATCH_NAMES
from tests.search.nodes import ask, refused

HIT = {"kind": "document", "number": "AB12345"}
NOTHING = {"kind": "document", "number": "AB99999"}


def batch(queries, purpose="border_control", **more):
    return {"purpose": purpose, "queries": queries, **more}


def ask_batch(client, queries, **more):
    response = client.post("/v1/search/batch", json=batch(queries, **more))
    assert response.status_code == 200, response.text
    msgspec.json.decode(response.content, type=BatchAnswer)
    return response.json()["items"]


def without_what_differs(answer):
    plain = {
        name: value for name, value in answer.items() if name not in {"search_id", "answered_at", "took_ms"}
    }
    return json.loads(
        json.dumps(plain | {"sources": [source | {"took_ms": 0, "age_s": 0} for source in plain["sources"]]})
    )


def test_each_question_gets_what_it_would_have_got_alone(desk):
    queries = [
        HIT,
        NOTHING,
        {"kind": "plate", "plate": "LJ AB 123"},
        {"kind": "person", "name": "Eriksson, Anna Maria", "birth_date": "1974-08-12"},
        {"kind": "document", "number": "SECRET1"},
        {"kind": "text", "text": "LJ AB-123"},
    ]
    alone = [ask(desk.client, query) for query in queries]
    items = ask_batch(desk.client, queries)
    assert [item["error"] for item in items] == [None] * len(queries)
    together = [item["answer"] for item in items]
    assert [without_what_differs(one) for one in together] == [without_what_differs(one) for one in alone]
    assert len({answer["search_id"] for answer in alone + together}) == 2 * len(queries)


def test_every_question_is_on_record_with_its_answer_i1(desk):
    before = len(desk.network.journal("SI"))
    items = ask_batch(desk.client, [HIT, NOTHING, {"kind": "vin", "vin": "1"}], reference="coach 7")
    written = desk.network.journal("SI")[before:]
    searches = {entry.search_id: entry for entry in written if isinstance(entry, SearchEntry)}
    assert list(searches) == [items[0]["answer"]["search_id"], items[1]["answer"]["search_id"]]
    assert [entry.state for entry in searches.values()] == ["HIT", "NO_RECORD"]
    assert {entry.reference for entry in searches.values()} == {"coach 7"}
    assert [entry.code for entry in written if isinstance(entry, RefusalEntry)] == ["input.bad_vin"]


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"kind": "vin", "vin": "1"}, "input.bad_vin", "query.vin"),
        ({"kind": "document"}, "input.missing_field", "query.number"),
        ({"kind": "horoscope"}, "input.not_a_choice", "query.kind"),
        (HIT | {"owner": "x"}, "input.unknown_field", "query.owner"),
        (7, "input.wrong_type", "query"),
    ],
)
def test_a_wrong_question_has_its_own_error_and_the_others_are_answered(desk, wrong, code, field):
    items = ask_batch(desk.client, [HIT, wrong, NOTHING])
    assert (items[0]["answer"]["state"], items[2]["answer"]["state"]) == ("HIT", "NO_RECORD")
    assert (items[1]["answer"], items[1]["error"]["code"], items[1]["error"]["field"]) == (None, code, field)


def test_a_batch_of_wrong_questions_only(desk):
    items = ask_batch(desk.client, [{"kind": "vin", "vin": "1"}] * 3)
    assert [item["error"]["code"] for item in items] == ["input.bad_vin"] * 3


@pytest.mark.parametrize(
    ("sent", "status", "code", "field"),
    [
        ({"queries": [HIT]}, 422, "purpose.missing", "purpose"),
        (batch([HIT], "curiosity"), 422, "input.not_a_choice", "purpose"),
        (batch([]), 422, "input.nothing_to_search", "queries"),
        ({"purpose": "border_control"}, 422, "input.missing_field", "queries"),
        (batch([HIT], reference="x" * 101), 422, "input.too_long", "reference"),
        (batch([NOTHING] * (MAX_BATCH_QUERIES + 1)), 413, "limit.rows", "queries"),
        (batch([{"kind": "vin"}] * (MAX_BATCH_QUERIES + 1)), 413, "limit.rows", "queries"),
        (batch([NOTHING], reference="x" * MAX_BATCH_BODY_BYTES), 413, "limit.body", None),
    ],
)
def test_what_is_wrong_with_all_of_it_is_refused_and_on_record_i13(desk, sent, status, code, field):
    before = len(desk.network.journal("SI"))
    refused(desk.client.post("/v1/search/batch", json=sent), status, code, field)
    (entry,) = desk.network.journal("SI")[before:]
    assert isinstance(entry, RefusalEntry)
    assert entry.code == code


def test_a_full_batch(desk):
    before = len(desk.network.journal("SI"))
    queries = [{"kind": "document", "number": f"ZZ{number:06d}"} for number in range(MAX_BATCH_QUERIES - 1)]
    items = ask_batch(desk.client, [*queries, HIT])
    assert [item["answer"]["state"] for item in items] == ["NO_RECORD"] * len(queries) + ["HIT"]
    assert [item["answer"]["asked"][0]["shown"] for item in items[:2]] == [
        "Document ZZ000000",
        "Document ZZ000001",
    ]
    assert len(desk.network.journal("SI")) == before + MAX_BATCH_QUERIES


def test_names_beyond_their_budget_are_incomplete_not_dropped_i2(desk):
    names = [
        {"kind": "person", "name": f"Ana Izmišljena {chr(97 + number % 26)}"}
        for number in range(MAX_BATCH_NAMES)
    ]
    zone = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
    items = ask_batch(desk.client, [*names, {"kind": "mrz", "lines": zone}, HIT])
    last_name, document = items[-2]["answer"], items[-1]["answer"]
    assert (last_name["state"], last_name["finding"]) == ("INCOMPLETE", "HIT")
    assert [found["record_id"] for found in last_name["candidates"]] == [desk.records.paper.record_id]
    assert last_name["sources"][0]["reason"] == "timeout"
    assert document["state"] == "HIT"


def test_who_may_not_search_may_not_search_much(desk):
    with desk.network.client("SI") as stranger:
        refused(stranger.post("/v1/search/batch", json=batch([HIT])), 401, "grant.missing")
    token = desk.network.grant(purposes=["wanted_persons"])
    with desk.network.client("SI", token=token) as client:
        refused(client.post("/v1/search/batch", json=batch([HIT])), 403, "purpose.not_allowed")


def test_the_description_shows_a_batch_that_works(desk):
    document = desk.client.get("/v1/openapi.json").json()
    content = document["paths"]["/v1/search/batch"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        assert desk.client.post("/v1/search/batch", json=example["value"]).status_code == 200
