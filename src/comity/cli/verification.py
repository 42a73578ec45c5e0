"""Checking signed papers with nothing but public keys: receipts for messages and for deletions."""

from pathlib import Path

import msgspec

from comity.crypto.signing import SigningContext
from comity.kernel.clock import from_wire
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.node.directory import TrustedDirectory
from comity.node.envelopes import verify_receipt
from comity.protocol.feed import CopyReceipt, SignedCopyReceipt
from comity.protocol.messages import MessageReceipt

MAX_RECEIPT_BYTES = 4 * 1024 * 1024
"""A copy that confirms 1,000 removals at once writes under 64 KiB; a list of many receipts is no receipt."""


class VerifiedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt says and who signed it."""

    kind: str
    """`delivered` or `read` for a message, `copy` for a deletion."""
    signed_by: str
    """Node whose keys in the member directory the signature holds for."""
    at: str
    message_id: str = ""
    envelope_digest: str = ""
    sequence: int | None = None
    withdrawn: list[str] = []
    """Records that the copy has removed and looked up afterwards."""


def verify_file(path: Path, directory: TrustedDirectory) -> VerifiedReceipt:
    """Return what the receipt in a file says.

    Raises `InputError` (input.not_json, limit.body) for what is no receipt, `TrustError`
    (receipt.invalid) when the signature does not hold.
    """
    content = path.read_bytes()
    if len(content) > MAX_RECEIPT_BYTES:
        raise InputError(ErrorCode.LIMIT_BODY, field=path.name)
    try:
        return verify_message_receipt(msgspec.json.decode(content, type=MessageReceipt), directory)
    except msgspec.DecodeError:
        pass
    try:
        return verify_copy_receipt(msgspec.json.decode(content, type=SignedCopyReceipt), directory)
    except msgspec.DecodeError:
        raise InputError(
            ErrorCode.INPUT_NOT_JSON, field=path.name, remedy="Give a receipt as JSON."
        ) from None


def verify_message_receipt(receipt: MessageReceipt, directory: TrustedDirectory) -> VerifiedReceipt:
    """Return what a recipient's receipt says; raises `TrustError` (receipt.invalid)."""
    member = verify_receipt(receipt, directory)
    return VerifiedReceipt(
        kind=receipt.kind,
        signed_by=member.node,
        at=receipt.at,
        message_id=receipt.message_id,
        envelope_digest=receipt.envelope_digest,
    )


def verify_copy_receipt(signed: SignedCopyReceipt, directory: TrustedDirectory) -> VerifiedReceipt:
    """Return what a copy's receipt says; raises `TrustError` (receipt.invalid)."""
    body = signed.body.encode("utf-8")
    try:
        receipt = msgspec.json.decode(body, type=CopyReceipt)
        dated = from_wire(receipt.applied_at)
    except (msgspec.DecodeError, ValueError):
        raise TrustError(ErrorCode.RECEIPT_INVALID) from None
    for member in directory.entries(receipt.copy):
        try:
            directory.check_signed(
                member, SigningContext.COPY_RECEIPT, body, signed.signature, dated, ErrorCode.RECEIPT_INVALID
            )
        except TrustError:
            continue
        return VerifiedReceipt(
            kind="copy",
            signed_by=member.node,
            at=receipt.applied_at,
            sequence=receipt.sequence,
            withdrawn=list(receipt.withdrawn),
        )
    raise TrustError(ErrorCode.RECEIPT_INVALID)
