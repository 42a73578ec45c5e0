"""Another node's search as a source: whole batches pass on as one, and nobody waits behind too many (I2)."""

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import msgspec

from comity.protocol.journal import SearchEntry
from tests.index.feeding import document
from tests.search.nodes import COPY, ask, body, refused
from tests.search.test_batch import ask_batch, without_what_differs
from tests.search.test_sources import DOCUMENT, bureau_and_secretariat, live, networked

NOTHING = {"kind": "document", "number": "AB99999"}
FEW_WAIT = "import sys\nfrom pathlib import Path\nfrom comity.search import live_source, server\nlive_source.MAX_LIVE_WAITING = 2\nserver.run(Path(sys.argv[1]))"


def both(folder):
    return networked(folder, lambda port: [COPY, live(port)], total_budget_ms=5_000)


def test_a_batch_passes_on_as_one_and_each_question_gets_what_it_would_have_got_alone(tmp_path):
    pair = both(tmp_path)
    here, there = document("AB12345"), document("CD12345")
    hidden = document("EF12345", owner="FR", deny=["SVN"])
    pair.fill("SI", here)
    pair.fill("SEC", here, there, hidden)
    queries = [DOCUMENT, NOTHING, {"kind": "document", "number": "CD12345"}, {"kind": "vin", "vin": "1"},
               {"kind": "document", "number": "EF12345"}]  # fmt: skip
    with bureau_and_secretariat(pair) as client:
        alone = [ask(client, query) for query in queries if query["kind"] != "vin"]
        asked_before = len([entry for entry in pair.journal("SEC") if isinstance(entry, SearchEntry)])
        items = ask_batch(client, queries)
    assert items[3]["error"]["code"] == "input.bad_vin"
    together = [item["answer"] for item in items if item["answer"] is not None]
    assert [without_what_differs(one) for one in together] == [without_what_differs(one) for one in alone]
    assert [one["state"] for one in together] == ["HIT", "NO_RECORD", "HIT", "NO_RECORD"]
    assert together[0]["candidates"][0]["sources"] == ["international", "secretariat"]
    asked = [entry for entry in pair.journal("SEC") if isinstance(entry, SearchEntry)][asked_before:]
    assert [(entry.query.number, entry.asked_by_node) for entry in asked] == [
        (query["number"], "SI") for query in queries if query["kind"] != "vin"
    ]


def test_a_batch_whose_live_source_is_dead_is_incomplete_question_by_question_i2(tmp_path):
    pair = both(tmp_path)
    pair.fill("SI", document("AB12345"))
    with pair.serving("SI"), pair.client("SI", token=pair.grant()) as client:
        items = ask_batch(client, [DOCUMENT, NOTHING])
    answers = [item["answer"] for item in items]
    assert [(one["state"], one["finding"]) for one in answers] == [
        ("INCOMPLETE", "HIT"),
        ("INCOMPLETE", "NO_RECORD"),
    ]
    for one in answers:
        assert [source["reason"] for source in one["sources"]] == [None, "unreachable"]


def test_a_batch_whose_live_source_is_silent_costs_its_budget_once_i2(tmp_path):
    network = networked(tmp_path, lambda port: [COPY, live(port, budget_ms=300)])
    network.fill("SI", document("AB12345"))
    with (
        socket.create_server(("127.0.0.1", network.ports["SEC"])),
        network.serving("SI"),
        network.client("SI", token=network.grant()) as client,
    ):
        response = client.post(
            "/v1/search/batch", json={"purpose": "border_control", "queries": [DOCUMENT, NOTHING] * 50}
        )
    answer = response.json()
    assert {item["answer"]["sources"][1]["reason"] for item in answer["items"]} == {"timeout"}
    assert {item["answer"]["state"] for item in answer["items"]} == {"INCOMPLETE"}
    assert 290 <= answer["took_ms"] < 3_000


def test_an_incomplete_answer_in_a_batch_there_is_incomplete_here_i2(tmp_path):
    pair = both(tmp_path)
    pair.fill("SI", document("AB12345"))
    pair.fill("SEC", document("AB12345"), as_of="")
    with bureau_and_secretariat(pair) as client:
        (item,) = ask_batch(client, [DOCUMENT])
    assert (item["answer"]["state"], item["answer"]["finding"]) == ("INCOMPLETE", "HIT")
    assert item["answer"]["sources"][1]["reason"] == "not_ready"


def test_behind_too_many_who_wait_for_a_live_source_nobody_waits_i13(tmp_path):
    network = networked(tmp_path, lambda port: [COPY, live(port, budget_ms=3_000)], total_budget_ms=5_000)
    network.fill("SI", document("AB12345"))
    command = [sys.executable, "-c", FEW_WAIT, str(network.homes["SI"].path)]
    token = network.grant()

    def one(client):
        return client.post("/v1/search", json=body(DOCUMENT))

    with (
        socket.create_server(("127.0.0.1", network.ports["SEC"])),
        network.serving("SI", command=command),
        ExitStack() as stack,
        ThreadPoolExecutor(5) as pool,
    ):
        clients = [stack.enter_context(network.client("SI", token=token)) for _ in range(5)]
        for client in clients:
            client.get("/livez")  # handshakes on a busy machine take longer than the first question waits
        responses = list(pool.map(one, clients))
    answered = [response for response in responses if response.status_code == 200]
    turned_away = [response for response in responses if response.status_code != 200]
    assert len(answered) == 2
    assert {response.json()["sources"][1]["reason"] for response in answered} == {"timeout"}
    for response in turned_away:
        refused(response, 429, "limit.rate")
        assert response.headers["retry-after"] == "1"
    on_record = network.journal("SI")
    assert len(on_record) == 5
    assert sum(isinstance(entry, SearchEntry) for entry in on_record) == 2
    assert msgspec.json.encode(on_record).count(b"limit.rate") == 3
