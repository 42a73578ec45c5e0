"""Joining and leaving a network that runs: whoever is removed gets in nowhere, with whatever he kept."""

from pathlib import Path

import httpx
import msgspec
import pytest

from comity.cli.nodes import invite, join, make_node
from comity.cli.world.plans import MemberPlan, PlannedNode, settings_of
from comity.cli.world.world import NETWORK
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ComityError
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.protocol.members import MemberStatus
from tests.harness.clients import trusting
from tests.harness.inside import standing
from tests.harness.worlds import TestWorld
from tests.world.conftest import eventually

GATE = MemberPlan(NodeId("FR-gate9"), NodeRole.POST, "FRA", "A gate for one test")
SEC = NodeId("SEC")


def planned(world: TestWorld) -> dict[NodeId, PlannedNode]:
    ports = {
        node: (home.settings.office.port, home.settings.search.port) for node, home in world.homes.items()
    }
    nodes = {node: PlannedNode(GATE, *both) for node, both in ports.items()}
    return {**nodes, GATE.node: PlannedNode(GATE, 20_001, 20_002)}


@pytest.fixture
def gate(world: TestWorld, tmp_path: Path) -> NodeHome:
    """A post of FR that has joined; no processes."""
    nodes = planned(world)
    home = make_node(
        tmp_path / "gate", settings_of(nodes[GATE.node], nodes, NETWORK, lambda _: "sqlite"), world.clock
    )
    at = world.clock.now()
    invitation = world.office(SEC).run(invite, GATE.node, GATE.role, GATE.country, GATE.name, at)
    return join(home, invitation, at)


def feed(world: TestWorld, home: NodeHome) -> httpx.Response:
    url = f"{world.homes[SEC].settings.office_url}/node/v1/feed"
    with httpx.Client(verify=home.client_tls(), trust_env=False, timeout=30) as client:
        return client.get(url, params={"after": 0, "limit": 1})


def test_a_removed_member_gets_in_nowhere(world: TestWorld, gate: NodeHome) -> None:
    """The certificate of a removed member, stolen or kept, opens nothing from that moment on."""
    office = world.office(SEC)
    try:
        assert feed(world, gate).status_code == 200
        office.run(standing, GATE.node, MemberStatus.SUSPENDED)
        refused = feed(world, gate)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "member.not_active")
        office.run(standing, GATE.node, MemberStatus.ACTIVE)
        assert feed(world, gate).status_code == 200
    finally:
        office.run(standing, GATE.node, MemberStatus.REMOVED)
    refused = feed(world, gate)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "member.not_active")
    everybody = {home.node for home in world.homes.values()}
    for home in world.homes.values():
        eventually(
            lambda h=home: (
                {m.node for m in h.directory.current(world.clock.now()).active_members()} == everybody
            ),
            f"{home.node} has heard of it",
        )


def test_an_invitation_is_good_once(world: TestWorld, tmp_path: Path) -> None:
    nodes, at = planned(world), world.clock.now()
    settings = settings_of(nodes[GATE.node], nodes, NETWORK, lambda _: "sqlite")
    invitation = world.office(SEC).run(invite, GATE.node, GATE.role, GATE.country, GATE.name, at)
    join(make_node(tmp_path / "first", settings, world.clock), invitation, at)
    try:
        with pytest.raises(ComityError) as refused:
            join(make_node(tmp_path / "second", settings, world.clock), invitation, at)
        assert getattr(refused.value, "peer_code", "") == "invitation.used"
        forged = msgspec.structs.replace(invitation, secret="A" * 43)
        with pytest.raises(ComityError) as refused:
            join(make_node(tmp_path / "third", settings, world.clock), forged, at)
        assert getattr(refused.value, "peer_code", "") == "invitation.invalid"
    finally:
        world.office(SEC).run(standing, GATE.node, MemberStatus.REMOVED)


def test_a_certificate_of_another_authority_is_refused(world: TestWorld, tmp_path: Path) -> None:
    """Whoever makes a certificate for himself gets no further than the handshake."""
    nodes = planned(world)
    home = make_node(
        tmp_path / "own", settings_of(nodes[GATE.node], nodes, NETWORK, lambda _: "sqlite"), world.clock
    )
    home.network_ca.write_bytes(world.homes[SEC].network_ca.read_bytes())
    home.network_ca.chmod(0o600)
    with pytest.raises(httpx.TransportError):
        feed(world, home)
    url = f"{world.homes[SEC].settings.office_url}/node/v1/feed"
    with httpx.Client(verify=trusting(home.network_ca), trust_env=False) as nobody:
        refused = nobody.get(url)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "member.certificate")
