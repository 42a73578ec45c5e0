"""Receipts as evidence: a bundle that proves by itself who received what from whom, and its check.

Whoever checks needs nothing else: the directory inside is signed by the secretariat and lists every key,
former ones and those of removed members too. What remains is one fingerprint to compare: the secretariat's.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from comity.crypto.encoding import from_text
from comity.crypto.signing import SigningContext, VerifyingKeys
from comity.kernel.clock import from_wire
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId
from comity.node.directory import MAX_DIRECTORY_BYTES, TrustedDirectory, open_directory
from comity.node.envelope_bytes import (
    check_header,
    confirmed_digest,
    header_digest,
    signed_digests,
    stanza_digest,
)
from comity.node.envelopes import for_recipient, verify_receipt
from comity.node.member_keys import keys_of, signing_keys_by_id
from comity.protocol.evidence import RECEIPT_BUNDLE, EnvelopeProof, ReceiptBundle
from comity.protocol.members import Directory, Member, SignedDirectory
from comity.protocol.messages import Envelope, MessageReceipt

MAX_BUNDLE_BYTES: Final = MAX_DIRECTORY_BYTES + 64 * 1024
"""The directory is most of it."""


@dataclass(frozen=True, slots=True)
class VerifiedBundle:
    """What a bundle proves."""

    receipt: MessageReceipt
    signer: Member
    """The recipient that confirms."""
    envelope: EnvelopeProof | None
    sender: Member | None
    """Who signed the envelope; None when the bundle does not hold it."""
    directory: Directory
    secretariat_key: str
    """Key id of the secretariat's signing keys: the one thing left to compare."""
    pinned: bool
    """Whether it was compared with keys that the caller gave."""


def proof_of(envelope: Envelope, recipient: BureauId) -> EnvelopeProof:
    """Return an envelope's proof for one recipient; raises `TrustError` (envelope.recipient)."""
    copy = for_recipient(envelope, recipient)
    return EnvelopeProof(
        header=copy.header,
        stanza=copy.stanzas[0],
        stanza_digests=copy.stanza_digests,
        ciphertext_sha256=sha256(from_text(copy.ciphertext)).hexdigest(),
        signature=copy.signature,
    )


def make_bundle(
    receipt: MessageReceipt, envelope: EnvelopeProof | None, directory: SignedDirectory
) -> ReceiptBundle:
    """Return the bundle that `verify_bundle` takes."""
    return ReceiptBundle(format=RECEIPT_BUNDLE, receipt=receipt, envelope=envelope, directory=directory)


def read_bundle(data: bytes) -> ReceiptBundle:
    """Return the bundle that stands in `data`; raises `InputError` (limit.body, input.not_json)."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise InputError(ErrorCode.LIMIT_BODY, field="bundle")
    try:
        bundle = msgspec.json.decode(data, type=ReceiptBundle)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(ErrorCode.INPUT_NOT_JSON, field="bundle") from None
    if bundle.format != RECEIPT_BUNDLE:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="format")
    return bundle


def verify_bundle(bundle: ReceiptBundle, pinned: VerifyingKeys | None = None) -> VerifiedBundle:
    """Return what a bundle proves.

    `pinned` are the secretariat's keys if the caller has them; without, those inside vouch for
    themselves and their id is for a person to compare. Raises `TrustError`: directory.signature,
    directory.malformed, receipt.invalid, and as `envelopes.verify` for the envelope's signature.
    """
    keys = pinned or own_anchor(bundle.directory)
    trusted = TrustedDirectory(open_directory(bundle.directory, keys))
    signer = verify_receipt(bundle.receipt, trusted)
    sender = _check_proof(bundle.envelope, bundle.receipt, trusted) if bundle.envelope else None
    return VerifiedBundle(
        receipt=bundle.receipt,
        signer=signer,
        envelope=bundle.envelope,
        sender=sender,
        directory=trusted.directory,
        secretariat_key=keys.key_id,
        pinned=pinned is not None,
    )


def own_anchor(signed: SignedDirectory) -> VerifyingKeys:
    """Return the secretariat's keys that a directory lists itself: to be compared by a person.

    Raises `TrustError` (directory.malformed).
    """
    try:
        members = msgspec.json.decode(signed.body, type=Directory).members
        anchors = [member for member in members if member.role is NodeRole.SECRETARIAT]
        return keys_of(anchors[0].keys)
    except (msgspec.DecodeError, LookupError, InputError):
        raise TrustError(ErrorCode.DIRECTORY_MALFORMED) from None


def check_envelope(proof: EnvelopeProof, directory: TrustedDirectory) -> tuple[Member, str]:
    """Return who signed an envelope, and the digest that its recipient's receipt confirms.

    Raises `TrustError` as `envelopes.verify`.
    """
    signed, confirmed = _digests(proof)
    return _signer(proof, signed, from_wire(proof.header.created_at), directory), confirmed


def _digests(proof: EnvelopeProof) -> tuple[bytes, str]:
    """Return what the sender's signature covers, and what the recipient's receipt confirms."""
    check_header(proof.header)
    try:
        listed = [from_text(text) for text in proof.stanza_digests]
        ciphertext = bytes.fromhex(proof.ciphertext_sha256)
    except (ValueError, InputError) as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error
    own = stanza_digest(proof.stanza)
    if own not in listed:
        raise TrustError(ErrorCode.ENVELOPE_STANZAS)
    signed = signed_digests(header_digest(proof.header), listed, ciphertext)
    return signed, confirmed_digest(signed, own)


def _check_proof(proof: EnvelopeProof, receipt: MessageReceipt, directory: TrustedDirectory) -> Member:
    """Return the sender; the receipt must speak of this very envelope."""
    signed, confirmed = _digests(proof)
    named = (receipt.message_id, receipt.recipient, receipt.envelope_digest)
    if named != (proof.header.message_id, proof.stanza.recipient, confirmed):
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    return _signer(proof, signed, from_wire(proof.header.created_at), directory)


def _signer(proof: EnvelopeProof, signed: bytes, dated: datetime, directory: TrustedDirectory) -> Member:
    refusal = TrustError(ErrorCode.MEMBER_UNKNOWN)
    for member in directory.entries(proof.header.sender):
        try:
            keys = signing_keys_by_id(member, proof.header.signing_key, dated)
            keys.verify(SigningContext.ENVELOPE, signed, proof.signature)
        except TrustError as error:
            refusal = error
            continue
        return member
    raise refusal
