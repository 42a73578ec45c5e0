"""Keys of members: what the secretariat does with a change of keys, and how this node asks for its own."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from comity.kernel.codes import Action, NodeRole
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import OfficerId
from comity.node import key_changes
from comity.node.member_keys import sealing_id
from comity.node.peer import PeerClient
from comity.office import runtime
from comity.office.members import directory
from comity.office.supervision.journal import record_event
from comity.protocol.members import KeyChange, KeyChangeAnswer, Member


def change_keys(peer: Member, change: KeyChange, at: datetime) -> KeyChangeAnswer:
    """Make the next version of the directory, in which `peer` has changed its keys; say so in the journal.

    A change that the directory holds already gets the same answer: the first one may have been lost.
    Raises `NotFoundError` (request.no_such_route) at any node but the secretariat, and as
    `key_changes.check_change` and `changed_members`; nothing is changed then.
    """
    home = runtime.home()
    if home.settings.node.role is not NodeRole.SECRETARIAT:
        raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
    with transaction.atomic():
        newest = directory.newest()
        listed = _present(newest.members, peer)
        if not key_changes.is_done(change, listed):
            key_changes.check_change(change, listed, newest.network, at)
            directory.publish(lambda members: key_changes.changed_members(members, change, at), at)
            _journal(peer, _detail(change), at)
    return KeyChangeAnswer(directory=directory.share(at))


def rotate_own(at: datetime, peer_client: PeerClient, *, revoked_as_of: datetime | None = None) -> str:
    """Give this node new keys (see `key_changes.rotate`) and return the id of the new sealing key."""
    home = runtime.home()
    keys = key_changes.rotate(home, sender(peer_client, at), at, revoked_as_of=revoked_as_of)
    key = sealing_id(keys.public)
    _journal(home.as_member(at), {"new": key, "revoked_as_of": _text(revoked_as_of)}, at)
    return key


def revoke_own(key: str, as_of: datetime, at: datetime, peer_client: PeerClient) -> None:
    """Revoke a key of this node as of an instant: the present one is replaced, a former one only marked.

    Raises as `key_changes.rotate` and `revoke_former`: `NotFoundError` (keys.unknown) for a key that this
    node never had.
    """
    home = runtime.home()
    if key == home.sealing.current.key_id:
        rotate_own(at, peer_client, revoked_as_of=as_of)
        return
    key_changes.revoke_former(home, sender(peer_client, at), at, key, as_of)
    _journal(home.as_member(at), {"revoked": key, "revoked_as_of": _text(as_of)}, at)


def rotate_when_due(at: datetime, peer_client: PeerClient) -> bool:
    """Rotate when the present keys are older than the settings allow; settle what an earlier try left."""
    home = runtime.home()
    with home.keys.alone():
        key_changes.settle(home, at)
    own = home.directory.current(at).active(home.node)
    if at - key_changes.keys_since(own) < timedelta(days=home.settings.keys.rotate_after_days):
        return False
    rotate_own(at, peer_client)
    return True


def sender(peer_client: PeerClient, at: datetime) -> Callable[[KeyChange], KeyChangeAnswer]:
    """Return what hands a statement to the secretariat: over the line, or at the secretariat itself, here."""
    home = runtime.home()
    if home.settings.node.role is NodeRole.SECRETARIAT:
        own = home.directory.current(at).active(home.node)
        return lambda change: change_keys(own, change, at)
    url = home.settings.secretariat_url + "/node/v1/keys"
    return lambda change: peer_client.post(url, change, KeyChangeAnswer)


def _present(members: list[Member], peer: Member) -> Member:
    found = [member for member in members if member.certificate_sha256 == peer.certificate_sha256]
    if not found:
        raise NotFoundError(ErrorCode.MEMBER_UNKNOWN)
    return found[0]


def _detail(change: KeyChange) -> dict[str, str]:
    return {
        "new": sealing_id(change.keys),
        "revoked": change.revoked,
        "revoked_as_of": change.revoked_as_of,
    }


def _text(instant: datetime | None) -> str:
    return "" if instant is None else instant.isoformat()


def _journal(member: Member, detail: dict[str, str], at: datetime) -> None:
    record_event(
        bureau=member.bureau,
        node=member.node,
        officer=OfficerId(""),
        action=Action.KEY_CHANGE,
        subject=f"node:{member.node}",
        allowed=True,
        code="",
        at=at,
        body=detail,
    )
