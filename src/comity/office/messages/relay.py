"""The relay at the secretariat: keeps sealed envelopes until their recipients have them. It reads none (I3).

An envelope is durable here before the sender hears of it, and erased only when each recipient has said
that it is durable there (I4). Numbers need not arrive in order: that is the recipient's to watch.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
from django.db import IntegrityError, transaction

from comity.kernel.codes import Action
from comity.kernel.errors import ComityError, ConflictError, ErrorCode, LimitError, TrustError
from comity.kernel.ids import BureauId, NodeId, OfficerId
from comity.node import envelopes
from comity.node.directory import TrustedDirectory, instant
from comity.office.messages import relay_numbers
from comity.office.messages.limits import RANK
from comity.office.messages.mailroom import MAILROOM
from comity.office.messages.models import RelayMessage, RelayStanza
from comity.office.runtime import home
from comity.office.supervision.journal import Event, record_events
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, RelayAccepted, Stanza, Verdict

MAX_SUBMISSION: Final = 50
"""Envelopes in one request: a tenth of a second's work, in one transaction."""
MAX_SUBJECT_REFERENCE: Final = 80
"""Width of the journal's column; only an id that is none is longer."""
_BATCH: Final = 200


@dataclass(slots=True)
class _Offered:
    """An envelope that a sender hands in, and what is to become of it."""

    envelope: Envelope
    shared: str = ""
    """JSON of what all recipients share."""
    digest: str = ""
    stanzas: list[Stanza] = field(default_factory=list)
    """Of the recipients that can be reached through here."""
    refused: list[BureauId] = field(default_factory=list)
    error: ComityError | None = None


def accept(peer: Member, offered: Sequence[Envelope], at: datetime, *, again: bool = False) -> RelayAccepted:
    """Store envelopes for their recipients. The same envelope again gets the same verdict.

    What is refused gets a code: as `node.envelopes.verify`, envelope.sender when `peer` is not its
    sender, envelope.recipient when none of its recipients is an active bureau, envelope.replay for a
    known id or number with other content. `again` also gives out what was acknowledged before.
    """
    directory = home().directory.current(at)
    checked = [_check(peer, envelope, directory, at) for envelope in offered]
    try:
        _store_all(peer, checked, at, again=again)
    except IntegrityError:
        # The same was stored by another request in the same instant: now it is known.
        _store_all(peer, checked, at, again=again)
    return RelayAccepted(instance=relay_numbers.instance(), verdicts=[_verdict(one) for one in checked])


def _check(peer: Member, envelope: Envelope, directory: TrustedDirectory, at: datetime) -> _Offered:
    offered = _Offered(envelope)
    if envelope.header.sender != peer.node:
        offered.error = TrustError(ErrorCode.ENVELOPE_SENDER)
        return offered
    try:
        envelopes.verify(envelope, directory, at)
    except (TrustError, LimitError) as error:
        offered.error = error
        return offered
    for stanza in envelope.stanzas:
        if _can_be_reached(directory, stanza.recipient):
            offered.stanzas.append(stanza)
        else:
            offered.refused.append(stanza.recipient)
    if not offered.stanzas:
        offered.error = TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    return offered


def _can_be_reached(directory: TrustedDirectory, recipient: BureauId) -> bool:
    try:
        directory.bureau_node(recipient)
    except TrustError:
        return False
    return True


def _store_all(peer: Member, checked: Sequence[_Offered], at: datetime, *, again: bool) -> None:
    with transaction.atomic():
        _refuse_other_contents(peer, checked)
        sound = [one for one in checked if one.error is None]
        stored = _known_stanzas(sound)
        new = [
            _row(one, stanza, at)
            for one in sound
            for stanza in one.stanzas
            if (one.envelope.header.message_id, stanza.recipient) not in stored
        ]
        _store_messages(peer, sound, at)
        RelayStanza.objects.bulk_create(new, batch_size=_BATCH)
        relay_numbers.note(peer.node, [(row.recipient, row.priority, row.sequence) for row in new])
        if again:
            _give_out_again(sound, stored, at)
        record_events(_event(peer, one, at) for one in checked)
        waiting = {
            (stanza.recipient, one.envelope.header.priority) for one in sound for stanza in one.stanzas
        }
        transaction.on_commit(lambda: MAILROOM.announce(waiting))


def _refuse_other_contents(peer: Member, checked: Sequence[_Offered]) -> None:
    """Note what has an id or a number that stands for another content already."""
    sound = [one for one in checked if one.error is None]
    ids = [one.envelope.header.message_id for one in sound]
    rows = RelayMessage.objects.filter(pk__in=ids).only("digest", "sender", "priority")
    known = {row.pk: row for row in rows}
    for one in sound:
        one.shared = _shared(one.envelope)
        one.digest = hashlib.sha256(one.shared.encode()).hexdigest()
    for replaced in _forget_sealed_anew(peer, sound, known):
        del known[replaced]
    numbers = _known_numbers(peer, sound)
    for one in sound:
        header = one.envelope.header
        first = known.setdefault(header.message_id, RelayMessage(digest=one.digest, sender=peer.node))
        if (first.digest, first.sender) != (one.digest, peer.node):
            one.error = ConflictError(ErrorCode.ENVELOPE_REPLAY)
        for stanza in one.stanzas:
            place = (stanza.recipient, str(header.priority), stanza.sequence)
            if numbers.setdefault(place, header.message_id) != header.message_id:
                one.error = ConflictError(ErrorCode.ENVELOPE_REPLAY)


