"""Several sources: side by side, within their budgets, and a missing one is named (I2)."""

import socket
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from comity.crypto.files import write_private
from comity.kernel.clock import to_wire
from comity.kernel.codes import SourceKind
from comity.node.settings import SourceSection, to_toml
from comity.protocol.members import DIRECTORY_VALID_HOURS
from comity.search.authentication import REREAD_AFTER_S
from tests.index.feeding import document, person
from tests.search.nodes import COPY, Network, ask, body, free_port, refused

DOCUMENT = {"kind": "document", "number": "AB12345"}


def live(port, budget_ms=5_000):
    url = f"https://localhost:{port}"
    return SourceSection(name="secretariat", kind=SourceKind.LIVE, url=url, budget_ms=budget_ms)


def networked(folder, sources, **search):
    """A network where SI asks `sources` (given the secretariat's port)."""
    settings = {"sources": [COPY, live(free_port())], **search}
    network = Network(folder, SI=settings)
    sections = sources(network.ports["SEC"])
    home = network.homes["SI"]
    home.settings = msgspec.structs.replace(home.settings, sources=sections)
    write_private(home.path / "comity.toml", to_toml(home.settings).encode())
    return network


@contextmanager
def bureau_and_secretariat(network):
    """Run both; give an officer's client to the bureau."""
    with (
        network.serving("SEC", certificate_of="SI"),
        network.serving("SI"),
        network.client("SI", token=network.grant()) as client,
    ):
        yield client


@pytest.fixture
def pair(tmp_path):
    return networked(tmp_path, lambda port: [COPY, live(port)], total_budget_ms=5_000)


def test_copy_and_live_are_merged_and_each_record_is_shown_once(pair):
    both, only_live = document("AB12345"), document("AB12345", country="MAR")
    pair.fill("SI", both)
    pair.fill("SEC", both, only_live)
    with bureau_and_secretariat(pair) as client:
        answer = ask(client, DOCUMENT)
    assert answer["state"] == "HIT"
    assert {found["record_id"]: found["sources"] for found in answer["candidates"]} == {
        both.record_id: ["international", "secretariat"],
        only_live.record_id: ["secretariat"],
    }
    assert [source["answered"] for source in answer["sources"]] == [True, True]
    assert [source["version"] for source in answer["sources"]] == [1, 2]
    (own,) = pair.journal("SI")
    (at_secretariat,) = pair.journal("SEC")
    assert own.asked_by_node is None
    assert (at_secretariat.asked_by_node, at_secretariat.bureau) == ("SI", "SI")
    assert at_secretariat.officer == "officer-1"


def test_the_secretariat_looks_with_the_asking_countrys_eyes_i6(pair):
    hidden = document("AB12345", owner="FR", deny=["SVN"])
    shown = person("Ana Testova", births=["1980-02-03"], documents=["AB12345"], allow=["SVN"], owner="SEC")
    pair.fill("SI")
    pair.fill("SEC", hidden, shown)
    with bureau_and_secretariat(pair) as client:
        answer = ask(client, DOCUMENT)
        assert [found["record_id"] for found in answer["candidates"]] == [shown.record_id]
        with pair.client("SEC", token=pair.grant("FR"), certificate_of="FR") as desk:
            assert [found["record_id"] for found in ask(desk, DOCUMENT)["candidates"]] == [hidden.record_id]


def test_the_secretariat_demands_an_active_members_certificate_and_his_own_grant(pair):
    pair.fill("SEC", document("AB12345"))
    with pair.serving("SEC", certificate_of="SI"):
        with pair.client("SEC", token=pair.grant("SI"), certificate_of="FR") as client:
            refused(client.post("/v1/search", json=body(DOCUMENT)), 401, "grant.foreign")
        with pytest.raises(Exception, match=r"(?i)certificate|reset|disconnect|eof|closed"):
            pair.client("SEC", token=pair.grant("SI")).get("/livez")
        with pair.client("SEC", token=pair.grant("FR"), certificate_of="FR") as client:
            assert ask(client, DOCUMENT)["state"] == "HIT"
            pair.publish("removed", "FR")
            refused(client.post("/v1/search", json=body(DOCUMENT)), 403, "member.not_active")


