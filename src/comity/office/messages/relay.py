"""The relay at the secretariat: keeps sealed envelopes until their recipient has them. It can read none (I3).

An envelope is durable here before the sender hears of it, and erased only when the recipient has said
that it is durable there (I4). Numbers of one sender to one recipient arrive in order and without gap.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Length

from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, LimitError, TrustError
from comity.kernel.ids import BureauId, OfficerId
from comity.node import envelopes
from comity.office.messages import mailroom
from comity.office.messages.mailroom import MAILROOM
from comity.office.messages.models import RelayEnvelope, RelayMailbox
from comity.office.runtime import home
from comity.office.supervision.journal import record_event
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, EnvelopeHeader, RelayAccepted, RelayedEnvelope, RelayInbox

MAX_PAGE: Final = 100
"""Envelopes in one answer: two hundred milliseconds of work at the recipient."""
MAX_SUBJECT_REFERENCE: Final = 80
"""Width of the journal's column; only an id that is none is longer."""
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Four of the largest envelopes, or a full page of ordinary ones."""


def accept(peer: Member, envelope: Envelope, at: datetime) -> RelayAccepted:
    """Store an envelope for its recipient. The same envelope again gets the same answer.

    Raises as `node.envelopes.verify`, `TrustError` (envelope.sender) when `peer` is not its sender,
    (envelope.recipient) when there is no such active bureau, `ConflictError` (envelope.replay) for a
    known id or number with other content, (envelope.gap) when an earlier number has not come yet.
    """
    try:
        _check(peer, envelope, at)
        with transaction.atomic():
            stored = _store_once(envelope, at)
            _journal(peer, envelope, at, code="")
    except (TrustError, ConflictError, LimitError) as error:
        _journal(peer, envelope, at, code=str(error.code))
        raise
    return RelayAccepted(accepted=True, relay_position=stored.position)


def page(  # noqa: PLR0913, PLR0917 - the parameters of the request, and who asks
    peer: Member, after: int, limit: int, wait_ms: int, at: datetime, gone: Callable[[], bool] = lambda: False
) -> RelayInbox:
    """Return what waits for `peer`'s bureau behind `after`, in order; wait for it at most `wait_ms`.

    Never blocks a writer: no transaction is open while it waits. Its thread keeps its database
    connection, for a new one costs PostgreSQL more than a hundred looks. `gone` tells whether the asker
    has left, so that nobody waits on.
    """
    seen = MAILROOM.arrivals(peer.bureau)
    found = _waiting(peer.bureau, after, limit, at)
    if found or wait_ms <= 0 or not mailroom.take_place():
        return RelayInbox(envelopes=found)
    try:
        for part in mailroom.slices(wait_ms):
            MAILROOM.wait(peer.bureau, seen, part)
            seen = MAILROOM.arrivals(peer.bureau)
            found = _waiting(peer.bureau, after, limit, at)
            if found or gone():
                break
    finally:
        mailroom.leave()
    return RelayInbox(envelopes=found)


def acknowledge(peer: Member, position: int, at: datetime) -> None:
    """Erase the ciphertext of everything for `peer`'s bureau up to `position`: it is durable there.

    Header and digest stay, so that an envelope that comes again is known.
    """
    RelayEnvelope.objects.filter(recipient=peer.bureau, position__lte=position, acknowledged_at=None).update(
        envelope="", acknowledged_at=at
    )


def _check(peer: Member, envelope: Envelope, at: datetime) -> None:
    directory = home().directory.current(at)
    if envelope.header.sender != peer.node:
        raise TrustError(ErrorCode.ENVELOPE_SENDER)
    envelopes.verify(envelope, directory, at)
    try:
        directory.bureau_node(envelope.header.recipient)
    except TrustError as error:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT) from error


def _store_once(envelope: Envelope, at: datetime) -> RelayEnvelope:
    header, digest = envelope.header, envelopes.digest(envelope)
    # Positions are given under this lock: one that is committed later is never lower (I4).
    RelayMailbox.objects.select_for_update().get_or_create(recipient=header.recipient)
    known = RelayEnvelope.objects.filter(message_id=header.message_id).first()
    if known is not None:
        if known.digest != digest or known.sender != header.sender:
            raise ConflictError(ErrorCode.ENVELOPE_REPLAY)
        return known
    _check_number(header)
    transaction.on_commit(lambda: MAILROOM.announce(header.recipient))
    return _store(envelope, digest, at)


def _check_number(header: EnvelopeHeader) -> None:
    earlier = RelayEnvelope.objects.filter(sender=header.sender, recipient=header.recipient)
    last = earlier.aggregate(last=Max("sequence"))["last"] or 0
    if header.sequence <= last:
        raise ConflictError(ErrorCode.ENVELOPE_REPLAY)
    if header.sequence != last + 1:
        raise ConflictError(ErrorCode.ENVELOPE_GAP)


def _store(envelope: Envelope, digest: str, at: datetime) -> RelayEnvelope:
    header = envelope.header
    return RelayEnvelope.objects.create(
        message_id=header.message_id,
        sender=header.sender,
        recipient=header.recipient,
        sequence=header.sequence,
        priority=header.priority,
        digest=digest,
        envelope=msgspec.json.encode(envelope).decode("utf-8"),
        received_at=at,
    )


def _journal(peer: Member, envelope: Envelope, at: datetime, *, code: str) -> None:
    record_event(
        bureau=peer.bureau,
        node=peer.node,
        officer=OfficerId(""),
        action=Action.ENVELOPE_RELAY,
        subject=f"envelope:{envelope.header.message_id}"[:MAX_SUBJECT_REFERENCE],
        allowed=not code,
        code=code,
        at=at,
    )


def _waiting(bureau: BureauId, after: int, limit: int, at: datetime) -> list[RelayedEnvelope]:
    waiting = RelayEnvelope.objects.filter(
        recipient=bureau, position__gt=after, acknowledged_at=None
    ).order_by("position")
    positions: list[int] = []
    size = 0
    for position, length in waiting.values_list("position", Length("envelope"))[: min(limit, MAX_PAGE)]:
        size += length
        if positions and size > MAX_PAGE_BYTES:
            break
        positions.append(position)
    if not positions:
        return []
    rows = list(waiting.filter(position__in=positions))
    RelayEnvelope.objects.filter(position__in=positions, fetched_at=None).update(fetched_at=at)
    return [
        RelayedEnvelope(position=row.position, envelope=msgspec.json.decode(row.envelope, type=Envelope))
        for row in rows
    ]
