"""The sealed envelope: made at the sender, carried by a relay that cannot read it, opened at the recipients.

One message has one content key, one ciphertext and one signature, and a stanza for each recipient.
What the relay sees is bound into the wrapped keys (HPKE info), into the content (associated data) and
into the signature; what it does not see is bound by the header's commitment. docs/protocol/envelope.md
gives the bytes. (I3)
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import SealingRing, key_id, new_content_key, wrap
from comity.crypto.signing import SigningContext, SigningKeys
from comity.crypto.streaming import open_bytes, seal_bytes
from comity.crypto.trees import leaf_of, root_by_path
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import from_wire, to_wire
from comity.kernel.codes import NodeRole, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, InputError, IntegrityError, LimitError, TrustError
from comity.kernel.ids import BureauId, MessageId, NodeId, is_form_id
from comity.node import envelope_bytes
from comity.node.directory import TrustedDirectory
from comity.node.envelope_bytes import CONTENT_PREFIX, DIGEST_BYTES, MAX_LIFE, SALT_BYTES, Parts, parts_of
from comity.node.member_keys import signing_keys_by_id
from comity.protocol.members import Member
from comity.protocol.messages import (
    MAX_CIPHERTEXT_BYTES,
    MAX_RECIPIENTS,
    SUITE,
    Envelope,
    EnvelopeHeader,
    Letter,
    MessageReceipt,
    SealedHeader,
    Stanza,
)

__all__ = [
    "MAX_AHEAD",
    "MAX_LIFE",
    "PADDING_BYTES",
    "Addressee",
    "digest",
    "digests",
    "for_recipient",
    "make_receipt",
    "open_envelope",
    "receipt_bytes",
    "seal",
    "sheet_bytes",
    "verify",
    "verify_receipt",
]

PADDING_BYTES: Final = 1024
"""Contents are padded to a multiple: a receipt, an alarm and a short text then look alike."""
MAX_SIGNED_TOGETHER: Final = 1024
"""Receipts under one signature; a sheet holds a hundred."""
MAX_AHEAD: Final = timedelta(days=1)
"""A sender's clock that is a few hours wrong does not stop its messages; one of another year does."""


class Addressee(NamedTuple):
    """One recipient of a message that is being sealed."""

    member: Member
    sequence: int
    """The next number of this sender, recipient and priority."""


def seal(  # noqa: PLR0913 - the header's fields, each by name
    letter: Letter,
    *,
    message_id: MessageId,
    sender: NodeId,
    priority: Priority,
    created_at: datetime,
    expires_at: datetime,
    addressees: Sequence[Addressee],
    signing: SigningKeys,
) -> Envelope:
    """Return `letter` sealed to each addressee and signed by `sender`, with all its stanzas.

    Several recipients are hidden from one another unless the letter's header names them all, sorted.
    Raises `TrustError`: envelope.recipient (none, a post, one twice, or not those that the letter
    names), envelope.malformed, envelope.instant; `LimitError` (limit.body, field text) for a letter
    above `MAX_CIPHERTEXT_BYTES` or more than `MAX_RECIPIENTS`.
    """
    _check_addressees(letter.header, addressees)
    key = new_content_key()
    header = EnvelopeHeader(
        suite=SUITE,
        message_id=message_id,
        sender=sender,
        signing_key=signing.public.key_id,
        priority=priority,
        created_at=to_wire(created_at),
        expires_at=to_wire(expires_at),
        sealed=envelope_bytes.commitment(key, letter.header),
    )
    envelope_bytes.check_header(header)
    bound = envelope_bytes.header_digest(header)
    ciphertext = seal_bytes(key, _padded(canonical_bytes(letter)), CONTENT_PREFIX + bound)
    if len(ciphertext) > MAX_CIPHERTEXT_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY, field="text")
    stanzas = [_stanza(addressee, key, bound) for addressee in addressees]
    present = {stanza.recipient: envelope_bytes.stanza_digest(stanza) for stanza in stanzas}
    listed = _listed(list(present.values()), hidden=letter.header.recipients is None)
    signed = envelope_bytes.signed_bytes(bound, listed, ciphertext)
    envelope = Envelope(
        header=header,
        stanzas=stanzas,
        stanza_digests=envelope_bytes.as_text(listed),
        ciphertext=to_text(ciphertext),
        signature=signing.sign(SigningContext.ENVELOPE, signed),
    )
    envelope_bytes.remember(envelope, Parts(bound, ciphertext, signed, present))
    return envelope


def for_recipient(envelope: Envelope, recipient: BureauId) -> Envelope:
    """Return the copy that `recipient` is given; `TrustError` (envelope.recipient) if it has no stanza."""
    own = [stanza for stanza in envelope.stanzas if stanza.recipient == recipient]
    if not own:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    return msgspec.structs.replace(envelope, stanzas=own)


