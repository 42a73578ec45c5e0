"""The key drill: keys change, are stolen, a member is removed; every promise about it is tried."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from comity.cli.drills.world import RECIPIENT, SECRETARIAT, SENDER, DrillWorld
from comity.crypto.files import OTHERS
from comity.crypto.sealing import SealingRing
from comity.crypto.signing import KEY_FILES, SigningContext, SigningKeys
from comity.kernel.errors import ComityError, ErrorCode
from comity.node import envelopes, key_changes
from comity.node.home import NodeHome
from comity.protocol.messages import Envelope, MessageReceipt

HOUR: Final = timedelta(hours=1)


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One promise, and whether it was kept."""

    promise: str
    kept: bool
    detail: str = ""
    """What was met instead."""


class KeyDrill(msgspec.Struct, frozen=True, kw_only=True):
    """All promises that were tried."""

    kept: bool
    tried: list[Tried]


def run_key_drill(at: datetime) -> KeyDrill:
    """Found a network, send mail, change and revoke keys, remove a member; return what held."""
    with TemporaryDirectory(prefix="comity-drill-") as folder:
        tried = _tried(DrillWorld(Path(folder), at), at)
    return KeyDrill(kept=all(each.kept for each in tried), tried=tried)


@dataclass(frozen=True, slots=True)
class _Mail:
    """What was sent before, during and after the change, and the keys of before."""

    before: Envelope
    in_flight: Envelope
    after: Envelope
    receipt: MessageReceipt
    old_ring: SealingRing
    old_signing: SigningKeys


def _tried(world: DrillWorld, at: datetime) -> list[Tried]:
    mail = _change_of_recipient(world, at)
    tried = [*_of_sealing(world.homes[RECIPIENT], mail), *_of_files(world.homes[RECIPIENT])]
    world.rotate(SENDER, at + 20 * HOUR, revoked_as_of=at + 15 * HOUR)
    tried += _of_signing(world, mail, at)
    world.remove(RECIPIENT, at + 30 * HOUR)
    world.tell(SENDER, at + 30 * HOUR)
    return [*tried, *_of_removal(world, mail, at + 30 * HOUR)]


def _change_of_recipient(world: DrillWorld, at: datetime) -> _Mail:
    old_ring, old_signing = SealingRing(world.homes[RECIPIENT].sealing.current), world.homes[SENDER].signing
    before = world.seal(at)
    receipt = world.receipt(before, at)
    world.rotate(RECIPIENT, at + 10 * HOUR)
    in_flight = world.seal(at + 10 * HOUR)
    world.tell(SENDER, at + 10 * HOUR)
    return _Mail(before, in_flight, world.seal(at + 10 * HOUR), receipt, old_ring, old_signing)


def _of_sealing(home: NodeHome, mail: _Mail) -> list[Tried]:
    ring, restarted = home.sealing, NodeHome.open(home.path).sealing
    new = mail.after.stanzas[0].key == ring.current.key_id != mail.before.stanzas[0].key
    return [
        _held("Old mail is readable", lambda: envelopes.open_envelope(mail.before, ring)),
        _held(
            "Mail under way during the change is readable",
            lambda: envelopes.open_envelope(mail.in_flight, ring),
        ),
        _told("New mail is sealed to the new key", kept=new),
        _held("New mail is readable", lambda: envelopes.open_envelope(mail.after, ring)),
        _refused(
            "The old key does not open new mail",
            lambda: envelopes.open_envelope(mail.after, mail.old_ring),
            ErrorCode.ENVELOPE_SEALING_KEY,
        ),
        _held(
            "Old mail is readable after a restart", lambda: envelopes.open_envelope(mail.before, restarted)
        ),
    ]


def _of_files(home: NodeHome) -> list[Tried]:
    files = [path for path in (home.path / "keys").rglob("*") if path.is_file()]
    signing = {path.parent for path in files if path.name in KEY_FILES}
    return [
        _told(
            "Key files are readable by the node alone",
            kept=not any(path.stat().st_mode & OTHERS for path in files),
        ),
        _told("Replaced signing keys are destroyed", kept=len(signing) == 1),
    ]


def _of_signing(world: DrillWorld, mail: _Mail, at: datetime) -> list[Tried]:
    now, home = at + 20 * HOUR, world.homes[SENDER]
    directory = home.directory.current(now)
    stolen, fresh = world.seal(at + 16 * HOUR, signing=mail.old_signing), world.seal(now)
    change = key_changes.make_change(home, home.keys.draft(), now)
    by_thief = msgspec.structs.replace(
        change, signature=mail.old_signing.sign(SigningContext.KEY_CHANGE, key_changes.change_bytes(change))
    )
    return [
        _held(
            "What the lost key signed before its loss holds",
            lambda: envelopes.verify(mail.before, directory, now),
        ),
        _refused(
            "What the lost key signs after its loss is refused",
            lambda: envelopes.verify(stolen, directory, now),
            ErrorCode.ENVELOPE_KEY_RETIRED,
        ),
        _held("What the new key signs holds", lambda: envelopes.verify(fresh, directory, now)),
        _refused("The lost key changes no keys", lambda: world.change(by_thief, now), ErrorCode.KEYS_CHANGE),
        _held(
            "A receipt that a replaced key signed holds",
            lambda: envelopes.verify_receipt(mail.receipt, directory),
        ),
    ]


def _of_removal(world: DrillWorld, mail: _Mail, at: datetime) -> list[Tried]:
    ring = world.homes[RECIPIENT].sealing
    elsewhere = world.seal(at, to=SECRETARIAT)
    return [
        _refused("Nobody seals to a removed member", lambda: world.seal(at), ErrorCode.MEMBER_NOT_ACTIVE),
        _refused(
            "A removed member reads nothing new",
            lambda: envelopes.open_envelope(elsewhere, ring),
            ErrorCode.ENVELOPE_SEALING_KEY,
        ),
        _held("A removed member keeps its old mail", lambda: envelopes.open_envelope(mail.after, ring)),
    ]


def _told(promise: str, *, kept: bool) -> Tried:
    return Tried(promise=promise, kept=kept)


def _held(promise: str, act: Callable[[], object]) -> Tried:
    try:
        act()
    except ComityError as error:
        return Tried(promise=promise, kept=False, detail=error.code)
    return Tried(promise=promise, kept=True)


def _refused(promise: str, act: Callable[[], object], code: ErrorCode) -> Tried:
    try:
        act()
    except ComityError as error:
        return Tried(promise=promise, kept=error.code is code, detail=error.code)
    return Tried(promise=promise, kept=False, detail="allowed")
