"""The sealed envelope: made at the sender, carried by a relay that cannot read it, opened at the recipient.

Everything the relay sees (the header) is bound three times: into the wrapped key (HPKE info), into
the content (associated data) and into the signature. docs/protocol/envelope.md gives the bytes. (I3)
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

import msgspec

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import WRAPPED_KEY_BYTES, SealingKey, decrypt, encrypt, new_content_key, wrap
from comity.crypto.signing import SigningContext, SigningKeys
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import NodeRole, ReceiptKind
from comity.kernel.errors import ErrorCode, InputError, LimitError, TrustError
from comity.kernel.ids import BureauId, NodeId, is_id
from comity.node.directory import TrustedDirectory, instant
from comity.protocol.members import Member
from comity.protocol.messages import (
    MAX_ENVELOPE_BYTES,
    SUITE,
    Envelope,
    EnvelopeHeader,
    MessageReceipt,
    Payload,
)

_HEADER_PREFIX: Final = b"comity/envelope/1\0"
PADDING_BYTES: Final = 1024
"""Contents are padded to a multiple: a receipt, an alarm and a short text then look alike."""
MAX_LIFE: Final = timedelta(days=90)
"""An envelope waits for a bureau that is away; after this the sender must say it again."""


def header_digest(header: EnvelopeHeader) -> bytes:
    """Return SHA-256 (32 bytes) over `comity/envelope/1`, a zero byte and the header's canonical bytes."""
    return hashlib.sha256(_HEADER_PREFIX + canonical_bytes(header)).digest()


def seal(payload: Payload, header: EnvelopeHeader, recipient: Member, signing: SigningKeys) -> Envelope:
    """Return `payload` sealed to `recipient` and signed by the sender of `header`.

    Raises `TrustError` (envelope.suite, envelope.recipient, envelope.malformed) when the header does
    not fit, `LimitError` (limit.body) above `MAX_ENVELOPE_BYTES`.
    """
    _check_header(header)
    if header.recipient != recipient.bureau or recipient.role is NodeRole.POST:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    digest_of_header = header_digest(header)
    key = new_content_key()
    wrapped = wrap(from_text(recipient.keys.sealing, field="keys.sealing"), key, digest_of_header)
    ciphertext = encrypt(key, _padded(canonical_bytes(payload)), digest_of_header)
    envelope = Envelope(
        header=header,
        wrapped_key=to_text(wrapped),
        ciphertext=to_text(ciphertext),
        signature=signing.sign(SigningContext.ENVELOPE, _signed(digest_of_header, wrapped, ciphertext)),
    )
    if len(canonical_bytes(envelope)) > MAX_ENVELOPE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY, field="text")
    return envelope


def verify(
    envelope: Envelope, directory: TrustedDirectory, at: datetime, *, recipient: BureauId | None = None
) -> Member:
    """Return the sender of an envelope that holds; relay and recipient both ask before they store it.

    Raises `LimitError` (limit.body) and `TrustError`: envelope.suite, envelope.malformed,
    envelope.recipient (when `recipient` is given and it is another's), member.unknown,
    member.not_active, envelope.sender (a post), envelope.signature, envelope.expired. Whether it came
    before, or leaves a gap, is for the caller's store to say.
    """
    if len(canonical_bytes(envelope)) > MAX_ENVELOPE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY)
    _check_header(envelope.header)
    wrapped, ciphertext = _sealed_parts(envelope)
    if recipient is not None and envelope.header.recipient != recipient:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    sender = directory.active(envelope.header.sender)
    if sender.role is NodeRole.POST:
        raise TrustError(ErrorCode.ENVELOPE_SENDER)
    signed = _signed(header_digest(envelope.header), wrapped, ciphertext)
    directory.verifying_keys(sender).verify(SigningContext.ENVELOPE, signed, envelope.signature)
    if at >= instant(envelope.header.expires_at):
        raise TrustError(ErrorCode.ENVELOPE_EXPIRED)
    return sender


def open_envelope(envelope: Envelope, sealing: SealingKey) -> Payload:
    """Return what is inside an envelope that `verify` has passed.

    Raises `TrustError`: envelope.altered when it was sealed to another key or any bit differs,
    envelope.malformed when the sender put in what is no payload.
    """
    bound = header_digest(envelope.header)
    wrapped, ciphertext = _sealed_parts(envelope)
    plaintext = decrypt(sealing.unwrap(wrapped, bound), ciphertext, bound)
    try:
        return msgspec.json.decode(plaintext, type=Payload)
    except msgspec.DecodeError:
        # The decoder's message can quote content, so it is not passed on (I11).
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from None


def digest(envelope: Envelope) -> str:
    """Return SHA-256 over the envelope's canonical bytes, hexadecimal: what a receipt confirms."""
    return hashlib.sha256(canonical_bytes(envelope)).hexdigest()


def make_receipt(kind: ReceiptKind, envelope: Envelope, at: datetime, signing: SigningKeys) -> MessageReceipt:
    """Return the recipient's signed word that it has `envelope`, byte for byte."""
    receipt = MessageReceipt(
        kind=kind,
        message_id=envelope.header.message_id,
        envelope_digest=digest(envelope),
        recipient=envelope.header.recipient,
        at=to_wire(at),
    )
    return msgspec.structs.replace(
        receipt, signature=signing.sign(SigningContext.RECEIPT, receipt_bytes(receipt))
    )


def verify_receipt(receipt: MessageReceipt, directory: TrustedDirectory) -> Member:
    """Return the member whose receipt this is; the keys of removed members still count.

    Raises `TrustError` (receipt.invalid). That it speaks of the caller's envelope, the caller
    compares: `receipt.envelope_digest == digest(envelope)` and the message's id and recipient.
    """
    data = receipt_bytes(receipt)
    for member in directory.entries(NodeId(receipt.recipient)):
        try:
            directory.verifying_keys(member).verify(
                SigningContext.RECEIPT, data, receipt.signature, code=ErrorCode.RECEIPT_INVALID
            )
        except TrustError:
            continue
        return member
    raise TrustError(ErrorCode.RECEIPT_INVALID)


def receipt_bytes(receipt: MessageReceipt) -> bytes:
    """Return what a receipt's signature covers: the canonical bytes of its other fields."""
    fields = msgspec.to_builtins(receipt)
    del fields["signature"]
    return canonical_bytes(fields)


def _signed(bound: bytes, wrapped: bytes, ciphertext: bytes) -> bytes:
    # Two parts of fixed length, then a digest: no two envelopes give the same bytes.
    return bound + wrapped + hashlib.sha256(ciphertext).digest()


def _padded(plaintext: bytes) -> bytes:
    """Fill up with blanks, which JSON ignores behind the value."""
    return plaintext + b" " * (-len(plaintext) % PADDING_BYTES)


def _check_header(header: EnvelopeHeader) -> None:
    if header.suite != SUITE:
        raise TrustError(ErrorCode.ENVELOPE_SUITE)
    try:
        life = instant(header.expires_at) - instant(header.created_at)
    except ValueError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error
    if not (timedelta(0) < life <= MAX_LIFE and header.sequence >= 1 and is_id(header.message_id)):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)


def _sealed_parts(envelope: Envelope) -> tuple[bytes, bytes]:
    try:
        wrapped, ciphertext = from_text(envelope.wrapped_key), from_text(envelope.ciphertext)
    except InputError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error
    if len(wrapped) != WRAPPED_KEY_BYTES:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    return wrapped, ciphertext
