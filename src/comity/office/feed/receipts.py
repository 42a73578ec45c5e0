"""Copies confirm what they have removed; owners see who has and who has not (I7)."""

from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
from django.db import transaction

from comity.crypto.signing import SigningContext
from comity.kernel.clock import to_wire
from comity.kernel.errors import ErrorCode, TrustError
from comity.kernel.ids import BureauId, NodeId, RecordId
from comity.node.directory import TrustedDirectory, instant
from comity.office import runtime
from comity.office.feed.models import FeedEntry, StoredCopyReceipt, WithdrawalConfirmation
from comity.protocol.feed import (
    MAX_WITHDRAWALS,
    CopyConfirmation,
    CopyReceipt,
    FeedOperation,
    SignedCopyReceipt,
    WithdrawalList,
    WithdrawalStatus,
)
from comity.protocol.members import Member
from comity.protocol.records import Restrictions
from comity.rules.restrictions import may_see

MAX_RECEIPT_BYTES: Final = 256 * 1024
"""A receipt names the withdrawals of some pages of 1,000 entries: 40 KiB each."""


def file_receipt(peer: Member, signed: SignedCopyReceipt, at: datetime) -> None:
    """Verify a copy's receipt and keep it with the withdrawals that it confirms; twice does no harm.

    Raises `TrustError` (receipt.invalid): signature, another copy's name, a position or chain value
    that this feed never had.
    """
    receipt = open_receipt(signed, peer, runtime.home().directory.current(at))
    with transaction.atomic():
        _check_position(receipt)
        stored = StoredCopyReceipt.objects.create(
            copy=peer.node,
            sequence=receipt.sequence,
            applied_at=instant(receipt.applied_at),
            received_at=at,
            signed=msgspec.json.encode(signed).decode("utf-8"),
        )
        _confirm(receipt, stored)
        _forget_older(stored)


def open_receipt(signed: SignedCopyReceipt, copy: Member, directory: TrustedDirectory) -> CopyReceipt:
    """Return what `copy` signed; raises `TrustError` (receipt.invalid)."""
    body = signed.body.encode("utf-8")
    try:
        receipt = msgspec.json.decode(body, type=CopyReceipt)
        dated = instant(receipt.applied_at)
    except (msgspec.DecodeError, ValueError) as error:
        raise TrustError(ErrorCode.RECEIPT_INVALID) from error
    directory.check_signed(
        copy, SigningContext.COPY_RECEIPT, body, signed.signature, dated, ErrorCode.RECEIPT_INVALID
    )
    if receipt.copy != copy.node:
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    return receipt


def withdrawal_statuses(owner: BureauId, after: int, at: datetime) -> WithdrawalList:
    """Return the withdrawals of `owner` after position `after` with what each copy said."""
    rows = FeedEntry.objects.filter(
        owner=owner, operation=FeedOperation.WITHDRAW.value, sequence__gt=after
    ).order_by("sequence")[:MAX_WITHDRAWALS]
    entries = list(rows)
    confirmed: dict[str, list[WithdrawalConfirmation]] = {}
    wanted = [entry.record_id for entry in entries]
    for found in WithdrawalConfirmation.objects.filter(record_id__in=wanted).select_related("receipt"):
        confirmed.setdefault(found.record_id, []).append(found)
    copies = followers(runtime.home().directory.current(at))
    answer = WithdrawalList(
        withdrawals=[_status(entry, confirmed.get(entry.record_id, []), copies) for entry in entries]
    )
    receipts = {_digest(one): _signed(one) for found in confirmed.values() for one in found}
    return msgspec.structs.replace(answer, receipts=receipts)


def followers(directory: TrustedDirectory) -> list[Member]:
    """Return the members that keep a copy of the feed: every active node, the secretariat's own included."""
    return directory.active_members()


def _status(
    entry: FeedEntry, confirmed: list[WithdrawalConfirmation], copies: list[Member]
) -> WithdrawalStatus:
    given = {one.copy: one for one in confirmed}
    withdrawn_at = to_wire(entry.created_at)
    restrictions = msgspec.convert(entry.restrictions, Restrictions)
    asked = {
        member.node
        for member in copies
        if member.since <= withdrawn_at and may_see(restrictions, entry.owner_country, member.country)
    }
    names = sorted(asked | {NodeId(copy) for copy in given})
    return WithdrawalStatus(
        record_id=RecordId(entry.record_id),
        sequence=entry.sequence,
        copies=[_confirmation(name, given.get(name)) for name in names],
    )


def _confirmation(copy: NodeId, given: WithdrawalConfirmation | None) -> CopyConfirmation:
    if given is None:
        return CopyConfirmation(copy=copy)
    return CopyConfirmation(copy=copy, confirmed_at=to_wire(given.confirmed_at), receipt=_digest(given))


def _signed(confirmation: WithdrawalConfirmation) -> SignedCopyReceipt:
    return msgspec.json.decode(confirmation.receipt.signed, type=SignedCopyReceipt)


def _digest(confirmation: WithdrawalConfirmation) -> str:
    return receipt_digest(_signed(confirmation))


def receipt_digest(signed: SignedCopyReceipt) -> str:
    """Return under which name a receipt stands in a `WithdrawalList`."""
    return sha256(signed.body.encode("utf-8")).hexdigest()


def _check_position(receipt: CopyReceipt) -> None:
    if receipt.sequence == 0 and not receipt.withdrawn:
        return
    known = FeedEntry.objects.filter(sequence=receipt.sequence).values_list("chain", flat=True).first()
    if known is None or known != receipt.chain:
        raise TrustError(ErrorCode.RECEIPT_INVALID, field="chain")


def _confirm(receipt: CopyReceipt, stored: StoredCopyReceipt) -> None:
    entries = FeedEntry.objects.filter(
        record_id__in=receipt.withdrawn,
        operation=FeedOperation.WITHDRAW.value,
        sequence__lte=receipt.sequence,
    )
    rows = [
        WithdrawalConfirmation(
            record_id=entry.record_id,
            owner=entry.owner,
            sequence=entry.sequence,
            copy=receipt.copy,
            confirmed_at=stored.applied_at,
            receipt=stored,
        )
        for entry in entries
    ]
    WithdrawalConfirmation.objects.bulk_create(rows, ignore_conflicts=True)


def _forget_older(stored: StoredCopyReceipt) -> None:
    """Drop the copy's receipts that confirm nothing and say less than this one."""
    StoredCopyReceipt.objects.filter(
        copy=stored.copy, pk__lt=stored.pk, withdrawalconfirmation__isnull=True
    ).delete()
