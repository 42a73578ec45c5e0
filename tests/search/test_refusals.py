"""Bad input and bad papers: a stable code, the field, nothing searched; after the door also on record."""

import json
import time

import pytest

from comity.kernel.codes import Purpose, Role
from comity.protocol.journal import RefusalEntry
from tests.search.nodes import ask, body, refused

DOCUMENT = {"kind": "document", "number": "AB12345"}
WRONG = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C46UTO7408122F1204159ZE184226B<<<<<10"]


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ({"query": DOCUMENT}, "purpose.missing", "purpose"),
        (body(DOCUMENT, None), "purpose.missing", "purpose"),
        (body(DOCUMENT, "curiosity"), "input.not_a_choice", "purpose"),
        ({"purpose": "border_control"}, "input.missing_field", "query"),
        (body({"kind": "document"}), "input.missing_field", "query.number"),
        (body({"number": "1"}), "input.missing_field", "query.kind"),
        (body({"kind": "horoscope"}), "input.not_a_choice", "query.kind"),
        (body(DOCUMENT | {"owner": "x"}), "input.unknown_field", "query.owner"),
        (body(DOCUMENT, officer="x"), "input.unknown_field", "officer"),
        (body(DOCUMENT | {"number": 5}), "input.wrong_type", "query.number"),
        (body(DOCUMENT | {"country": "QQQ"}), "input.unknown_country", "query.country"),
        (body(DOCUMENT | {"type": "ticket"}), "input.not_a_choice", "query.type"),
        (body(DOCUMENT, reference="x" * 101), "input.too_long", "reference"),
        (body({"kind": "document", "number": "--"}), "input.bad_number", "query.number"),
        (body({"kind": "vin", "vin": "1"}), "input.bad_vin", "query.vin"),
        (body({"kind": "person", "name": "??"}), "input.bad_name", "query.name"),
        (
            body({"kind": "person", "name": "A B", "birth_date": "1980-02-30"}),
            "input.impossible_date",
            "query.birth_date",
        ),
        (body({"kind": "mrz", "lines": ["P<"]}), "input.not_an_mrz", "query.lines"),
        (body({"kind": "mrz", "lines": WRONG}), "input.wrong_check_digit", "query.lines.document_number"),
        (body({"kind": "text", "text": " "}), "input.nothing_to_search", "query.text"),
        ([], "input.wrong_type", None),
    ],
)
def test_bad_input_i13(desk, sent, code, field):
    before = len(desk.network.journal("SI"))
    refused(desk.client.post("/v1/search", json=sent), 422, code, field)
    (entry,) = desk.network.journal("SI")[before:]
    assert isinstance(entry, RefusalEntry)
    assert (entry.code, entry.officer) == (code, "officer-1")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe{}", b'{"purpose": "\xff"}', b"nothing", b'{"purpose":"border_control",}'],
)
def test_what_is_not_json(desk, content):
    headers = {"Content-Type": "application/json"}
    refused(desk.client.post("/v1/search", content=content[:16_000], headers=headers), 422, "input.not_json")


