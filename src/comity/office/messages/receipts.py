"""Receipts: the recipient's signed word that a message came, was read, or answered. They travel sealed.

Those for one sender travel together. A receipt is never receipted, or two bureaus would thank each
other for ever.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Coalesce

from comity.kernel.codes import MessageForm, MessageState, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId, MessageId
from comity.node import envelopes
from comity.node.directory import TrustedDirectory, instant
from comity.node.receipt_sheets import MAX_SHEET, receipts_in, sign_sheet, verify_sheet
from comity.office.messages import outgoing
from comity.office.messages.models import Delivery, Message, MessageReceiptRow, SheetSignature
from comity.office.messages.outgoing import Parcel
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import MessageReceipt, Payload, ReceiptSheet

_STATES: Final = {
    ReceiptKind.DELIVERED: MessageState.DELIVERED,
    ReceiptKind.READ: MessageState.READ,
    ReceiptKind.ANSWERED: MessageState.ANSWERED,
    # Of an envelope that was sealed anew after the recall it is the only word.
    ReceiptKind.RECALLED: MessageState.DELIVERED,
}
_TIMES: Final = {
    ReceiptKind.DELIVERED: "delivered_at",
    ReceiptKind.READ: "read_at",
    ReceiptKind.ANSWERED: "answered_at",
    ReceiptKind.RECALLED: "delivered_at",
}
_WAY: Final = [
    MessageState.QUEUED,
    MessageState.EXPIRED,
    MessageState.RELAYED,
    MessageState.DELIVERED,
    MessageState.READ,
    MessageState.ANSWERED,
]
"""States of an own message in their order. One that expired may have arrived all the same."""


def queue_receipts(kind: ReceiptKind, messages: Sequence[Message], at: datetime, note: str = "") -> None:
    """Put signed receipts for received messages in the outbox, in the caller's transaction.

    None is sent to who is no member any more, or while this node's directory is too old to seal to
    anybody: taking in and reading do not depend on that.
    """
    groups: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        groups.setdefault((message.sender, message.priority), []).append(message)
    parcels = []
    for (sender, priority), found in sorted(groups.items()):
        try:
            member = outgoing.recipient_member(BureauId(sender), at)
        except (InputError, TrustError):
            continue
        parcels += [
            _sheet(kind, found[start : start + MAX_SHEET], member, Priority(priority), at, note)
            for start in range(0, len(found), MAX_SHEET)
        ]
    outgoing.queue_control(parcels, at)


def read_sheet(payload: Payload) -> ReceiptSheet:
    """Return the receipts in a payload; raises `TrustError` (receipt.invalid) for what is none."""
    try:
        sheet = msgspec.convert(payload.fields, ReceiptSheet)
        for receipt in sheet.receipts:
            instant(receipt.at)
    except (msgspec.ValidationError, ValueError) as error:
        raise TrustError(ErrorCode.RECEIPT_INVALID) from error
    return sheet


def verify_all(sheet: ReceiptSheet, sender: Member, directory: TrustedDirectory) -> None:
    """Raise `TrustError` (receipt.invalid) unless `sender`'s bureau has signed each receipt of a sheet."""
    verify_sheet(sheet, BureauId(sender.bureau), directory)


def receipt_in(row: MessageReceiptRow) -> MessageReceipt:
    """Return a stored receipt, complete in itself; ask for rows with their `sheet`."""
    receipt = msgspec.json.decode(row.receipt, type=MessageReceipt)
    if row.sheet is None:
        return receipt
    signature = msgspec.json.decode(row.sheet.signature, type=dict[str, str])
    return msgspec.structs.replace(receipt, signature=signature)