def verify(
    envelope: Envelope, directory: TrustedDirectory, at: datetime, *, recipient: BureauId | None = None
) -> Member:
    """Return the sender of an envelope that holds; relay and recipient both ask before they store it.

    With `recipient` it must be that bureau's copy: one stanza, for it. Raises `LimitError`
    (limit.body) and `TrustError`, in this order: envelope.suite, envelope.malformed,
    envelope.instant, envelope.stanzas, envelope.recipient, member.unknown, member.not_active,
    envelope.sender (a post), envelope.signing_key (fetch the directory and ask again),
    envelope.key_retired, envelope.signature, envelope.instant (dated more than a day ahead),
    envelope.expired. Whether it came before, or leaves a gap, is for the caller's store to say.
    """
    parts = parts_of(envelope)
    if recipient is not None and list(parts.stanza_digests) != [recipient]:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    header = envelope.header
    created, expires = from_wire(header.created_at), from_wire(header.expires_at)
    sender = directory.active(header.sender)
    if sender.role is NodeRole.POST:
        raise TrustError(ErrorCode.ENVELOPE_SENDER)
    keys = signing_keys_by_id(sender, header.signing_key, created)
    keys.verify(SigningContext.ENVELOPE, parts.signed, envelope.signature)
    if created > at + MAX_AHEAD:
        raise TrustError(ErrorCode.ENVELOPE_INSTANT)
    if at >= expires:
        raise TrustError(ErrorCode.ENVELOPE_EXPIRED)
    return sender


def open_envelope(envelope: Envelope, ring: SealingRing) -> Letter:
    """Return what is inside a recipient's copy that `verify` has passed.

    Raises `TrustError`: envelope.recipient (not one stanza), envelope.sealing_key when it is sealed to
    a key that the ring does not hold, envelope.altered when any bit differs, envelope.content when the
    sender put in what is no letter, envelope.commitment when it is not the one that the header commits
    to, envelope.stanzas when the recipients it names are not those of the envelope.
    """
    if len(envelope.stanzas) != 1:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    stanza, parts = envelope.stanzas[0], parts_of(envelope)
    info = envelope_bytes.wrap_info(parts.header_digest, stanza.recipient, stanza.sequence)
    key = ring.unwrap(stanza.key, from_text(stanza.wrapped_key), info)
    letter = _letter(open_bytes(key, parts.ciphertext, CONTENT_PREFIX + parts.header_digest))
    if envelope_bytes.commitment(key, letter.header) != envelope.header.sealed:
        raise TrustError(ErrorCode.ENVELOPE_COMMITMENT)
    _check_named(letter.header, stanza.recipient, len(envelope.stanza_digests))
    return letter


def digest(envelope: Envelope, recipient: BureauId) -> str:
    """Return what the receipt of `recipient` confirms, hexadecimal; of all stanzas or its copy, the same.

    Raises `TrustError` (envelope.recipient) if it has no stanza, and as `verify` for a malformed one.
    """
    return _digest(parts_of(envelope), recipient)


def digests(envelope: Envelope) -> dict[BureauId, str]:
    """Return what the receipt of each recipient confirms, as `digest`, computed in one go."""
    parts = parts_of(envelope)
    return {recipient: _digest(parts, recipient) for recipient in parts.stanza_digests}


def make_receipt(  # noqa: PLR0913, PLR0917 - what a receipt states
    kind: ReceiptKind,
    message_id: MessageId,
    digest: str,
    recipient: BureauId,
    at: datetime,
    signing: SigningKeys,
    note: str = "",
) -> MessageReceipt:
    """Return the signed word of `recipient` on the envelope whose `digest` this is."""
    receipt = unsigned_receipt(kind, message_id, digest, recipient, at, note)
    return msgspec.structs.replace(
        receipt, signature=signing.sign(SigningContext.RECEIPT, receipt_bytes(receipt))
    )


def unsigned_receipt(  # noqa: PLR0913, PLR0917 - what a receipt states
    kind: ReceiptKind,
    message_id: MessageId,
    digest: str,
    recipient: BureauId,
    at: datetime,
    note: str = "",
) -> MessageReceipt:
    """Return a receipt that is to be signed together with others (`receipt_sheets`)."""
    return MessageReceipt(
        kind=kind,
        message_id=message_id,
        envelope_digest=digest,
        recipient=recipient,
        at=to_wire(at),
        note=note,
    )