def test_text_that_cannot_be_stored_is_refused(desk):
    content = b'{"purpose":"border_control","query":{"kind":"text","text":"Ana \\ud800 Novak"}}'
    response = desk.client.post(
        "/v1/search", content=content, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    refused(response, 422, "input.not_json")


def test_an_oversized_body(desk):
    sent = json.dumps(body(DOCUMENT, reference="x" * 17_000))
    headers = {"Content-Type": "application/json"}
    refused(desk.client.post("/v1/search", content=sent, headers=headers), 413, "limit.body")

    def chunks():
        for start in range(0, len(sent), 1000):
            yield sent[start : start + 1000].encode()

    refused(desk.client.post("/v1/search", content=chunks(), headers=headers), 413, "limit.body")
    assert ask(desk.client, DOCUMENT)["state"] == "HIT"


@pytest.mark.parametrize("kind", ["text/plain", "", "application/jsonp", "application/json; charset=latin-1"])
def test_another_content_type(desk, kind):
    headers = {"Content-Type": kind} if kind else {}
    response = desk.client.post("/v1/search", content=json.dumps(body(DOCUMENT)), headers=headers)
    refused(response, 415, "input.bad_content_type")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_another_method(desk, method):
    response = desk.client.request(method, "/v1/search")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        refused(response, 405, "http.method_not_allowed")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/search/", "/v1/searches", "/admin", "/v1/%73earch/x"])
def test_every_other_address(desk, path):
    refused(desk.client.post(path, json=body(DOCUMENT)), 404, "http.not_found")


def test_papers(desk):
    network = desk.network
    good = network.grant()
    payload, _, signature = good.partition(".")
    other = network.grant(purposes=[Purpose.WANTED_PERSONS]).partition(".")
    for authorization, code in [
        (None, "grant.missing"),
        ("Basic dTpw", "grant.malformed"),
        ("Bearer x", "grant.malformed"),
        ("Bearer " + "x" * 5000, "grant.malformed"),
        (f"Bearer {network.grant(start=-7200)}", "grant.expired"),
        (f"Bearer {network.grant(start=7200)}", "grant.not_yet"),
        (f"Bearer {network.grant('FR')}", "grant.foreign"),
        (f"Bearer {other[0]}.{signature}", "grant.signature"),
        (f"Bearer {payload}.{other[2]}", "grant.signature"),
    ]:
        headers = {"Authorization": authorization} if authorization else {}
        with network.client("SI") as client:
            before = len(network.journal("SI"))
            response = client.post("/v1/search", json=body(DOCUMENT), headers=headers)
            refused(response, 401, code)
            assert response.headers["www-authenticate"] == "Bearer"
            assert len(network.journal("SI")) == before


def test_a_remembered_grant_still_expires(desk):
    with desk.network.client("SI", token=desk.network.grant(start=-10, life=12)) as client:
        assert ask(client, DOCUMENT)["state"] == "HIT"
        time.sleep(2.5)
        refused(client.post("/v1/search", json=body(DOCUMENT)), 401, "grant.expired")


def test_each_question_on_a_connection_is_asked_with_its_own_grant(desk):
    grants = [desk.network.grant(), desk.network.grant()]
    before = len(desk.network.journal("SI"))
    with desk.network.client("SI") as client:
        for token in (grants[0], grants[1], None, grants[0]):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            response = client.post("/v1/search", json=body(DOCUMENT), headers=headers)
            assert response.status_code == (200 if token else 401)
    entries = desk.network.journal("SI")[before:]
    first, second, again = [entry.grant_id for entry in entries]
    assert (first == again, first == second) == (True, False)


def test_a_purpose_that_the_grant_does_not_list_i12(desk):
    token = desk.network.grant(purposes=[Purpose.WANTED_PERSONS])
    with desk.network.client("SI", token=token) as client:
        refused(client.post("/v1/search", json=body(DOCUMENT)), 403, "purpose.not_allowed")
        assert ask(client, DOCUMENT, purpose="wanted_persons")["state"] == "HIT"


def test_a_role_that_does_not_search(desk):
    with desk.network.client("SI", token=desk.network.grant(roles=[Role.DATA_OWNER])) as client:
        refused(client.post("/v1/search", json=body(DOCUMENT)), 403, "access.denied")


def test_no_word_of_a_query_is_in_the_log_i11(desk):
    canary = "Canaria Zzyzx"
    ask(desk.client, {"kind": "person", "name": canary})
    desk.client.post("/v1/search", json=body({"kind": "person", "name": canary, "birth_date": canary}))
    desk.client.get(f"/v1/search?name={canary}")
    desk.client.get(f"/{canary}")
    log = desk.network.log("SI")
    metrics = desk.client.get("/metrics").text
    assert '"path":"/v1/search"' in log
    for text in (log, metrics):
        assert "Canaria" not in text
        assert "Zzyzx" not in text
        assert "officer-1" not in text
