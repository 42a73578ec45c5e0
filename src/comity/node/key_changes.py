"""How a member's keys change: a statement that its present keys sign, and what it does to the directory.

The statement is signed by the present keys and by the new ones, so nobody else can name a member's keys and
nobody can name keys that he does not hold. The former keys stay in the directory with their time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from comity.crypto.encoding import from_text
from comity.crypto.sealing import check_public
from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import from_wire, to_wire
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ConflictError, ErrorCode, InputError, LimitError, NotFoundError, TrustError
from comity.node.directory import TrustedDirectory
from comity.node.home import NodeHome
from comity.node.key_store import KeySet
from comity.node.member_keys import keys_of, sealing_id, signing_id
from comity.protocol.members import FormerKeys, KeyChange, KeyChangeAnswer, Member, MemberStatus, PublicKeys

MAX_FORMER_KEYS: Final = 40
"""A change a year for a working life; every node holds all of them, 4.4 KB each."""

Send = Callable[[KeyChange], KeyChangeAnswer]
"""Hands a statement to the secretariat and returns its answer."""


def rotate(home: NodeHome, send: Send, at: datetime, *, revoked_as_of: datetime | None = None) -> KeySet:
    """Give this node new keys: make them, have the secretariat list them, bring them into force.

    With `revoked_as_of` the present ones count for nothing from that instant. Doing it again after a cut
    goes on with the same new keys. The secretariat keeps its signing keys, which every node has pinned.
    Raises what `send` raises, and `TrustError` when the answer does not list the new keys; the present
    keys then stay in force.
    """
    with home.keys.alone():
        settle(home, at)
        present = home.keys.current
        draft = home.keys.draft(keep_signing=home.settings.node.role is NodeRole.SECRETARIAT)
        lost = (sealing_id(present.public), revoked_as_of) if revoked_as_of else None
        answer = send(make_change(home, draft, at, lost))
        if _own(home.directory.verified(answer.directory, at), home).keys != draft.public:
            raise TrustError(ErrorCode.KEYS_CHANGE)
        home.keys.bring_into_force(draft)
        home.directory.accept(answer.directory, at)
        return draft


def revoke_former(home: NodeHome, send: Send, at: datetime, key: str, as_of: datetime) -> None:
    """Say that a former key, named by its sealing key's id, counts for nothing from `as_of`.

    Raises what `send` raises: `NotFoundError` (keys.unknown) for none of this node's former keys.
    """
    with home.keys.alone():
        settle(home, at)
        answer = send(make_change(home, home.keys.current, at, (key, as_of)))
        home.directory.accept(answer.directory, at)


def settle(home: NodeHome, at: datetime) -> bool:
    """Bring keys into force that the directory lists already: the answer to a change was lost. True if so."""
    waiting = home.keys.waiting()
    if waiting is None or _own(home.directory.current(at), home).keys != waiting.public:
        return False
    home.keys.bring_into_force(waiting)
    return True


def make_change(
    home: NodeHome, keys: KeySet, at: datetime, revoked: tuple[str, datetime] | None = None
) -> KeyChange:
    """Return the statement, signed by the present keys and by `keys`."""
    change = KeyChange(
        network=home.directory.last().directory.network,
        node=home.node,
        at=to_wire(at),
        keys=keys.public,
        revoked=revoked[0] if revoked else "",
        revoked_as_of=to_wire(revoked[1]) if revoked else "",
    )
    data = change_bytes(change)
    return msgspec.structs.replace(
        change,
        signature=home.signing.sign(SigningContext.KEY_CHANGE, data),
        new_signature=keys.signing.sign(SigningContext.KEY_CHANGE, data),
    )


def check_change(change: KeyChange, member: Member, network: str, at: datetime) -> None:
    """Return when `member` may change its keys so.

    Raises `TrustError` (keys.change) for a signature, node or network that does not fit or a revocation
    in the future, `ConflictError` (keys.used, keys.pinned), `InputError` (keys.…, revoked_as_of),
    `LimitError` (limit.rows) above `MAX_FORMER_KEYS`.
    """
    if change.node != member.node or change.network != network:
        raise TrustError(ErrorCode.KEYS_CHANGE)
    data, code = change_bytes(change), ErrorCode.KEYS_CHANGE
    keys_of(member.keys).verify(SigningContext.KEY_CHANGE, data, change.signature, code=code)
    keys_of(change.keys).verify(SigningContext.KEY_CHANGE, data, change.new_signature, code=code)
    _check_revocation(change, at)
    if change.keys != member.keys:
        _check_new(change.keys, member)


def is_done(change: KeyChange, member: Member) -> bool:
    """Tell whether the directory says so already: the answer was lost and the statement came again.

    Raises `TrustError` (keys.change) unless the keys it names signed it.
    """
    if change.keys != member.keys:
        return False
    keys_of(change.keys).verify(
        SigningContext.KEY_CHANGE, change_bytes(change), change.new_signature, code=ErrorCode.KEYS_CHANGE
    )
    return not change.revoked or any(
        former.revoked_as_of and former.revoked_as_of <= change.revoked_as_of
        for former in member.former_keys
        if sealing_id(former.keys) == change.revoked
    )


def changed_members(members: list[Member], change: KeyChange, at: datetime) -> list[Member]:
    """Return the members with the node's keys changed as `change`, which was checked, says.

    Raises `NotFoundError`: member.unknown, keys.unknown (revoked).
    """
    found = [m for m in members if m.node == change.node and m.status is MemberStatus.ACTIVE]
    if not found:
        raise NotFoundError(ErrorCode.MEMBER_UNKNOWN)
    member = found[0]
    former = list(member.former_keys)
    if change.keys != member.keys:
        since = former[0].until if former else member.since
        former.insert(0, FormerKeys(keys=member.keys, since=since, until=to_wire(at)))
    if change.revoked:
        former = _revoked(former, change.revoked, change.revoked_as_of)
    changed = msgspec.structs.replace(member, keys=change.keys, former_keys=former)
    return [changed if each is member else each for each in members]


def keys_since(member: Member) -> datetime:
    """Return since when the member has its present keys."""
    return from_wire(member.former_keys[0].until if member.former_keys else member.since)


def _revoked(former: list[FormerKeys], key: str, as_of: str) -> list[FormerKeys]:
    known = [each for each in former if sealing_id(each.keys) == key]
    if not known:
        raise NotFoundError(ErrorCode.KEYS_UNKNOWN, field="revoked")
    earlier = known[0].revoked_as_of
    # The earliest word counts: a thief who holds the keys cannot make a revocation milder.
    instant = min(earlier, as_of) if earlier else as_of
    marked = msgspec.structs.replace(known[0], revoked_as_of=instant)
    return [marked if each is known[0] else each for each in former]


def _check_revocation(change: KeyChange, at: datetime) -> None:
    if not change.revoked and not change.revoked_as_of:
        return
    try:
        sound = from_wire(change.revoked_as_of) <= at and bool(change.revoked)
    except ValueError:
        sound = False
    if not sound:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field="revoked_as_of")


def _check_new(keys: PublicKeys, member: Member) -> None:
    check_public(from_text(keys.sealing, field="keys.sealing"))
    known = [member.keys, *(former.keys for former in member.former_keys)]
    pinned = member.role is NodeRole.SECRETARIAT
    if pinned and signing_id(keys) != signing_id(member.keys):
        raise ConflictError(ErrorCode.KEYS_PINNED)
    sealing_again = sealing_id(keys) in {sealing_id(each) for each in known}
    halves = {half for each in known for half in (each.ed25519, each.ml_dsa_65)}
    if sealing_again or (not pinned and halves & {keys.ed25519, keys.ml_dsa_65}):
        raise ConflictError(ErrorCode.KEYS_USED)
    if len(member.former_keys) >= MAX_FORMER_KEYS:
        raise LimitError(ErrorCode.LIMIT_ROWS, field="keys")


def _own(directory: TrustedDirectory, home: NodeHome) -> Member:
    return directory.active(home.node)


def change_bytes(change: KeyChange) -> bytes:
    """Return what both signatures cover: the canonical bytes of the other fields."""
    fields = msgspec.to_builtins(change)
    del fields["signature"], fields["new_signature"]
    return canonical_bytes(fields)
