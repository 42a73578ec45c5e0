"""A small real network in a folder: secretariat, two bureaus, one post, all joined."""

import shutil
from datetime import UTC, datetime
from types import SimpleNamespace

from comity.kernel.clock import FixedClock
from comity.kernel.codes import NodeRole
from comity.node.directory import make_directory, sign_directory
from comity.node.home import NodeHome
from comity.node.invitations import (
    admit,
    complete_join,
    issued,
    make_invitation,
    make_join_request,
    verify_join_request,
)
from comity.node.settings import NodeSection, PostSection, SecretariatSection, Settings
from comity.protocol.members import JoinAnswer

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NODES = {
    "SEC": (NodeRole.SECRETARIAT, "XPO"),
    "SI": (NodeRole.BUREAU, "SVN"),
    "FR": (NodeRole.BUREAU, "FRA"),
    "SI-post1": (NodeRole.POST, "SVN"),
}


def settings_of(node, *, network="Test", secretariat_url="https://localhost:8443"):
    role, country = NODES[node]
    return Settings(
        node=NodeSection(id=node, role=role, country=country, name=f"Node {node}", network=network),
        secretariat=SecretariatSection(url="" if node == "SEC" else secretariat_url),
        post=PostSection(bureau_url="https://localhost:9443") if role is NodeRole.POST else None,
    )


def invite(secretariat, node, at=NOW):
    role, country = NODES[node]
    return make_invitation(secretariat, node=node, role=role, country=country, name=f"Node {node}", at=at)


def publish(secretariat, members, at, version):
    """Sign a directory at the secretariat and accept it there; return it as it travels."""
    signed = sign_directory(make_directory("Test", version, members, at), secretariat.signing)
    secretariat.directory.accept(signed, at)
    return signed


def build(folder, at=NOW):
    """Found a network and have everybody join it; return the homes and the last signed directory."""
    homes = {"SEC": NodeHome.create(folder / "SEC", settings_of("SEC"), FixedClock(at))}
    secretariat = homes["SEC"]
    members = list(secretariat.directory.current(at).directory.members)
    joining = []
    for node in ("SI", "FR", "SI-post1"):
        home = NodeHome.create(folder / node, settings_of(node), FixedClock(at))
        invitation = invite(secretariat, node, at)
        request = make_join_request(home, invitation)
        verify_join_request(request, issued(invitation), at)
        member, certificate = admit(secretariat, request, issued(invitation), at)
        members.append(member)
        joining.append((home, invitation, certificate))
        homes[node] = home
    signed = publish(secretariat, members, at, version=2)
    for home, invitation, certificate in joining:
        complete_join(home, invitation, JoinAnswer(certificate=certificate.decode(), directory=signed), at)
    return SimpleNamespace(homes=homes, members=members, signed=signed, at=at)


def copied(network, folder):
    """Copy a network, to be changed; quicker than founding another."""
    homes = {}
    for node, home in network.homes.items():
        shutil.copytree(home.path, folder / node)
        (folder / node).chmod(0o700)
        homes[node] = NodeHome.open(folder / node)
    return SimpleNamespace(homes=homes, members=list(network.members), signed=network.signed, at=network.at)
