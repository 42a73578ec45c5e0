"""The pages for machines: description, probes, metrics."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from comity.kernel.clock import to_wire
from comity.search.openapi import REFUSALS
from tests.search.nodes import Network, ask, body, refused


def test_the_description_names_every_refusal_and_its_examples_work(desk):
    document = desk.client.get("/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    operation = document["paths"]["/v1/search"]["post"]
    for status in set(REFUSALS) - {404, 405}:
        for code in REFUSALS[status][1]:
            assert f"`{code}`" in operation["responses"][str(status)]["description"]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        response = desk.client.post("/v1/search", json=example["value"])
        assert response.status_code == 200, response.text


def test_probes(desk):
    assert desk.client.get("/livez").json() == {"live": True}
    assert desk.client.get("/readyz").json() == {"ready": True}


def test_metrics_count_states_and_codes(desk):
    ask(desk.client, {"kind": "document", "number": "AB12345"})
    desk.client.post("/v1/search", json=body({"kind": "vin", "vin": "1"}))
    page = desk.client.get("/metrics").text
    assert 'comity_search_answers_total{kind="document",state="HIT"}' in page
    assert 'comity_search_refusals_total{code="input.bad_vin"}' in page
    assert "comity_search_seconds_bucket" in page


def test_not_ready_without_an_index_and_ready_once_it_is_there(tmp_path):
    network = Network(tmp_path)
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        response = client.get("/readyz")
        refused(response, 503, "node.not_ready")
        assert response.json()["obstacle"] == "index_missing"
        answer = ask(client, {"kind": "document", "number": "AB12345"})
        assert (answer["state"], answer["sources"][0]["reason"]) == ("INCOMPLETE", "not_ready")
        network.fill("SI")
        wait_until(lambda: client.get("/readyz").status_code == 200)
        assert ask(client, {"kind": "document", "number": "AB12345"})["state"] == "NO_RECORD"


def wait_until(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_copy_that_may_not_answer_is_not_ready_i7(tmp_path):
    network = Network(tmp_path, SI={"copy_max_age_s": 3_600})
    network.fill("SI", as_of=to_wire(datetime.now(UTC) - timedelta(hours=2)))
    with network.serving("SI"), network.client("SI") as client:
        response = client.get("/readyz")
        refused(response, 503, "node.not_ready")
        assert response.json()["obstacle"] == "index_too_old"
        network.fill("SI")
        wait_until(lambda: client.get("/readyz").status_code == 200)


def test_no_django_on_the_officers_path():
    told = "import sys, comity.search.__main__, comity.search.names_worker; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_stopping_is_quick_and_clean(tmp_path):
    network = Network(tmp_path)
    network.fill("SI")
    with network.serving("SI") as process:
        process.terminate()
        assert process.wait(10) == 0
