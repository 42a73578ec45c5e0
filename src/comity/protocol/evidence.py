"""What a third party needs to check a receipt without any line (docs/protocol/envelope.md)."""

import msgspec

from comity.protocol.members import SignedDirectory
from comity.protocol.messages import EnvelopeHeader, MessageReceipt, Stanza

RECEIPT_BUNDLE = "comity-receipt-1"


class EnvelopeProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An envelope without its content: enough to check the sender's signature and what a receipt confirms."""

    header: EnvelopeHeader
    stanza: Stanza
    """The recipient's."""
    stanza_digests: list[str]
    ciphertext_sha256: str
    """Hexadecimal."""
    signature: dict[str, str]


class ReceiptBundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt, what it confirms, and the member directory that vouches for both signers."""

    format: str
    """`RECEIPT_BUNDLE`."""
    receipt: MessageReceipt
    envelope: EnvelopeProof | None = None
    """None when the sender no longer holds it: the receipt then speaks of a digest alone."""
    directory: SignedDirectory
