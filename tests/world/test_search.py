"""What officers are answered: two bureaus, a post and a secretariat as real processes over real TLS."""

import httpx
import pytest

from comity.cli.world.plans import SECRETARIAT_PLAN
from comity.cli.world.processes import ProcessKind
from comity.kernel.codes import Purpose, Role
from comity.kernel.ids import NodeId
from tests.harness.clients import Searcher
from tests.harness.worlds import TestWorld
from tests.world.conftest import Owner, ask_document, eventually, found, new_number

SEC = SECRETARIAT_PLAN.node


def test_a_record_is_found_in_every_country(world: TestWorld, fr: Owner) -> None:
    number = new_number()
    record = fr.passport(number)
    for searcher in (world.searcher("SI"), world.searcher("MA"), world.searcher("SI", at="SI-post1")):
        answer = eventually(
            lambda s=searcher: a if (a := ask_document(s, number))["state"] == "HIT" else None, "a hit"
        )
        hit = found(answer, record)
        assert hit is not None
        assert (hit["owner"], hit["strength"], hit["advice"]) == ("FR", "HIT", "confirm_with_owner")
        assert all(reason["message"] for reason in hit["reasons"])


def test_every_source_states_version_and_age(world: TestWorld, fr: Owner) -> None:
    """I2: no record means that every source has answered."""
    answer = ask_document(world.searcher("SI"), new_number())
    assert answer["state"] == "NO_RECORD"
    assert {source["name"]: source["answered"] for source in answer["sources"]} == {
        "copy": True,
        "secretariat": True,
    }
    assert all(isinstance(source["age_s"], int) and source["version"] >= 0 for source in answer["sources"])


def test_a_restricted_record_does_not_exist_for_the_denied(world: TestWorld, fr: Owner) -> None:
    """I6: neither in hits nor in counts, nor in the copy that the denied country holds."""
    number = new_number()
    record = fr.passport(number, deny=["MAR"])
    eventually(lambda: found(ask_document(world.searcher("SI"), number), record), "SI finds it")
    answer = ask_document(world.searcher("MA"), number)
    assert (answer["state"], answer["candidates"], answer["warnings"]) == ("NO_RECORD", [], [])
    held = bytes.fromhex(record.replace("-", ""))
    assert held in index_bytes(world, "SI")
    assert held not in index_bytes(world, "MA")


def index_bytes(world: TestWorld, node: str) -> bytes:
    """Everything that lies in a node's index; its rows hold the record's id."""
    files = (path for path in world.homes[NodeId(node)].index_dir.rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in files)


def test_a_dead_source_is_named(world: TestWorld, fr: Owner) -> None:
    """I2: a source that did not answer makes the answer incomplete, whatever was found."""
    number = new_number()
    fr.passport(number)
    si = world.searcher("SI")
    eventually(lambda: ask_document(si, number)["state"] == "HIT", "SI finds it")
    world.processes[SEC].kill(ProcessKind.SEARCH)
    try:
        for asked, finding in ((number, "HIT"), (new_number(), "NO_RECORD")):
            answer = ask_document(si, asked)
            assert (answer["state"], answer["finding"]) == ("INCOMPLETE", finding)
            away = [source for source in answer["sources"] if not source["answered"]]
            assert [source["name"] for source in away] == ["secretariat"]
            assert away[0]["reason"] in {"unreachable", "timeout"}
    finally:
        world.processes[SEC].restart(ProcessKind.SEARCH)
    eventually(lambda: ask_document(si, number)["state"] == "HIT", "the source is back")


def test_no_purpose_no_search(world: TestWorld) -> None:
    """I12"""
    refused = world.searcher("SI").search({"kind": "document", "number": new_number()}, purpose=None)
    assert refused.status_code in {403, 422}
    assert refused.json()["error"]["code"] == "purpose.missing"


def test_a_purpose_outside_the_grant_is_refused(world: TestWorld) -> None:
    home = world.homes[NodeId("SI")]
    narrow = world.grant("SI", purposes=(Purpose.INVESTIGATION,))
    searcher = Searcher(home.settings.search_url, home.network_ca, narrow)
    refused = searcher.search({"kind": "document", "number": new_number()}, purpose="border_control")
    assert refused.json()["error"]["code"] == "purpose.not_allowed"


@pytest.mark.parametrize(
    ("grant", "code"), [(None, "grant.missing"), ("x.y", "grant.malformed"), ("FR", "grant.foreign")]
)
def test_grants_that_do_not_hold(world: TestWorld, grant: str | None, code: str) -> None:
    home = world.homes[NodeId("SI")]
    token = world.grant("FR") if grant == "FR" else grant
    refused = Searcher(home.settings.search_url, home.network_ca, token).search({"kind": "text", "text": "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, code)


def test_the_secretariats_search_is_for_members_only(world: TestWorld) -> None:
    home = world.homes[SEC]
    stranger = Searcher(home.settings.search_url, home.network_ca, world.grant("SI"))
    with pytest.raises(httpx.TransportError):
        stranger.search({"kind": "text", "text": "x"})


def test_every_answered_search_is_in_the_journal_after_kill(world: TestWorld, fr: Owner) -> None:
    """I1: an answer leaves after its entry is durable; a killed search has promised nothing it lost."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    from tests.harness.inside import journaled_searches

    killed, answered = Event(), set[str]()

    def officer() -> None:
        searcher = world.searcher("MA")
        while not killed.is_set():
            try:
                answered.add(ask_document(searcher, new_number())["search_id"])
            except httpx.TransportError:
                return

    processes = world.processes[NodeId("MA")]
    with ThreadPoolExecutor(4) as pool:
        officers = [pool.submit(officer) for _ in range(4)]
        eventually(lambda: len(answered) > 40, "searches under way")
        processes.kill(ProcessKind.SEARCH)
        killed.set()
        for each in officers:
            each.result()
    processes.restart(ProcessKind.SEARCH)
    eventually(
        lambda: answered <= world.office(NodeId("MA")).run(journaled_searches),
        "every answer stands in the journal",
    )


def test_a_post_answers_alone_and_hands_its_journal_in_later(world: TestWorld, fr: Owner) -> None:
    number = new_number()
    record = fr.passport(number)
    post, desk = world.searcher("SI", at="SI-post1"), world.machine("SI", Role.OPERATOR)
    eventually(lambda: found(ask_document(post, number, notify="never"), record), "the post has its copy")
    away = [world.processes[SEC], world.processes[NodeId("SI")]]
    for processes in away:
        for kind in list(processes.running):
            processes.kill(kind)
    try:
        answer = ask_document(post, number)
        assert answer["state"] == "HIT"
        assert all(source["age_s"] is not None for source in answer["sources"])
    finally:
        for processes in away:
            processes.start()
        for processes in away:
            processes.wait_ready()
    hits = eventually(
        lambda: desk.get("/api/v1/hits", params={"search_id": answer["search_id"]}).json()["hits"],
        "the post's hit",
    )
    assert hits[0]["record_id"] == record
