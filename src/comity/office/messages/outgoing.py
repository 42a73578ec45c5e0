"""Putting something on its way: numbered, sealed, signed and queued in the caller's transaction (I4).

The number is given by a locked row per peer, so that a crash leaves neither a gap nor a number used twice.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import transaction

from comity.kernel.clock import to_wire
from comity.kernel.codes import Priority
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId, MessageId
from comity.node import envelopes
from comity.office.messages import bell
from comity.office.messages.limits import ENVELOPE_LIFE
from comity.office.messages.models import OutboxItem, PeerCounter
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import SUITE, EnvelopeHeader, Payload

__all__ = ["Queued", "lock_counter", "queue", "recipient_member"]


class Queued(NamedTuple):
    """What was given to an envelope in the outbox."""

    sequence: int
    digest: str


def recipient_member(recipient: BureauId, at: datetime) -> Member:
    """Return the active node that receives for `recipient`.

    Raises `InputError` (message.recipient) for the own bureau and for who is no active bureau;
    `TrustError` (directory.…) when this node's directory is missing or too old to tell.
    """
    directory = home().directory.current(at)
    if recipient == home().bureau:
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="recipient")
    try:
        return directory.bureau_node(recipient)
    except TrustError as error:
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="recipient") from error


def lock_counter(bureau: BureauId, peer: BureauId) -> PeerCounter:
    """Return the numbers in use between two bureaus, locked until the transaction ends."""
    counter, _ = PeerCounter.objects.select_for_update().get_or_create(bureau=bureau, peer=peer)
    return counter


def queue(
    message_id: MessageId, recipient: Member, payload: Payload, priority: Priority, at: datetime
) -> Queued:
    """Seal `payload` to `recipient` and put it in the outbox. Needs an open transaction.

    The envelope leaves when that transaction commits, and never otherwise.
    """
    bureau = home().bureau
    counter = lock_counter(bureau, recipient.bureau)
    counter.last_sent += 1
    counter.save(update_fields=["last_sent"])
    expires_at = at + ENVELOPE_LIFE
    header = EnvelopeHeader(
        suite=SUITE,
        message_id=message_id,
        sender=home().node,
        recipient=recipient.bureau,
        sequence=counter.last_sent,
        priority=priority,
        created_at=to_wire(at),
        expires_at=to_wire(expires_at),
    )
    envelope = envelopes.seal(payload, header, recipient, home().signing)
    OutboxItem.objects.create(
        bureau=bureau,
        message_id=message_id,
        recipient=recipient.bureau,
        sequence=counter.last_sent,
        priority=priority,
        envelope=msgspec.json.encode(envelope).decode("utf-8"),
        created_at=at,
        expires_at=expires_at,
        next_attempt_at=at,
    )
    transaction.on_commit(lambda: bell.ring(home().run_dir))
    return Queued(counter.last_sent, envelopes.digest(envelope))
