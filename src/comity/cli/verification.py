"""Checking signed papers with nothing but public keys: receipts for messages and for deletions."""

from pathlib import Path
from typing import Final

import msgspec

from comity.crypto.signing import SigningContext
from comity.kernel.clock import from_wire
from comity.kernel.codes import ReceiptKind
from comity.kernel.errors import ConfigurationError, ErrorCode, InputError, TrustError
from comity.node.directory import TrustedDirectory
from comity.node.envelopes import verify_receipt
from comity.node.evidence import MAX_BUNDLE_BYTES, VerifiedBundle, read_bundle, verify_bundle
from comity.node.home import NodeHome
from comity.node.member_keys import keys_of
from comity.protocol.feed import CopyReceipt, SignedCopyReceipt
from comity.protocol.messages import MessageReceipt

_DONE: Final = {
    ReceiptKind.DELIVERED: "received",
    ReceiptKind.READ: "opened",
    ReceiptKind.ANSWERED: "answered",
    ReceiptKind.RECALLED: "recalled, as the sender asked,",
    ReceiptKind.CORRECTED: "corrected, as the sender asked,",
}


class VerifiedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt says and who signed it."""

    kind: str
    """A code of `ReceiptKind` for a message, `copy` for a deletion."""
    signed_by: str
    """Node whose keys in the member directory the signature holds for."""
    at: str
    message_id: str = ""
    note: str = ""
    envelope_digest: str = ""
    sender: str = ""
    """Who signed the envelope that is confirmed; empty when it is not in the paper."""
    sequence: int | None = None
    priority: str = ""
    created_at: str = ""
    network: str = ""
    directory_version: int | None = None
    directory_issued_at: str = ""
    secretariat_key: str = ""
    """Key id of the secretariat that signed the directory in the paper: what is left to compare."""
    secretariat_key_known: bool | None = None
    """Whether this node, or the caller, knows it as the secretariat's."""
    withdrawn: list[str] = []
    """Records that the copy has removed and looked up afterwards."""

    def sentence(self) -> str:
        """Return what is proven, for people."""
        if self.kind == "copy":
            gone = f"{len(self.withdrawn)} records are gone from its copy"
            return f"{self.signed_by} confirms on {self.at} that {gone}."
        done = _DONE[ReceiptKind(self.kind)]
        signed = f", signed by {self.sender} on {self.created_at}" if self.sender else ""
        return (
            f"{self.signed_by} confirms that it has {done} message {self.message_id}{signed}, on {self.at}."
        )


def verify_file(path: Path, home: Path | None, secretariat_key: str = "") -> VerifiedReceipt:
    """Return what the paper in a file says.

    A bundle needs nothing else; with `home` its directory must be of that node's secretariat, with
    `secretariat_key` (a key id) of that one. A bare receipt needs `home`. Raises `InputError`
    (input.not_json, limit.body) for what is no receipt, `ConfigurationError` (config.missing, home),
    `TrustError` (receipt.invalid, directory.signature, envelope.…) when a signature does not hold.
    """
    content = path.read_bytes()
    if len(content) > MAX_BUNDLE_BYTES:
        raise InputError(ErrorCode.LIMIT_BODY, field=path.name)
    try:
        bundle = read_bundle(content)
    except InputError:
        if home is None:
            raise ConfigurationError(
                ErrorCode.CONFIG_MISSING,
                field="--home",
                remedy="A receipt without its directory is checked with that of a node; a bundle needs none.",
            ) from None
        return _bare(content, path.name, NodeHome.open(home).directory.last())
    pinned = keys_of(NodeHome.open(home).trust().secretariat_keys) if home else None
    found = verify_bundle(bundle, pinned)
    if secretariat_key and found.secretariat_key != secretariat_key.lower():
        raise TrustError(ErrorCode.DIRECTORY_SIGNATURE, field="--secretariat-key")
    return _told(found, known=found.pinned or bool(secretariat_key))


def _told(found: VerifiedBundle, *, known: bool) -> VerifiedReceipt:
    receipt, envelope = found.receipt, found.envelope
    return VerifiedReceipt(
        kind=receipt.kind,
        signed_by=found.signer.node,
        at=receipt.at,
        message_id=receipt.message_id,
        note=receipt.note,
        envelope_digest=receipt.envelope_digest,
        sender=found.sender.node if found.sender else "",
        sequence=envelope.stanza.sequence if envelope else None,
        priority=envelope.header.priority if envelope else "",
        created_at=envelope.header.created_at if envelope else "",
        network=found.directory.network,
        directory_version=found.directory.version,
        directory_issued_at=found.directory.issued_at,
        secretariat_key=found.secretariat_key,
        secretariat_key_known=known,
    )


def _bare(content: bytes, name: str, directory: TrustedDirectory) -> VerifiedReceipt:
    try:
        return verify_message_receipt(msgspec.json.decode(content, type=MessageReceipt), directory)
    except msgspec.DecodeError:
        pass
    try:
        return verify_copy_receipt(msgspec.json.decode(content, type=SignedCopyReceipt), directory)
    except msgspec.DecodeError:
        raise InputError(ErrorCode.INPUT_NOT_JSON, field=name, remedy="Give a receipt as JSON.") from None


def verify_message_receipt(receipt: MessageReceipt, directory: TrustedDirectory) -> VerifiedReceipt:
    """Return what a recipient's receipt says; raises `TrustError` (receipt.invalid)."""
    member = verify_receipt(receipt, directory)
    return VerifiedReceipt(
        kind=receipt.kind,
        signed_by=member.node,
        at=receipt.at,
        message_id=receipt.message_id,
        note=receipt.note,
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
