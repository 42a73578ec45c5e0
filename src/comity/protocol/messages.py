"""The sealed envelope and what is inside (docs/protocol/envelope.md)."""

from typing import Any

import msgspec

from comity.kernel.codes import HandlingLabel, MessageForm, Priority, ReceiptKind
from comity.kernel.ids import BureauId, MessageId, NodeId, ThreadId

SUITE = "comity-1:hpke-mlkem768-x25519:aes-256-gcm:ed25519+ml-dsa-65"
"""The one suite of version 1; anything else is refused (envelope.suite)."""
MAX_ENVELOPE_BYTES = 1024 * 1024
"""Text and coded fields; attachments travel apart in a later version."""


class EnvelopeHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the relay can see, and all that it can see (I3). Bound into seal and signature."""

    suite: str
    message_id: MessageId
    sender: NodeId
    recipient: BureauId
    sequence: int
    """Counts up by one per sender and recipient, without gap."""
    priority: Priority
    created_at: str
    expires_at: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sealed message to one bureau. Binary fields in base64url without padding."""

    header: EnvelopeHeader
    wrapped_key: str
    """HPKE (RFC 9180) seal of the content key to the recipient's key, info = digest of the header."""
    ciphertext: str
    """AES-256-GCM of the payload, associated data = digest of the header."""
    signature: dict[str, str]
    """Dual signature over header digest, wrapped key and ciphertext digest."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only sender and recipient read."""

    form: MessageForm
    thread_id: ThreadId
    in_reply_to: MessageId | None = None
    label: HandlingLabel = HandlingLabel.OFFICIAL
    subject: str = ""
    text: str = ""
    fields: dict[str, Any] = {}
    """Coded fields of the form: see `HitAlarm`, `HitAnswer`, `MessageReceipt`."""


class HitAlarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a hit_alarm: told to the owner of the record that was found."""

    hit_id: str
    search_id: str
    record_id: str
    record_version: int
    collection: str
    searched_at: str
    purpose: str
    strength: str
    score: int
    asked: list[str]
    bureau: BureauId


class HitAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a hit_answer: the owner's word on a hit."""

    hit_id: str
    state: str
    """A code of `HitState` other than open."""
    note: str = ""
    decided_at: str


class MessageReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a receipt; kept with its signature so that a third party can check it."""

    kind: ReceiptKind
    message_id: MessageId
    envelope_digest: str
    """SHA-256 of the canonical bytes of the envelope received, hexadecimal."""
    recipient: BureauId
    at: str
    signature: dict[str, str] = {}
    """The recipient's dual signature over the canonical bytes of the other fields."""


class RelayAccepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to POST /node/v1/relay: the envelope is durable at the relay.

    The same envelope again gets the same position (I4).
    """

    accepted: bool
    relay_position: int


class RelayedEnvelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One envelope waiting at the relay. Positions rise per recipient and are never used again."""

    position: int
    envelope: Envelope


class RelayInbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to GET /node/v1/relay/inbox?after=N&limit=L&wait_ms=W: what waits, in order of position."""

    envelopes: list[RelayedEnvelope]


class RelayAck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /node/v1/relay/ack: everything up to `position` is durable at the recipient (I4).

    The relay may delete it then. Answered by `Accepted`.
    """

    position: int


class Accepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plain answer to what needs no other: stored durably, safe to forget at the sender."""

    accepted: bool
