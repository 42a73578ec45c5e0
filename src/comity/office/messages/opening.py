"""Opening envelopes at their recipient, outside of any transaction: verify, authorise, decrypt, check."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.codes import Action, MessageForm
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
from comity.kernel.ids import NodeId
from comity.node import envelopes
from comity.node.directory import TrustedDirectory, instant
from comity.node.evidence import proof_of
from comity.node.member_keys import signing_keys_by_id
from comity.office.messages import arrivals, forms, receipts
from comity.office.messages.arrivals import Arrival
from comity.office.messages.take_lanes import LARGEST_NUMBER, LaneKey, Numbered
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, EnvelopeHeader
from comity.rules.decisions import Actor, Context, Subject, decide

REFUSALS: Final = (TrustError, InputError, AccessError, NotFoundError, ConflictError, LimitError)
"""Faults of the envelope. Everything else is a fault of this node: the envelope waits at the relay."""
OWN_FAULTS: Final = frozenset(
    {
        ErrorCode.DIRECTORY_MISSING,
        ErrorCode.DIRECTORY_EXPIRED,
        ErrorCode.DIRECTORY_SIGNATURE,
        ErrorCode.DIRECTORY_MALFORMED,
    }
)


@dataclass(slots=True)
class Checked:
    """An envelope outside of any transaction: opened, or what refuses it."""

    envelope: Envelope
    numbered: Numbered
    trusted: bool = False
    """Whether its sender is sure, and with it its number."""
    arrival: Arrival | None = None
    error: ComityError | None = None


def check(envelope: Envelope, directory: TrustedDirectory, at: datetime) -> Checked:
    """Verify, authorise and open an envelope; raises only faults of this node."""
    checked = Checked(envelope, _numbered(envelope))
    try:
        sender = envelopes.verify(envelope, directory, at, recipient=home().bureau)
        checked.trusted = True
        checked.arrival = _open(envelope, sender, checked.numbered, directory, at)
    except REFUSALS as error:
        if error.code in OWN_FAULTS:
            raise
        checked.error = error
        checked.trusted |= error.code is ErrorCode.ENVELOPE_EXPIRED  # asked after the signature
    return checked


def needs_fresh_directory(found: Sequence[Envelope], at: datetime) -> bool:
    """Tell whether a sender or its key is not listed: it may have joined, or changed its key, just now."""
    directory = home().directory.current(at)
    return any(
        not _is_listed(directory, header)
        for header in {one.header.sender: one.header for one in found}.values()
    )


def _is_listed(directory: TrustedDirectory, header: EnvelopeHeader) -> bool:
    try:
        sender = directory.active(NodeId(header.sender))
        signing_keys_by_id(sender, header.signing_key, instant(header.created_at))
    except (TrustError, ValueError):
        return False
    return True


def _open(
    envelope: Envelope, sender: Member, numbered: Numbered, directory: TrustedDirectory, at: datetime
) -> Arrival:
    _authorise(sender, at)
    letter = envelopes.open_envelope(envelope, home().sealing)
    key = envelope.stanzas[0].key
    proof = proof_of(envelope, home().bureau)
    arrival = Arrival(envelope.header, numbered.sequence, numbered.digest, key, sender, letter, proof)
    arrivals.check(arrival)
    if arrival.form == MessageForm.RECEIPT:
        receipts.verify_all(receipts.read_sheet(letter.payload), sender, directory)
    forms.check_control(arrival)
    return arrival


def _authorise(sender: Member, at: datetime) -> None:
    actor = Actor(
        bureau=sender.bureau, node_role=sender.role, country=sender.country, node=NodeId(sender.node)
    )
    subject = Subject(owner=sender.bureau, recipients=frozenset({home().bureau}))
    decide(actor, Action.ENVELOPE_RELAY, subject, Context(at=at)).require()


def _numbered(envelope: Envelope) -> Numbered:
    """Return number and digest, of whatever calls itself an envelope: its fields may be anything."""
    header, own = envelope.header, envelope.stanzas[:1]
    sequence = max(0, min(own[0].sequence, LARGEST_NUMBER)) if own else 0
    try:
        digest = envelopes.digest(envelope, home().bureau)
    except REFUSALS:
        digest = hashlib.sha256(msgspec.json.encode(envelope)).hexdigest()
    return Numbered(LaneKey(header.priority, header.sender[:24]), sequence, header.message_id[:36], digest)
