"""Receipts as papers for third parties: the bundle that proves by itself (docs/protocol/envelope.md)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.codes import Action, ReceiptKind
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, MessageId
from comity.node.evidence import make_bundle, proof_of
from comity.office.access import Caller, require
from comity.office.messages import services
from comity.office.messages.models import Delivery, Message, MessageReceiptRow, OutboxItem
from comity.office.messages.receipts import receipt_in
from comity.office.runtime import home
from comity.protocol.evidence import EnvelopeProof, ReceiptBundle
from comity.protocol.messages import Envelope, MessageReceipt

_STRONGEST_FIRST: Final = (ReceiptKind.ANSWERED, ReceiptKind.READ, ReceiptKind.DELIVERED)
"""Which receipt is meant when none is named: the one that says most."""


def receipt_bundle(
    caller: Caller,
    message_id: MessageId,
    at: datetime,
    *,
    recipient: BureauId | None = None,
    kind: ReceiptKind | None = None,
) -> ReceiptBundle:
    """Return the bundle of one receipt of an own message.

    Left out, `recipient` is the only one that has given a receipt, or the first by code, and `kind` the
    one that says most. Raises `NotFoundError`: message.not_found, also for a receipt that is not in.
    """
    message = Message.objects.select_related("thread").filter(message_id=message_id).first()
    if message is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    require(
        caller,
        Action.MESSAGE_VIEW,
        services.subject_of(message, caller.actor.unit),
        at,
        about=f"message:{message_id}",
    )
    row = _chosen(message, recipient, kind)
    receipt = receipt_in(row)
    return make_bundle(receipt, _proof(message, receipt), home().directory.signed())


def keep_proofs(items: Iterable[OutboxItem]) -> None:
    """Keep of envelopes that are let go what their receipts confirm, in the caller's transaction."""
    by_pk = {item.pk: item for item in items}
    rows = list(Delivery.objects.filter(item__in=by_pk, message__isnull=False))
    for row in rows:
        envelope = msgspec.json.decode(by_pk[row.item_id or 0].envelope, type=Envelope)
        row.proof = msgspec.json.encode(proof_of(envelope, BureauId(row.recipient))).decode("utf-8")
    Delivery.objects.bulk_update(rows, ["proof"])


def _chosen(message: Message, recipient: BureauId | None, kind: ReceiptKind | None) -> MessageReceiptRow:
    rows = list(
        MessageReceiptRow.objects.filter(message=message).select_related("sheet").order_by("recipient", "id")
    )
    fitting = [row for row in rows if recipient in (None, row.recipient) and kind in (None, row.kind)]
    if not fitting:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="receipt")
    first = [row for row in fitting if row.recipient == fitting[0].recipient]
    known = {ReceiptKind(row.kind): row for row in first}
    return next((known[each] for each in _STRONGEST_FIRST if each in known), first[-1])


def _proof(message: Message, receipt: MessageReceipt) -> EnvelopeProof | None:
    """Return the proof of the envelope that a receipt confirms; a former one if it was sealed anew since."""
    found = Delivery.objects.filter(message=message, recipient=receipt.recipient)
    row = found.select_related("item").first()
    if row is None:
        return None
    if row.item is not None and (row.digest == receipt.envelope_digest or not row.proof):
        return proof_of(msgspec.json.decode(row.item.envelope, type=Envelope), receipt.recipient)
    return msgspec.json.decode(row.proof, type=EnvelopeProof) if row.proof else None
