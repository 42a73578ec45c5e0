"""Keys change while the nodes run: nothing is lost, everything stays readable. Over real TLS, both engines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comity.cli.keys import keys_of_node, revoke, rotate
from comity.cli.verification import verify_file
from comity.kernel.clock import SystemClock
from comity.kernel.codes import Role
from comity.kernel.errors import ConfigurationError
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from tests.harness.clients import Machine
from tests.harness.worlds import TestWorld
from tests.world.conftest import eventually, new_number
from tests.world.test_desks import received, send


@pytest.fixture
def si_desk(world: TestWorld) -> Machine:
    return world.machine("SI", Role.OPERATOR)


@pytest.fixture
def fr_desk(world: TestWorld) -> Machine:
    return world.machine("FR", Role.OPERATOR)


@pytest.fixture(autouse=True)
def everybody_knows(world: TestWorld) -> Iterator[None]:
    """Leave the world to other tests only when its searches take grants that are signed with new keys."""
    yield
    number = {"kind": "document", "number": new_number()}
    for bureau, at in (("SI", "SI"), ("SI", "SI-post1"), ("FR", "FR"), ("MA", "MA")):
        eventually(
            lambda b=bureau, a=at: world.searcher(b, at=a).search(number).status_code == 200,
            f"{at} takes the grants of {bureau}",
        )


def read(desk: Machine, message: dict[str, Any]) -> str:
    return received(desk, message["header"]["message_id"])["text"]


def test_receipt_becomes_a_paper_that_is_checked_without_a_node(
    world: TestWorld, si_desk: Machine, fr_desk: Machine, tmp_path: Path
) -> None:
    sent = send(si_desk, "to be proved")["header"]["message_id"]
    received(fr_desk, sent)
    path = f"/api/v1/messages/{sent}/receipt"
    answer = eventually(
        lambda: a if (a := si_desk.get(path, params={"kind": "delivered"})).status_code == 200 else None,
        "the receipt",
    )
    paper = tmp_path / "paper.json"
    paper.write_bytes(answer.content)
    told = verify_file(paper, None)
    assert (told.kind, told.signed_by, told.sender, told.message_id) == ("delivered", "FR", "SI", sent)
    assert told.secretariat_key_known is False
    assert verify_file(paper, world.homes[NodeId("SI")].path).secretariat_key_known is True
    assert "to be proved" not in answer.text
    for missing in ({"kind": "answered"}, {"recipient": "MA"}):
        refused = si_desk.get(path, params=missing)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "message.not_found")
    stranger = world.machine("MA", Role.OPERATOR).get(path)
    assert stranger.status_code == 404
    paper.write_bytes(msgspec.json.encode(received(si_desk, sent)["receipts"][0]))
    with pytest.raises(ConfigurationError):
        verify_file(paper, None)


def knows(world: TestWorld, reader: str, of: str, key: str) -> bool:
    from comity.node.member_keys import sealing_id

    home = NodeHome.open(world.homes[NodeId(reader)].path)
    return sealing_id(home.directory.last().by_node(NodeId(of)).keys) == key


def test_mail_goes_on_before_during_and_after_a_change_of_both_sides_keys(
    world: TestWorld, si_desk: Machine, fr_desk: Machine
) -> None:
    before = send(si_desk, "before")
    assert read(fr_desk, before) == "before"
    for node, desk, other, to in (("FR", si_desk, fr_desk, "FR"), ("SI", si_desk, fr_desk, "FR")):
        path = world.homes[NodeId(node)].path
        old = keys_of_node(path, SystemClock().now()).keys[0].key
        sent = [send(desk, f"{node} {n}", recipient=to) for n in range(3)]
        new = world.office(NodeId(node)).run(rotate, path, SystemClock().now()).keys[0].key
        assert new != old
        sent += [send(desk, f"{node} {n}", recipient=to) for n in range(3, 6)]
        assert [read(other, message) for message in sent] == [f"{node} {n}" for n in range(6)]
        eventually(lambda: knows(world, "SI", node, new), "the sender hears of the new key")  # noqa: B023
    after = send(si_desk, "after")
    assert read(fr_desk, after) == "after"
    assert read(fr_desk, before) == "before"
    done = eventually(
        lambda: m if (m := received(si_desk, after["header"]["message_id"]))["receipts"] else None,
        "a receipt signed with the new key",
    )
    assert done["receipts"][0]["recipient"] == "FR"


def test_revoking_lists_what_was_sealed_to_the_lost_key_since_then(
    world: TestWorld, si_desk: Machine, fr_desk: Machine
) -> None:
    read(fr_desk, send(si_desk, "before the loss"))
    lost_at = SystemClock().now()
    exposed = [send(si_desk, f"exposed {n}")["header"]["message_id"] for n in range(2)]
    for message_id in exposed:
        received(fr_desk, message_id)
    path = world.homes[NodeId("FR")].path
    done = world.office(NodeId("FR")).run(revoke, path, "", lost_at, SystemClock().now())
    assert [each.message_id for each in done.exposed] == exposed
    assert {each.sender for each in done.exposed} == {"SI"}
    eventually(lambda: knows(world, "SI", "FR", done.present), "the sender hears of the new key")
    safe = send(si_desk, "safe again")
    assert read(fr_desk, safe) == "safe again"
    again = world.office(NodeId("FR")).run(revoke, path, done.revoked, lost_at, SystemClock().now())
    assert [each.message_id for each in again.exposed] == exposed
