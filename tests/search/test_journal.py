"""An answer without its journal entry on the disk does not exist (I1)."""

import resource
import signal
import subprocess
import sys
import threading

import httpx
import pytest

from comity.ledger.segments import segment_path
from comity.protocol.journal import SearchEntry
from tests.index.feeding import document
from tests.search.nodes import Network, ask, body, refused

DOCUMENT = {"kind": "document", "number": "AB12345"}


@pytest.fixture
def network(tmp_path):
    made = Network(tmp_path)
    made.fill("SI", document("AB12345"))
    return made


@pytest.mark.parametrize("answers", [5, 200, 1_500])
def test_kill_9_under_load_every_answered_search_is_on_record_i1(network, answers):
    token, answered, enough = network.grant(), [], threading.Event()

    def work(number):
        queries = [
            DOCUMENT,
            {"kind": "person", "name": "Ana Testova"},
            {"kind": "plate", "plate": f"X {number}"},
        ]
        with network.client("SI", token=token) as client:
            try:
                while True:
                    for query in queries:
                        answered.append(ask(client, query)["search_id"])
                        if len(answered) >= answers:
                            enough.set()
            except httpx.TransportError:
                return

    with network.serving("SI") as process:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for thread in threads:
            thread.join()
    on_record = {entry.search_id for entry in network.journal("SI")}
    assert len(answered) >= answers
    assert set(answered) <= on_record
    with network.serving("SI"), network.client("SI", token=token) as client:
        again = ask(client, DOCUMENT)["search_id"]
    assert set(answered) | {again} <= {entry.search_id for entry in network.journal("SI")}


def test_a_journal_that_cannot_be_written_refuses_the_search_i1(network):
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))

    with network.serving("SI", before=no_room), network.client("SI", token=network.grant()) as client:
        answered = []
        while (response := client.post("/v1/search", json=body(DOCUMENT))).status_code == 200:
            answered.append(response.json()["search_id"])
            assert len(answered) < 50
        refused(response, 503, "journal.unavailable")
        assert response.json()["error"]["retry"]
        while (
            response := client.post("/v1/search", json=body({"kind": "vin", "vin": "1"}))
        ).status_code == 422:
            assert len(network.journal("SI")) < 50
        refused(response, 503, "journal.unavailable")
        assert answered
        on_record = [entry for entry in network.journal("SI") if isinstance(entry, SearchEntry)]
        assert [entry.search_id for entry in on_record] == answered


def test_many_who_wait_for_a_disk_that_fails_all_hear_of_it_i1(network):
    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    token, answered, refusals = network.grant(), [], []

    def work():
        with network.client("SI", token=token) as client:
            while (response := client.post("/v1/search", json=body(DOCUMENT))).status_code == 200:
                answered.append(response.json()["search_id"])
            refusals.append(response)

    with network.serving("SI", before=no_room):
        threads = [threading.Thread(target=work) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(refusals) == len(threads)
    for response in refusals:
        refused(response, 503, "journal.unavailable")
    assert len(answered) > len(threads)
    assert set(answered) <= {entry.search_id for entry in network.journal("SI")}


def test_those_who_come_while_the_disk_is_busy_are_answered_with_nobody_behind_them(network):
    token, ids = network.grant(), []
    together = threading.Barrier(8)

    def work():
        with network.client("SI", token=token) as client:
            for _ in range(60):
                together.wait(30)
                ids.append(ask(client, DOCUMENT)["search_id"])

    with network.serving("SI"):
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(set(ids)) == len(threads) * 60


def test_a_second_process_on_the_same_journal_does_not_start(network):
    command = [sys.executable, "-m", "comity.search", "--home", str(network.homes["SI"].path)]
    with network.serving("SI"):
        second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "config.in_use" in second.stderr


def test_a_torn_entry_of_a_crash_is_no_obstacle(network):
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        first = ask(client, DOCUMENT)["search_id"]
    with segment_path(network.homes["SI"].spool_dir, 1).open("ab") as file:
        file.write(b"\0\0\1\0torn")
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        second = ask(client, DOCUMENT)["search_id"]
    assert [entry.search_id for entry in network.journal("SI")] == [first, second]