def _forget_sealed_anew(
    peer: Member, sound: Sequence[_Offered], known: Mapping[str, RelayMessage]
) -> list[str]:
    """Make room for what its sender sealed anew, and return the ids.

    The later envelope of a message is the one with the higher numbers: whoever hands in an earlier one
    once more replaces nothing.
    """
    other = [one for one in sound if _id(one) in known and known[_id(one)].digest != one.digest]
    if not other:
        return []
    rows = RelayStanza.objects.filter(message__in=[_id(one) for one in other], sender=peer.node)
    before = {(row.message_id, row.recipient): row.sequence for row in rows}
    anew = [_id(one) for one in other if _is_later(one, known[_id(one)], before)]
    RelayMessage.objects.filter(pk__in=anew).delete()
    return anew


def _is_later(one: _Offered, first: RelayMessage, before: Mapping[tuple[str, str], int]) -> bool:
    pairs = [(stanza.sequence, before.get((_id(one), stanza.recipient))) for stanza in one.stanzas]
    shared = [(now, then) for now, then in pairs if then is not None]
    alike = (first.sender, first.priority) == (one.envelope.header.sender, one.envelope.header.priority)
    return alike and bool(shared) and all(now > then for now, then in shared)


def _known_numbers(peer: Member, sound: Sequence[_Offered]) -> dict[tuple[str, str, int], str]:
    stanzas = [(stanza, one.envelope.header.priority) for one in sound for stanza in one.stanzas]
    found: dict[tuple[str, str, int], str] = {}
    for priority in {priority for _, priority in stanzas}:
        alike = [stanza for stanza, of in stanzas if of is priority]
        rows = RelayStanza.objects.filter(
            sender=peer.node,
            priority=priority,
            recipient__in={stanza.recipient for stanza in alike},
            sequence__in={stanza.sequence for stanza in alike},
        )
        for recipient, sequence, message_id in rows.values_list("recipient", "sequence", "message_id"):
            found[recipient, str(priority), sequence] = message_id
    return found


def _known_stanzas(sound: Sequence[_Offered]) -> set[tuple[str, str]]:
    ids = [one.envelope.header.message_id for one in sound]
    return set(RelayStanza.objects.filter(message__in=ids).values_list("message_id", "recipient"))


def _store_messages(peer: Member, sound: Sequence[_Offered], at: datetime) -> None:
    RelayMessage.objects.bulk_create(
        [
            RelayMessage(
                message_id=one.envelope.header.message_id,
                sender=peer.node,
                priority=one.envelope.header.priority,
                digest=one.digest,
                envelope=one.shared,
                received_at=at,
                expires_at=instant(one.envelope.header.expires_at),
            )
            for one in sound
        ],
        ignore_conflicts=True,
    )


def _give_out_again(sound: Sequence[_Offered], stored: set[tuple[str, str]], at: datetime) -> None:
    """Put back what was erased when it was acknowledged: the recipient has lost it."""
    for one in sound:
        message_id = one.envelope.header.message_id
        asked = [stanza for stanza in one.stanzas if (message_id, stanza.recipient) in stored]
        for stanza in asked:
            rows = RelayStanza.objects.filter(message=message_id, recipient=stanza.recipient)
            rows.update(stanza=_text(stanza), received_at=at, acknowledged_at=None)
        if asked:
            RelayMessage.objects.filter(pk=message_id).update(envelope=one.shared)


def _row(one: _Offered, stanza: Stanza, at: datetime) -> RelayStanza:
    header = one.envelope.header
    return RelayStanza(
        message_id=header.message_id,
        recipient=stanza.recipient,
        sender=header.sender,
        priority=header.priority,
        rank=RANK[header.priority],
        sequence=stanza.sequence,
        size=len(one.envelope.ciphertext),
        stanza=_text(stanza),
        received_at=at,
    )


def _id(one: _Offered) -> str:
    return one.envelope.header.message_id


def _shared(envelope: Envelope) -> str:
    return _text(msgspec.structs.replace(envelope, stanzas=[]))


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode("utf-8")


def _event(peer: Member, one: _Offered, at: datetime) -> Event:
    code = "" if one.error is None else str(one.error.code)
    return Event(
        bureau=peer.bureau,
        node=NodeId(peer.node),
        officer=OfficerId(""),
        action=Action.ENVELOPE_RELAY,
        subject=f"envelope:{one.envelope.header.message_id}"[:MAX_SUBJECT_REFERENCE],
        allowed=not code,
        code=code,
        at=at,
    )


def _verdict(one: _Offered) -> Verdict:
    code = "" if one.error is None else str(one.error.code)
    message_id = one.envelope.header.message_id
    return Verdict(message_id=message_id, accepted=not code, code=code, refused=one.refused)