def take_all(sheet: ReceiptSheet, sender: Member) -> None:
    """Store another bureau's verified receipts for own messages and move these on, once each.

    Passed over are those for messages that this node does not know, and those that do not name the
    envelope that stands in the outbox now: it was put back from a backup, or sealed them anew since.
    Raises `TrustError` (receipt.invalid) when none is left.
    """
    receipts = receipts_in(sheet)
    ids = [receipt.message_id for receipt in receipts]
    found = Delivery.objects.select_for_update(of=("self",)).select_related("message")
    rows = found.filter(message__message_id__in=ids, recipient=sender.bureau).order_by("pk")
    deliveries = {MessageId(row.message.message_id): row for row in rows if row.message is not None}
    digests = {message_id: row.digest for message_id, row in deliveries.items()}
    receipts = [one for one in receipts if digests.get(one.message_id) == one.envelope_digest]
    if not receipts:
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    _forget_former(receipts, deliveries)
    _store(receipts, deliveries, sheet.signature)
    for kind, at in {(receipt.kind, receipt.at) for receipt in receipts}:
        if kind in _STATES:
            alike = [one.message_id for one in receipts if (one.kind, one.at) == (kind, at)]
            _advance(kind, instant(at), [deliveries[each] for each in alike])


def settle_messages(messages: Iterable[Message]) -> None:
    """Bring the states of own messages to several recipients up to what their deliveries say."""
    for message in messages:
        found = message.deliveries.values_list("state", flat=True).distinct()
        states = [MessageState(state) for state in found]
        if states:
            state = min(states, key=_WAY.index)
            Message.objects.filter(pk=message.pk).exclude(state=state).update(state=state)


def forward(state: MessageState, column: str, at: datetime) -> dict[str, Any]:
    """Return what one update changes when something has come to `state`: nothing is taken back."""
    behind = _WAY[: _WAY.index(state)]
    moved = Case(When(state__in=behind, then=Value(str(state))), default=F("state"))
    return {"state": moved, column: Coalesce(F(column), Value(at, output_field=DateTimeField()))}


def _sheet(  # noqa: PLR0913, PLR0917 - the parts of a sheet
    kind: ReceiptKind,
    messages: Sequence[Message],
    sender: Member,
    priority: Priority,
    at: datetime,
    note: str,
) -> Parcel:
    own = home().bureau
    receipts = [
        envelopes.unsigned_receipt(
            kind, MessageId(message.message_id), message.envelope_digest, own, at, note
        )
        for message in messages
    ]
    sheet = sign_sheet(receipts, home().signing)
    return outgoing.control(MessageForm.RECEIPT, sheet, sender, priority, at)


def _forget_former(receipts: Sequence[MessageReceipt], deliveries: dict[MessageId, Delivery]) -> None:
    """Let go of receipts for a former envelope of what was sealed anew: the new ones replace them."""
    for receipt in receipts:
        row = deliveries[receipt.message_id]
        if row.proof:
            former = MessageReceiptRow.objects.filter(
                message=row.message_id, recipient=receipt.recipient, kind=receipt.kind
            )
            former.exclude(receipt__contains=receipt.envelope_digest).delete()


def _store(
    receipts: Sequence[MessageReceipt], deliveries: dict[MessageId, Delivery], common: dict[str, str]
) -> None:
    """Store receipts; a signature that they have in common is stored once, for it is most of a receipt."""
    sheet = None
    if common:
        text = msgspec.json.encode(common).decode("utf-8")
        sheet = SheetSignature.objects.create(bureau=home().bureau, signature=text)
        receipts = [msgspec.structs.replace(receipt, signature={}) for receipt in receipts]
    rows = [
        MessageReceiptRow(
            message=deliveries[receipt.message_id].message,
            bureau=home().bureau,
            recipient=receipt.recipient,
            kind=receipt.kind,
            at=instant(receipt.at),
            receipt=msgspec.json.encode(receipt).decode("utf-8"),
            sheet=sheet,
        )
        for receipt in receipts
    ]
    MessageReceiptRow.objects.bulk_create(rows, ignore_conflicts=True)


def _advance(kind: ReceiptKind, at: datetime, deliveries: Sequence[Delivery]) -> None:
    """States only go forward: a late word of the relay or a late receipt takes nothing back."""
    state, column = _STATES[kind], _TIMES[kind]
    rows = Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])
    rows.update(**forward(state, column, at))
    if state is MessageState.DELIVERED:
        rows.filter(waiting=True, again=False).update(waiting=False)  # it came on another way
    several = [row.message for row in deliveries if row.message is not None and not row.message.recipient]
    alone = Message.objects.filter(
        ~Q(recipient=""), pk__in=[row.message_id for row in deliveries], bureau=home().bureau
    )
    alone.update(**forward(state, column, at))
    settle_messages(several)