def test_a_removed_members_officers_are_refused_at_once(tmp_path):
    network = Network(tmp_path)
    network.fill("SI", document("AB12345"))
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        assert ask(client, DOCUMENT)["state"] == "HIT"
        network.publish("suspended", "SI")
        time.sleep(2 * REREAD_AFTER_S)
        refused(client.post("/v1/search", json=body(DOCUMENT)), 401, "grant.foreign")
        network.publish("active", "SI")
        time.sleep(2 * REREAD_AFTER_S)
        assert ask(client, DOCUMENT)["state"] == "HIT"


def test_a_dead_source_is_named_and_the_rest_is_shown_i2(pair):
    pair.fill("SI", document("AB12345"))
    with pair.serving("SI"), pair.client("SI", token=pair.grant()) as client:
        answer = ask(client, DOCUMENT)
        assert (answer["state"], answer["finding"]) == ("INCOMPLETE", "HIT")
        assert len(answer["candidates"]) == 1
        by_name = {source["name"]: source for source in answer["sources"]}
        assert by_name["international"]["answered"]
        assert by_name["secretariat"]["reason"] == "unreachable"
        nothing = ask(client, {"kind": "document", "number": "AB99999"})
        assert (nothing["state"], nothing["finding"]) == ("INCOMPLETE", "NO_RECORD")


def test_a_silent_source_costs_its_budget_and_no_more_i2(tmp_path):
    network = networked(tmp_path, lambda port: [COPY, live(port, budget_ms=300)])
    network.fill("SI", document("AB12345"))
    # The member's address is where nobody speaks.
    with (
        socket.create_server(("127.0.0.1", network.ports["SEC"])),
        network.serving("SI"),
        network.client("SI", token=network.grant()) as client,
    ):
        answer = ask(client, DOCUMENT)
    assert answer["state"] == "INCOMPLETE"
    assert answer["sources"][1]["reason"] == "timeout"
    assert 290 <= answer["took_ms"] < 700


def test_a_live_source_that_refuses_is_named_i2(pair):
    pair.fill("SI", document("AB12345"))
    pair.fill("SEC", document("AB12345"))
    with pair.serving("SEC", certificate_of="SI"), pair.serving("SI"):
        # The secretariat knows of the suspension before the bureau does.
        pair.publish("suspended", "SI", only="SEC")
        with pair.client("SI", token=pair.grant()) as client:
            answer = ask(client, DOCUMENT)
    assert (answer["state"], answer["finding"]) == ("INCOMPLETE", "HIT")
    assert answer["sources"][1]["reason"] == "refused"


def test_another_nodes_incomplete_answer_is_incomplete_here_i2(pair):
    pair.fill("SI", document("AB12345"))
    old = to_wire(datetime.now(UTC) - timedelta(days=3))
    pair.fill("SEC", document("AB12345"), as_of=old)
    with bureau_and_secretariat(pair) as client:
        answer = ask(client, DOCUMENT)
    assert (answer["state"], answer["finding"]) == ("INCOMPLETE", "HIT")
    assert answer["sources"][1]["reason"] == "too_old"


@pytest.mark.parametrize(("as_of", "reason"), [("", "not_ready"), ("old", "too_old")])
def test_a_copy_that_is_too_old_does_not_answer_i7(tmp_path, as_of, reason):
    network = Network(tmp_path, SI={"copy_max_age_s": 3_600})
    old = to_wire(datetime.now(UTC) - timedelta(hours=2)) if as_of else ""
    network.fill("SI", document("AB12345"), as_of=old)
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        answer = ask(client, DOCUMENT)
        assert (answer["state"], answer["finding"], answer["candidates"]) == ("INCOMPLETE", "NO_RECORD", [])
        assert answer["sources"][0]["reason"] == reason
        network.fill("SI", document("AB12345"))
        assert ask(client, DOCUMENT)["state"] == "HIT"


def test_an_expired_directory_trusts_nobody(tmp_path):
    network = Network(tmp_path, at=datetime.now(UTC) - timedelta(hours=DIRECTORY_VALID_HOURS + 1))
    network.fill("SI", document("AB12345"))
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        refused(client.post("/v1/search", json=body(DOCUMENT)), 403, "directory.expired")
        response = client.get("/readyz")
        refused(response, 503, "node.not_ready")
        assert response.json()["obstacle"] == "directory"
