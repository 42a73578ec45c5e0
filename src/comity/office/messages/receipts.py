"""Receipts: the recipient's signed word that a message came, or was read. They travel sealed like messages.

A receipt is never receipted, or two bureaus would thank each other for ever.
"""

from datetime import datetime

import msgspec

from comity.crypto.signing import SigningContext
from comity.kernel.clock import to_wire
from comity.kernel.codes import MessageForm, MessageState, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId, MessageId, ThreadId, new_id
from comity.node import envelopes
from comity.node.directory import instant
from comity.office.messages import outgoing
from comity.office.messages.models import Message, MessageReceiptRow
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import MessageReceipt, Payload

_STATES = {ReceiptKind.DELIVERED: MessageState.DELIVERED, ReceiptKind.READ: MessageState.READ}
_TIMES = {ReceiptKind.DELIVERED: "delivered_at", ReceiptKind.READ: "read_at"}
_BEFORE = {
    ReceiptKind.DELIVERED: (MessageState.QUEUED, MessageState.RELAYED),
    ReceiptKind.READ: (MessageState.QUEUED, MessageState.RELAYED, MessageState.DELIVERED),
}


def queue_receipt(kind: ReceiptKind, message: Message, sender: Member, at: datetime) -> None:
    """Put the signed receipt for a received message in the outbox, in the caller's transaction."""
    receipt = MessageReceipt(
        kind=kind,
        message_id=MessageId(message.message_id),
        envelope_digest=message.envelope_digest,
        recipient=home().bureau,
        at=to_wire(at),
    )
    signature = home().signing.sign(SigningContext.RECEIPT, envelopes.receipt_bytes(receipt))
    payload = Payload(
        form=MessageForm.RECEIPT,
        thread_id=ThreadId(message.thread.thread_id),
        in_reply_to=MessageId(message.message_id),
        fields=msgspec.to_builtins(msgspec.structs.replace(receipt, signature=signature)),
    )
    outgoing.queue(MessageId(new_id(at)), sender, payload, Priority(message.priority), at)


def queue_read_receipt(message: Message, at: datetime) -> bool:
    """Confirm to its sender that a message was read; tell whether that was possible.

    It is not when the sender is no member any more, or this node's directory is too old to seal to
    anybody: reading does not depend on that.
    """
    try:
        sender = outgoing.recipient_member(BureauId(message.sender), at)
    except (InputError, TrustError):
        return False
    queue_receipt(ReceiptKind.READ, message, sender, at)
    return True


def take_receipt(payload: Payload, sender: Member, at: datetime) -> None:
    """Store another bureau's receipt for an own message and move the message's state, once.

    Raises `TrustError` (receipt.invalid) when it is not signed by `sender`'s bureau, or does not name
    the very envelope that was sent there.
    """
    receipt = _read(payload)
    message = Message.objects.select_for_update().filter(message_id=receipt.message_id).first()
    if (
        message is None
        or message.recipient != sender.bureau
        or receipt.recipient != sender.bureau
        or receipt.envelope_digest != message.envelope_digest
    ):
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    envelopes.verify_receipt(receipt, home().directory.current(at))
    _, created = MessageReceiptRow.objects.get_or_create(
        message=message,
        kind=receipt.kind,
        defaults={
            "bureau": message.bureau,
            "at": instant(receipt.at),
            "receipt": msgspec.json.encode(receipt).decode("utf-8"),
        },
    )
    if created:
        _advance(message, receipt)


def _read(payload: Payload) -> MessageReceipt:
    try:
        receipt = msgspec.convert(payload.fields, MessageReceipt)
        instant(receipt.at)
    except (msgspec.ValidationError, ValueError) as error:
        raise TrustError(ErrorCode.RECEIPT_INVALID) from error
    return receipt


def _advance(message: Message, receipt: MessageReceipt) -> None:
    """States only go forward: a late word of the relay or a late receipt takes nothing back."""
    setattr(message, _TIMES[receipt.kind], instant(receipt.at))
    if message.state in _BEFORE[receipt.kind]:
        message.state = _STATES[receipt.kind]
    message.save(update_fields=["state", _TIMES[receipt.kind]])
