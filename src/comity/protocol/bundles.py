"""A thread as one file that can be checked without any line (docs/protocol/bundle.md)."""

from typing import Any

import msgspec

from comity.kernel.ids import BureauId, MessageId, NodeId

BUNDLE_FORMAT = "comity/thread-bundle/1"
MANIFEST, MESSAGES, ENVELOPES, RECEIPTS, DIRECTORY = (
    "manifest.json",
    "messages.json",
    "envelopes.json",
    "receipts.json",
    "directory.json",
)
"""Messages are `BundledMessage`s, envelopes `evidence.EnvelopeProof`s, receipts `MessageReceipt`s; the
directory is that of the node that made the bundle, as the secretariat signed it."""
PARTS = (MESSAGES, ENVELOPES, RECEIPTS, DIRECTORY)
"""Files of a bundle beside its manifest; there are no others."""


class BundlePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the bundle."""

    name: str
    sha256: str
    size: int
    """Bytes."""


class BundleManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the bundle is, and the digest of each of its files."""

    format: str
    network: str
    thread_id: str
    bureau: BureauId
    """Whose desk's view of the thread this is."""
    node: NodeId
    made_at: str
    purpose: str
    label: str
    """The strictest of the messages' labels."""
    messages: int
    parts: list[BundlePart]


class SignedManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest as canonical bytes with the dual signature of the bureau that made the bundle."""

    body: str
    signature: dict[str, str]


class BundledAttachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said about a file that travelled beside a message; the file itself is not in the bundle."""

    name: str
    media_type: str
    size: int
    sha256: str


class BundledMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message as the bureau sees it."""

    message_id: MessageId
    sender: BureauId
    unit: str
    recipients: list[BureauId]
    order: int
    form: str
    priority: str
    label: str
    subject: str
    text: str
    fields: dict[str, Any]
    form_definition: dict[str, Any] | None
    attachments: list[BundledAttachment]
    in_reply_to: str
    created_at: str
    stored_at: str
    recalled_by: str = ""
    """Message by which it was recalled; its content is erased then."""
    corrected_by: str = ""
