"""An index file that was cut ends no search process: it is a source that did not answer (I2)."""

import os
import time

from comity.index import generations
from comity.index.opening import LOOK_EVERY_S
from tests.index.feeding import document, person
from tests.search.nodes import Network, ask, refused
from tests.search.test_service_pages import wait_until

DOCUMENT = {"kind": "document", "number": "AB7"}
NAME = {"kind": "person", "name": "Ana Testova"}


def test_a_cut_index_is_told_while_running_at_the_start_and_read_again_when_it_is_whole(tmp_path):
    network = Network(tmp_path)
    network.fill("SI", *(document(f"AB{number}") for number in range(300)), person("Ana Testova"))
    path = generations.current(network.homes["SI"].index_dir) / generations.DATA_FILE
    data = path.read_bytes()
    with network.serving("SI") as process, network.client("SI", token=network.grant()) as client:
        assert ask(client, DOCUMENT)["state"] == "HIT"
        os.truncate(path, len(data) // 4096 * 4096 - 4096)
        # Doubted at the first look, no longer read after the second.
        for _ in range(3):
            time.sleep(2 * LOOK_EVERY_S)
            client.get("/readyz")
        answer = ask(client, DOCUMENT)
        assert (answer["state"], answer["finding"]) == ("INCOMPLETE", "NO_RECORD")
        assert answer["sources"][0]["reason"] == "garbled"
        wait_until(lambda: client.get("/readyz").json().get("obstacle") == "index_damaged")
        path.write_bytes(data)
        wait_until(lambda: ask(client, DOCUMENT)["state"] == "HIT")
        wait_until(lambda: ask(client, NAME)["state"] != "INCOMPLETE")
        assert process.poll() is None
    os.truncate(path, 3 * 4096)
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        for query in (DOCUMENT, NAME):
            answer = ask(client, query)
            assert (answer["state"], answer["sources"][0]["reason"]) == ("INCOMPLETE", "garbled")
        response = client.get("/readyz")
        refused(response, 503, "node.not_ready")
        assert response.json()["obstacle"] == "index_damaged"
        path.write_bytes(data)
        wait_until(lambda: ask(client, DOCUMENT)["state"] == "HIT")
