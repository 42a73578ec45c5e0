"""The sealed envelope and what is inside (docs/protocol/envelope.md)."""

from typing import Any

import msgspec

from comity.kernel.codes import HandlingLabel, Priority, ReceiptKind
from comity.kernel.ids import BlobId, BureauId, FormId, MessageId, NodeId, ThreadId, UnitId

SUITE = "comity-1:hpke-mlkem768-x25519:aes-256-gcm-stream:ed25519+ml-dsa-65"
"""The one suite of version 1; anything else is refused (envelope.suite)."""
MAX_CIPHERTEXT_BYTES = 1024 * 1024
"""Text and coded fields; attachments travel apart."""
MAX_ENVELOPE_BYTES = 2 * 1024 * 1024
"""A full content in base64 and the stanzas of 250 recipients at 1,750 bytes each."""
MAX_RECIPIENTS = 250
"""Every country of the world, and room for the organisation's own offices."""


class EnvelopeHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What everybody on the way can see (I3), with the stanzas. The same for all recipients."""

    suite: str
    message_id: MessageId
    sender: NodeId
    signing_key: str
    """Which of the sender's signing keys it is signed with: the first 32 hex digits of their SHA-256."""
    priority: Priority
    created_at: str
    expires_at: str
    sealed: str
    """SHA-256 over content key and sealed header, hexadecimal: binds what is hidden, commits to the key."""


class Stanza(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recipient's part of an envelope."""

    recipient: BureauId
    sequence: int
    """Counts up by one per sender, recipient and priority, from 1, without gap."""
    key: str
    """Which sealing key of the recipient opens it: the first 32 hex digits of its SHA-256."""
    salt: str
    """16 random bytes: the stanza's digest tells the other recipients nothing."""
    wrapped_key: str
    """HPKE (RFC 9180) seal of the content key, info = digest of the header, recipient and sequence."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sealed message. Binary fields in base64url without padding.

    The sender hands in all stanzas; each recipient is given its own alone.
    """

    header: EnvelopeHeader
    stanzas: list[Stanza]
    stanza_digests: list[str]
    """SHA-256 of every stanza, sorted, base64url; random ones among them where recipients are not shown."""
    ciphertext: str
    """AES-256-GCM in chunks of 64 KiB over the `Letter`, associated data = digest of the header."""
    signature: dict[str, str]
    """Dual signature over the digests of header, stanzas and ciphertext."""


class SealedHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of the header that only sender and recipients read."""

    thread_id: ThreadId
    """The case that the message belongs to."""
    form: FormId
    label: HandlingLabel = HandlingLabel.OFFICIAL
    order: int = 0
    """Rises with each message of the sender in this thread, below 2^53; 0 for what belongs to no order."""
    unit: UnitId = UnitId("")
    """Unit below the sender's bureau that wrote it; empty for the bureau itself."""
    in_reply_to: MessageId | None = None
    recipients: list[BureauId] | None = None
    """All recipients, when the sender shows them to one another."""


class AttachmentRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that travels beside the message under a key of its own (docs/protocol/attachments.md)."""

    blob_id: BlobId
    name: str
    media_type: str
    """Found from the content, never from the name."""
    size: int
    """Bytes of the file."""
    sha256: str
    """Of the file, hexadecimal."""
    key: str
    """32 bytes."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said."""

    subject: str = ""
    text: str = ""
    fields: dict[str, Any] = {}
    """Coded fields of the form: see `HitAlarm`, `HitAnswer`, `ReceiptSheet`, or the form's declaration."""
    form_definition: dict[str, Any] | None = None
    """Declaration of a bureau's own form, so that every recipient can show it."""
    attachments: list[AttachmentRef] = []


class Letter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is inside the ciphertext."""

    header: SealedHeader
    payload: Payload


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


class ReceiptPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a receipt stands among those that were signed together, in a hash tree (RFC 9162)."""

    size: int
    """Receipts signed together."""
    index: int
    """From 0."""
    path: list[str]
    """Hashes beside the way to the root, from the leaf up."""


class MessageReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recipient's signed word; kept with its signature so that a third party can check it."""

    kind: ReceiptKind
    message_id: MessageId
    envelope_digest: str
    """What `node.envelopes.digest` gives for this recipient, hexadecimal."""
    recipient: BureauId
    at: str
    note: str = ""
    """A code that says more: whether a recalled message had been read."""
    signature: dict[str, str] = {}
    """The recipient's dual signature over the canonical bytes of the fields above, or over the root."""
    place: ReceiptPlace | None = None
    """When it was signed together with others: by this way it leads to the root that is signed."""


class ReceiptSheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a receipt: one or many signed receipts for the same bureau."""

    receipts: list[MessageReceipt]
    signature: dict[str, str] = {}
    """Over all of them together; empty when each bears its own."""


class Resend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a resend: numbers of one lane that have not come; the sender offers them again."""

    priority: Priority
    first: int
    last: int
    gone: bool = False
    """The sender's answer: these will not come any more, for they have expired or never were."""
    used: bool = False
    """The recipient has these numbers with other contents: the sender, put back from a backup, gave them
    a second time and is to go on above them."""


class RelaySubmission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /node/v1/relay and POST /node/v1/deliveries: envelopes, stored in their order."""

    envelopes: list[Envelope]
    again: bool = False
    """Their recipients asked for them: they are given out even if they were acknowledged."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of one envelope: durable when accepted; the same envelope again gets the same."""

    message_id: MessageId
    accepted: bool
    code: str = ""
    """Stable code of a refusal."""
    refused: list[BureauId] = []
    """Recipients that cannot be reached through here, of an envelope accepted for the others."""


class RelayAccepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to a submission (I4)."""

    instance: str
    """Changes when the relay's store may have: what has no receipt yet is then offered again."""
    verdicts: list[Verdict]


class RelayInbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to GET /node/v1/relay/inbox?limit=N&wait_ms=W&lane=P: what waits, the most urgent first."""

    instance: str
    envelopes: list[Envelope]


class TakenEnvelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An envelope of the inbox, by its message and the number under which it came.

    A message that was sealed anew since has another number: what came first does not stand for it.
    """

    message_id: MessageId
    sequence: int


class RelayAck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /node/v1/relay/ack: these are durable at the recipient (I4). Answered by `Accepted`."""

    envelopes: list[TakenEnvelope]


class LaneNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest number known of one lane."""

    sender: NodeId
    recipient: BureauId
    priority: Priority
    sequence: int


class RelayNumbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to GET /node/v1/relay/numbers: all lanes that begin or end at who asks.

    A sender restored from a backup goes on above them, and offers anew what lies above what a relay
    restored from a backup knows; a recipient restored from a backup sees what it misses.
    """

    instance: str
    numbers: list[LaneNumber]


class Accepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plain answer to what needs no other: stored durably, safe to forget at the sender."""

    accepted: bool
