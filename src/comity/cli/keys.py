"""A node's own keys: what it has, changing them, and what is exposed when one is lost."""

from datetime import datetime
from pathlib import Path

import msgspec

from comity.cli.office import entered
from comity.kernel.clock import to_wire
from comity.kernel.codes import NodeRole
from comity.node import key_changes
from comity.node.home import NodeHome
from comity.node.member_keys import sealing_id, signing_id
from comity.node.peer import PeerClient
from comity.protocol.members import FormerKeys, KeyChangeAnswer, PublicKeys


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of a node's keys."""

    key: str
    """Key id of the sealing key, by which the generation is named."""
    signing_key: str
    since: str
    until: str = ""
    """Empty for the present ones."""
    revoked_as_of: str = ""
    held: bool
    """Whether this node can open what was sealed to it."""


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a node as its directory lists them, the present ones first."""

    node: str
    secretariat_key: str
    """Key id of the secretariat's signing keys that this node holds as its anchor of trust."""
    keys: list[KeyLine]


class Exposed(msgspec.Struct, frozen=True, kw_only=True):
    """A message that whoever has a lost key can read, if he has the envelope."""

    message_id: str
    sender: str
    label: str
    priority: str
    received_at: str


class Revoked(msgspec.Struct, frozen=True, kw_only=True):
    """What a revocation did, and what it could not undo."""

    revoked: str
    as_of: str
    present: str
    """Key id of the present sealing key."""
    exposed: list[Exposed]


def keys_of_node(path: Path, at: datetime) -> KeyList:
    """Return the keys of the node in `path`; raises `TrustError` (directory.…) before it has joined."""
    home = NodeHome.open(path)
    own = home.directory.current(at).active(home.node)
    anchor = signing_id(home.trust().secretariat_keys)
    held = set(home.sealing.ids)
    lines = [_line(own.keys, to_wire(key_changes.keys_since(own)), held)]
    lines += [_line(former.keys, former.since, held, former) for former in own.former_keys]
    return KeyList(node=own.node, secretariat_key=anchor, keys=lines)


def rotate(path: Path, at: datetime) -> KeyList:
    """Give the node in `path` new keys; its processes may run meanwhile. Raises as `key_changes.rotate`."""
    home = NodeHome.open(path)
    if home.settings.node.role is NodeRole.POST:
        _rotate_post(home, at)
    else:
        with entered(path) as home, PeerClient(home) as peer:
            from comity.office.members.keys import rotate_own

            rotate_own(at, peer)
    return keys_of_node(path, at)


def revoke(path: Path, key: str, as_of: datetime, at: datetime) -> Revoked:
    """Revoke a key of the node as of an instant and return the messages that are exposed.

    The present key when `key` is empty. Raises as `office.members.keys.revoke_own`.
    """
    with entered(path) as home, PeerClient(home) as peer:
        from comity.office.members.keys import revoke_own
        from comity.office.messages.exposure import exposed_messages

        lost = key or home.sealing.current.key_id
        revoke_own(lost, as_of, at, peer)
        exposed = [
            Exposed(
                message_id=message.message_id,
                sender=message.sender,
                label=message.label,
                priority=message.priority,
                received_at=to_wire(message.stored_at),
            )
            for message in exposed_messages(lost, as_of)
        ]
        present = home.sealing.current.key_id
    return Revoked(revoked=lost, as_of=to_wire(as_of), present=present, exposed=exposed)


def _rotate_post(home: NodeHome, at: datetime) -> None:
    url = home.settings.secretariat_url + "/node/v1/keys"
    with PeerClient(home) as peer:
        key_changes.rotate(home, lambda change: peer.post(url, change, KeyChangeAnswer), at)


def _line(keys: PublicKeys, since: str, held: set[str], former: FormerKeys | None = None) -> KeyLine:
    return KeyLine(
        key=sealing_id(keys),
        signing_key=signing_id(keys),
        since=since,
        until=former.until if former else "",
        revoked_as_of=former.revoked_as_of if former else "",
        held=sealing_id(keys) in held,
    )
