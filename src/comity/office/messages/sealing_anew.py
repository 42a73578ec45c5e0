"""Sealing an own envelope anew: its number was given before this node was put back from a backup (I4).

The relay or the recipient knows the number with another content. The message keeps its id; every
recipient gets the next free number, which stands above all that the others know, and the new envelope.
Who has the message already lets its new number count and confirms the new envelope. So one message has
one envelope at a time, and a number stands for what the outbox holds.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.codes import HandlingLabel, Priority
from comity.kernel.errors import InputError, TrustError
from comity.kernel.ids import BureauId, FormId, MessageId, ThreadId, UnitId
from comity.node.evidence import proof_of
from comity.office.messages import outgoing
from comity.office.messages.models import Delivery, Message, OutboxItem
from comity.office.messages.outgoing import Parcel, Sealed
from comity.protocol.messages import AttachmentRef, Envelope, Letter, Payload, SealedHeader

_CHANGED: Final = ["sequence", "digest", "proof", "next_attempt_at", "waiting", "again", "direct_at"]


def seal_anew(items: Iterable[int], at: datetime) -> None:
    """Give outbox items new numbers and envelopes, which leave for all of their recipients."""
    for key in sorted(items):
        with transaction.atomic():
            item = OutboxItem.objects.select_for_update().filter(pk=key).first()
            if item is None:
                continue
            deliveries = list(item.deliveries.select_related("message").order_by("pk"))
            try:
                members = tuple(outgoing.recipient_member(BureauId(row.recipient), at) for row in deliveries)
            except (InputError, TrustError):
                continue  # somebody is no member any more: tried again with the next refusal
            parcel = Parcel(
                MessageId(item.message_id), _letter(item, deliveries[0]), members, Priority(item.priority)
            )
            (sealed,) = outgoing.seal_all([parcel], at)
            _store(item, deliveries, sealed, at)


def letter_of(message: Message) -> Letter:
    """Return what an own message says, as it was sealed."""
    sealed = SealedHeader(
        thread_id=ThreadId(message.thread.thread_id),
        form=FormId(message.form),
        label=HandlingLabel(message.label),
        order=message.order,
        unit=UnitId(message.unit),
        in_reply_to=MessageId(message.in_reply_to) if message.in_reply_to else None,
        recipients=sorted(message.recipients) if message.shows_recipients else None,
    )
    payload = Payload(
        subject=message.subject,
        text=message.text,
        fields=message.fields,
        form_definition=message.form_definition,
        attachments=msgspec.convert(message.attachments, list[AttachmentRef]),
    )
    return Letter(header=sealed, payload=payload)


def _letter(item: OutboxItem, delivery: Delivery) -> Letter:
    if delivery.message is not None:
        return letter_of(delivery.message)
    return msgspec.json.decode(item.letter, type=Letter)


def _store(item: OutboxItem, deliveries: list[Delivery], sealed: Sealed, at: datetime) -> None:
    _keep_proofs(item, deliveries)
    item.envelope = msgspec.json.encode(sealed.envelope).decode("utf-8")
    item.size = len(item.envelope)
    item.save(update_fields=["envelope", "size"])
    for row in deliveries:
        recipient = BureauId(row.recipient)
        row.sequence, row.digest = sealed.sequences[recipient], sealed.digests[recipient]
        row.next_attempt_at, row.waiting, row.again, row.direct_at = at, True, True, None
        row.save(update_fields=_CHANGED)
    if len(deliveries) == 1 and deliveries[0].message_id is not None:
        Message.objects.filter(pk=deliveries[0].message_id).update(
            sequence=deliveries[0].sequence, envelope_digest=deliveries[0].digest
        )


def _keep_proofs(item: OutboxItem, deliveries: list[Delivery]) -> None:
    """Keep of the envelope that is replaced what the receipts confirm that are in already."""
    for row in deliveries:
        if row.message is None or row.delivered_at is None:
            continue
        if row.message.receipts.filter(recipient=row.recipient, receipt__contains=row.digest).exists():
            envelope = msgspec.json.decode(item.envelope, type=Envelope)
            row.proof = msgspec.json.encode(proof_of(envelope, BureauId(row.recipient))).decode("utf-8")
