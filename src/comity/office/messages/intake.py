"""The door for sealed messages at their recipient: verify → authorise → journal → act, in one transaction.

What is refused is journaled with its code, noted and passed over: it never blocks what comes behind it.
Only a missing number stops the intake, because the message that fills it may still come (I4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from comity.kernel.codes import Action
from comity.kernel.errors import (
    AccessError,
    ComityError,
    ConflictError,
    ErrorCode,
    InputError,
    LimitError,
    NotFoundError,
    TrustError,
)
from comity.kernel.ids import NodeId, OfficerId, bureau_of
from comity.node import envelopes
from comity.office.messages import forms, outgoing
from comity.office.messages.models import InboxEnvelope, RelayCursor
from comity.office.runtime import home
from comity.office.supervision.journal import record_event
from comity.protocol.members import Member
from comity.protocol.messages import Envelope
from comity.rules.decisions import Actor, Context, Subject, decide

_REFUSALS: Final = (TrustError, InputError, AccessError, NotFoundError, ConflictError, LimitError)
"""Faults of the envelope. Everything else is a fault of this node: the envelope waits at the relay."""
_OWN_FAULTS: Final = frozenset(
    {
        ErrorCode.ENVELOPE_GAP,
        ErrorCode.DIRECTORY_MISSING,
        ErrorCode.DIRECTORY_EXPIRED,
        ErrorCode.DIRECTORY_SIGNATURE,
        ErrorCode.DIRECTORY_MALFORMED,
    }
)
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an envelope."""

    stored: bool
    """False: it was taken in before, or refused."""
    refused: ErrorCode | None = None


def take_in(position: int, envelope: Envelope, at: datetime) -> Taken:
    """Take one envelope from the relay: effects, receipt, replay guard and relay cursor commit together.

    Safe to repeat. Raises `ConflictError` (envelope.gap) when an earlier number of this sender is
    missing, and whatever keeps this node from taking in anything now; nothing was changed then.
    """
    with transaction.atomic():
        cursor, _ = RelayCursor.objects.select_for_update().get_or_create(bureau=home().bureau)
        if position <= cursor.position:
            return Taken(stored=False)
        refused = _take_or_refuse(envelope, at)
        cursor.position = position
        cursor.save(update_fields=["position"])
    return Taken(stored=refused is None, refused=refused)


def _take_or_refuse(envelope: Envelope, at: datetime) -> ErrorCode | None:
    try:
        with transaction.atomic():
            _take(envelope, at)
    except _REFUSALS as error:
        if error.code in _OWN_FAULTS:
            raise
        _refuse(envelope, error, at)
        return error.code
    return None


def _take(envelope: Envelope, at: datetime) -> None:
    header = envelope.header
    digest = envelopes.digest(envelope)
    sender = envelopes.verify(envelope, home().directory.current(at), at, recipient=home().bureau)
    _authorise(sender, at)
    _check_order(sender, envelope)
    payload = envelopes.open_envelope(envelope, home().sealing)
    _journal(envelope, at, code=None)
    InboxEnvelope.objects.create(
        message_id=header.message_id,
        bureau=home().bureau,
        sender=header.sender,
        sequence=header.sequence,
        digest=digest,
        received_at=at,
    )
    forms.act_on(payload, header, digest, sender, at)


def _authorise(sender: Member, at: datetime) -> None:
    actor = Actor(
        bureau=sender.bureau, node_role=sender.role, country=sender.country, node=NodeId(sender.node)
    )
    subject = Subject(owner=sender.bureau, recipients=frozenset({home().bureau}))
    decide(actor, Action.ENVELOPE_RELAY, subject, Context(at=at)).require()


def _check_order(sender: Member, envelope: Envelope) -> None:
    """Let the next number through, refuse a second time of any, stop at a gap.

    A lower number passes only when all that came under it was refused: a relay that forges an
    envelope must not be able to make the true one look like a replay.
    """
    header = envelope.header
    taken = InboxEnvelope.objects.filter(refused_code="")
    if taken.filter(message_id=header.message_id).exists():
        raise ConflictError(ErrorCode.ENVELOPE_REPLAY)
    counter = outgoing.lock_counter(home().bureau, sender.bureau)
    if header.sequence > counter.last_received + 1:
        raise ConflictError(ErrorCode.ENVELOPE_GAP)
    if header.sequence <= counter.last_received:
        if taken.filter(sender=sender.node, sequence=header.sequence).exists():
            raise ConflictError(ErrorCode.ENVELOPE_REPLAY)
        return
    counter.last_received = header.sequence
    counter.save(update_fields=["last_received"])


def _refuse(envelope: Envelope, error: ComityError, at: datetime) -> None:
    """Note a refusal and pass its number by, if it was the next one: the sender will not send it again."""
    header = envelope.header
    _journal(envelope, at, code=error.code)
    InboxEnvelope.objects.get_or_create(
        message_id=header.message_id[:36],
        bureau=home().bureau,
        digest=envelopes.digest(envelope),
        defaults={
            "sender": header.sender[:24],
            "sequence": max(0, min(header.sequence, _LARGEST)),
            "received_at": at,
            "refused_code": str(error.code),
        },
    )
    peer = bureau_of(header.sender)
    if error.code is ErrorCode.ENVELOPE_REPLAY or home().directory.current(at).by_node(NodeId(peer)) is None:
        return
    counter = outgoing.lock_counter(home().bureau, peer)
    if header.sequence == counter.last_received + 1:
        counter.last_received = header.sequence
        counter.save(update_fields=["last_received"])


def _journal(envelope: Envelope, at: datetime, code: ErrorCode | None) -> None:
    record_event(
        bureau=home().bureau,
        node=envelope.header.sender,
        officer=OfficerId(""),
        action=Action.ENVELOPE_RELAY,
        subject=f"envelope:{envelope.header.message_id}"[:80],
        allowed=code is None,
        code=str(code or ""),
        at=at,
    )
