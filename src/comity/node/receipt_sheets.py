"""Many receipts under one signature: a hash tree over them all, and for each its place in it.

A sheet travels with neither signatures nor paths of its receipts; who has it whole computes the paths.
A receipt taken out of it, with place and signature, is checked like any other (`envelopes.verify_receipt`).
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from comity.crypto.encoding import to_text
from comity.crypto.signing import SigningContext, SigningKeys
from comity.crypto.trees import leaf_of, tree_of
from comity.kernel.errors import ErrorCode, TrustError
from comity.kernel.ids import BureauId
from comity.node.directory import TrustedDirectory
from comity.node.envelopes import receipt_bytes, sheet_bytes, verify_receipt
from comity.protocol.messages import MessageReceipt, ReceiptPlace, ReceiptSheet

MAX_SHEET: Final = 100
"""Receipts in one envelope: as many as messages on one page of the relay's inbox."""


def sign_sheet(receipts: Sequence[MessageReceipt], signing: SigningKeys) -> ReceiptSheet:
    """Return unsigned receipts under one signature; a single one gets a signature of its own."""
    if len(receipts) == 1:
        signature = signing.sign(SigningContext.RECEIPT, receipt_bytes(receipts[0]))
        return ReceiptSheet(receipts=[msgspec.structs.replace(receipts[0], signature=signature)])
    root, _ = tree_of(_leaves(receipts))
    signature = signing.sign(SigningContext.RECEIPT_SHEET, sheet_bytes(len(receipts), root))
    return ReceiptSheet(receipts=list(receipts), signature=signature)


def receipts_in(sheet: ReceiptSheet) -> list[MessageReceipt]:
    """Return the receipts of a sheet, each complete in itself.

    Raises `TrustError` (receipt.invalid) for none, for too many, and for one with a signature or a place
    of its own under a common signature.
    """
    if not 1 <= len(sheet.receipts) <= MAX_SHEET:
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    if not sheet.signature:
        return sheet.receipts
    if any(receipt.signature or receipt.place is not None for receipt in sheet.receipts):
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    _, paths = tree_of(_leaves(sheet.receipts))
    places = (
        ReceiptPlace(size=len(paths), index=index, path=[to_text(beside) for beside in path])
        for index, path in enumerate(paths)
    )
    return [
        msgspec.structs.replace(receipt, signature=sheet.signature, place=place)
        for receipt, place in zip(sheet.receipts, places, strict=True)
    ]


def verify_sheet(sheet: ReceiptSheet, recipient: BureauId, directory: TrustedDirectory) -> None:
    """Raise `TrustError` (receipt.invalid) unless `recipient` has signed every receipt of a sheet."""
    receipts = receipts_in(sheet)
    if any(receipt.recipient != recipient for receipt in receipts):
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    for receipt in _to_check(receipts) if sheet.signature else receipts:
        verify_receipt(receipt, directory)


def _to_check(receipts: Iterable[MessageReceipt]) -> Iterable[MessageReceipt]:
    """Return one receipt of each instant: the paths lead to one root, and keys count by the instant."""
    return {receipt.at: receipt for receipt in receipts}.values()


def _leaves(receipts: Iterable[MessageReceipt]) -> list[bytes]:
    return [leaf_of(receipt_bytes(receipt)) for receipt in receipts]
