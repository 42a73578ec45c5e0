"""Too much at once is refused with 429, and names never stand in the way of keys."""

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comity.kernel.codes import SourceKind
from comity.node.settings import SourceSection
from comity.search.names_process import MAX_NAMES_WAITING
from tests.index.feeding import document, person
from tests.search.nodes import Network, ask, body, refused
from tests.search.test_service_pages import wait_until

DOCUMENT = {"kind": "document", "number": "AB12345"}
NAME = {"kind": "person", "name": "Ana Testova"}
PATIENT = SourceSection(name="international", kind=SourceKind.COPY, budget_ms=60_000)
ONE_AT_A_TIME = "import sys\nfrom pathlib import Path\nfrom comity.search import app, server\napp.MAX_UNDER_WAY = 1\nserver.run(Path(sys.argv[1]))"


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A node that waits for names as long as it takes."""
    network = Network(tmp_path_factory.mktemp("busy"), SI={"sources": [PATIENT], "total_budget_ms": 60_000})
    network.fill("SI", document("AB12345"), person("Ana Testova"))
    with network.serving("SI") as process, network.client("SI", token=network.grant()) as client:
        yield network, process, client


def names_process_of(process):
    """Return the process that compares names (proc(5): children), None between two of them."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) <= 1
    return int(children[0]) if children else None


def gauge(client, name):
    page = client.get("/metrics").text
    (line,) = [line for line in page.splitlines() if line.startswith(f"comity_search_{name} ")]
    return float(line.split()[1])


class Names:
    """Asks for names from many threads; `done` when all are answered."""

    def __init__(self, network, count):
        self.network, self.token = network, network.grant()
        self.pool = ThreadPoolExecutor(count)
        self.asked = [self.pool.submit(self._ask) for _ in range(count)]

    def _ask(self):
        with self.network.client("SI", token=self.token) as client:
            client.timeout = 60
            return client.post("/v1/search", json=body(NAME))

    def answers(self):
        return [asked.result(60) for asked in self.asked]


def test_names_that_stand_still_fill_their_room_and_keys_go_on(busy):
    network, process, client = busy
    child = names_process_of(process)
    os.kill(child, signal.SIGSTOP)
    names = Names(network, MAX_NAMES_WAITING)
    try:
        wait_until(lambda: gauge(client, "names_waiting") == MAX_NAMES_WAITING, 60)
        response = client.post("/v1/search", json=body(NAME))
        refused(response, 429, "limit.rate")
        assert response.json()["error"]["retry"]
        assert int(response.headers["retry-after"]) >= 1
        assert network.journal("SI")[-1].code == "limit.rate"
        assert ask(client, DOCUMENT)["state"] == "HIT"
    finally:
        os.kill(child, signal.SIGCONT)
    assert {answer.json()["state"] for answer in names.answers()} == {"POSSIBLE"}
    assert gauge(client, "names_waiting") == 0
    assert ask(client, NAME)["state"] == "POSSIBLE"


def test_a_dead_names_process_is_told_and_replaced_i2(busy):
    network, process, client = busy
    child = names_process_of(process)
    os.kill(child, signal.SIGSTOP)
    names = Names(network, 3)
    wait_until(lambda: gauge(client, "names_waiting") == 3, 60)
    os.kill(child, signal.SIGKILL)
    for answer in names.answers():
        assert (answer.json()["state"], answer.json()["finding"]) == ("INCOMPLETE", "NO_RECORD")
        assert answer.json()["sources"][0]["reason"] == "not_ready"
    assert ask(client, DOCUMENT)["state"] == "HIT"
    wait_until(lambda: client.get("/readyz").status_code == 200, 60)
    assert names_process_of(process) != child
    assert ask(client, NAME)["state"] == "POSSIBLE"


def test_ready_only_with_names(busy):
    _, process, client = busy
    child = names_process_of(process)
    os.kill(child, signal.SIGKILL)
    # The next one needs longer to start than this question takes, and says so until it is ready.
    seen = set()

    def ready():
        response = client.get("/readyz")
        if response.status_code != 200:
            refused(response, 503, "node.not_ready")
            seen.add(response.json()["obstacle"])
        return response.status_code == 200 and names_process_of(process) not in {child, None}

    wait_until(ready, 60)
    assert seen <= {"names"}


def test_the_names_process_ends_with_the_search(tmp_path):
    network = Network(tmp_path)
    network.fill("SI")
    with network.serving("SI") as process:
        child = names_process_of(process)
        process.kill()
        process.wait()
        wait_until(lambda: not alive(child), 20)


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_more_at_once_than_a_process_takes_is_refused(tmp_path):
    network = Network(tmp_path, SI={"sources": [PATIENT], "total_budget_ms": 60_000})
    network.fill("SI", document("AB12345"), person("Ana Testova"))
    command = [sys.executable, "-c", ONE_AT_A_TIME, str(network.homes["SI"].path)]
    with (
        network.serving("SI", command=command) as process,
        network.client("SI", token=network.grant()) as client,
    ):
        assert ask(client, DOCUMENT)["state"] == "HIT"
        child = names_process_of(process)
        os.kill(child, signal.SIGSTOP)
        names = Names(network, 1)
        wait_until(lambda: gauge(client, "names_waiting") == 1, 60)
        response = client.post("/v1/search", json=body(DOCUMENT))
        refused(response, 429, "limit.rate")
        assert int(response.headers["retry-after"]) >= 1
        assert client.get("/livez").status_code == 200
        os.kill(child, signal.SIGCONT)
        assert names.answers()[0].json()["state"] == "POSSIBLE"
        assert ask(client, DOCUMENT)["state"] == "HIT"


def test_batches_beyond_their_number_are_refused(busy):
    from comity.search.batch import MAX_BATCHES

    network, process, client = busy
    child = names_process_of(process)
    os.kill(child, signal.SIGSTOP)
    token, answers = network.grant(), []

    def send():
        with network.client("SI", token=token) as own:
            own.timeout = 60
            answers.append(
                own.post("/v1/search/batch", json={"purpose": "border_control", "queries": [NAME]})
            )

    threads = [threading.Thread(target=send) for _ in range(MAX_BATCHES)]
    for thread in threads:
        thread.start()
    wait_until(lambda: gauge(client, "names_waiting") == MAX_BATCHES, 60)
    sent = {"purpose": "border_control", "queries": [DOCUMENT]}
    refused(client.post("/v1/search/batch", json=sent), 429, "limit.rate")
    os.kill(child, signal.SIGCONT)
    for thread in threads:
        thread.join()
    assert {answer.json()["items"][0]["answer"]["state"] for answer in answers} == {"POSSIBLE"}
    assert client.post("/v1/search/batch", json=sent).json()["items"][0]["answer"]["state"] == "HIT"