def verify_receipt(receipt: MessageReceipt, directory: TrustedDirectory) -> Member:
    """Return the member whose receipt this is; former keys count for their time, removed members too.

    Raises `TrustError` (receipt.invalid). That it speaks of the caller's envelope, the caller
    compares: `receipt.envelope_digest == digest(envelope, recipient)` and the message's id.
    """
    context, data = _stated(receipt)
    try:
        dated = from_wire(receipt.at)
    except ValueError as error:
        raise TrustError(ErrorCode.RECEIPT_INVALID) from error
    for member in directory.entries(NodeId(receipt.recipient)):
        try:
            directory.check_signed(member, context, data, receipt.signature, dated, ErrorCode.RECEIPT_INVALID)
        except TrustError:
            continue
        return member
    raise TrustError(ErrorCode.RECEIPT_INVALID)


def receipt_bytes(receipt: MessageReceipt) -> bytes:
    """Return what a receipt states: the canonical bytes of its fields, signature and place left out."""
    fields = msgspec.to_builtins(receipt)
    del fields["signature"], fields["place"]
    return canonical_bytes(fields)


def sheet_bytes(size: int, root: bytes) -> bytes:
    """Return what one signature over `size` receipts covers: their number (8 bytes) and the root (32)."""
    return size.to_bytes(8, "big") + root


def _stated(receipt: MessageReceipt) -> tuple[SigningContext, bytes]:
    """Return in which context and over what a receipt is signed."""
    data, place = receipt_bytes(receipt), receipt.place
    if place is None:
        return SigningContext.RECEIPT, data
    try:
        path = [from_text(beside) for beside in place.path]
    except InputError as error:
        raise TrustError(ErrorCode.RECEIPT_INVALID) from error
    if place.size > MAX_SIGNED_TOGETHER or any(len(beside) != DIGEST_BYTES for beside in path):
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    root = root_by_path(leaf_of(data), place.index, place.size, path)
    if root is None:
        raise TrustError(ErrorCode.RECEIPT_INVALID)
    return SigningContext.RECEIPT_SHEET, sheet_bytes(place.size, root)


def _check_addressees(sealed: SealedHeader, addressees: Sequence[Addressee]) -> None:
    bureaus = sorted(addressee.member.bureau for addressee in addressees)
    if len(bureaus) > MAX_RECIPIENTS:
        raise LimitError(ErrorCode.LIMIT_BODY, field="recipients")
    posts = any(addressee.member.role is NodeRole.POST for addressee in addressees)
    if not bureaus or posts or len(set(bureaus)) != len(bureaus) or sealed.recipients not in (None, bureaus):
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)


def _stanza(addressee: Addressee, key: bytes, bound: bytes) -> Stanza:
    recipient, public = (
        addressee.member.bureau,
        from_text(addressee.member.keys.sealing, field="keys.sealing"),
    )
    info = envelope_bytes.wrap_info(bound, recipient, addressee.sequence)
    return Stanza(
        recipient=recipient,
        sequence=addressee.sequence,
        key=key_id(public),
        salt=to_text(secrets.token_bytes(SALT_BYTES)),
        wrapped_key=to_text(wrap(public, key, info)),
    )


def _listed(digests: list[bytes], *, hidden: bool) -> list[bytes]:
    """Return the stanzas' digests, sorted; among random ones where their count is nobody's business."""
    if hidden:
        room = 1 << (len(digests) - 1).bit_length()
        digests += [secrets.token_bytes(DIGEST_BYTES) for _ in range(room - len(digests))]
    return sorted(digests)


def _letter(plaintext: bytes) -> Letter:
    try:
        letter = msgspec.json.decode(plaintext, type=Letter)
        canonical = canonical_bytes(letter)
    except (msgspec.DecodeError, UnicodeDecodeError, IntegrityError, RecursionError, OverflowError):
        # The decoder's message can quote content, so it is not passed on (I11).
        raise TrustError(ErrorCode.ENVELOPE_CONTENT) from None
    known = is_form_id(letter.header.form) and 0 <= letter.header.order <= envelope_bytes.LARGEST_NUMBER
    if not known or _padded(canonical) != plaintext:
        raise TrustError(ErrorCode.ENVELOPE_CONTENT)
    return letter


def _check_named(sealed: SealedHeader, own: BureauId, listed: int) -> None:
    named = sealed.recipients
    if named is not None and not (own in named and named == sorted(set(named)) and len(named) == listed):
        raise TrustError(ErrorCode.ENVELOPE_STANZAS)


def _digest(parts: Parts, recipient: BureauId) -> str:
    own = parts.stanza_digests.get(recipient)
    if own is None:
        raise TrustError(ErrorCode.ENVELOPE_RECIPIENT)
    return envelope_bytes.confirmed_digest(parts.signed, own)


def _padded(plaintext: bytes) -> bytes:
    """Fill up with blanks, which JSON ignores behind the value."""
    return plaintext + b" " * (-len(plaintext) % PADDING_BYTES)
