"""The feed of changes: what copies follow, and the receipts that they give."""

from enum import StrEnum

import msgspec

from comity.kernel.ids import NodeId, RecordId


class FeedOperation(StrEnum):
    """What an entry does to a copy."""

    PUT = "put"
    """Body holds the canonical bytes of the `RecordBody`."""
    WITHDRAW = "withdraw"
    """The owner withdrew it, or its time ran out: remove it."""
    RETRACT = "retract"
    """This reader may no longer see the record: remove it."""
    HIDDEN = "hidden"
    """Not for this reader: only the commitment is given, so that no number is missing."""


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One position of the feed as one reader receives it.

    `commitment` = `ledger.commitments.commit(salt, body)`; `chain` = running digest over all
    commitments up to here (`ledger.commitments.chain`). Hexadecimal.
    """

    sequence: int
    operation: FeedOperation
    commitment: str
    chain: str
    record_id: RecordId | None = None
    version: int | None = None
    salt: str | None = None
    """Hexadecimal, 32 bytes; given with every clear entry."""
    body: str | None = None
    """Canonical JSON text: `RecordBody` for put, `Withdrawal` for withdraw."""


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a withdraw entry: names the record, holds no personal data."""

    record_id: RecordId
    version: int
    reason: str
    """`owner` or `expired`."""


class FeedPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to GET /node/v1/feed?after=N&limit=L: entries N+1 ... in order, and the head."""

    entries: list[FeedEntry]
    head_sequence: int
    as_of: str
    """Instant at which the secretariat knew `head_sequence` to be its newest entry."""


class CopyReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A copy's word that it has applied the feed up to `sequence` and what is gone (I7)."""

    copy: NodeId
    sequence: int
    chain: str
    applied_at: str
    withdrawn: list[RecordId]
    """Records whose removal this receipt confirms: each was looked up after removal and not found."""


class SignedCopyReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt as it travels: canonical bytes with the copy's dual signature."""

    body: str
    signature: dict[str, str]


class CopyConfirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether one copy has confirmed one withdrawal."""

    copy: NodeId
    confirmed_at: str | None = None
    """`applied_at` of the copy's receipt; None while it is awaited."""
    receipt: str = ""
    """SHA-256 of the receipt's body, hexadecimal: its place in `WithdrawalList.receipts`."""


class WithdrawalStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an owner sees of one withdrawal: which copies have confirmed and which have not (I7)."""

    record_id: RecordId
    sequence: int
    copies: list[CopyConfirmation]


class WithdrawalList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to GET /node/v1/withdrawals?after=N: the asker's own withdrawals after sequence N.

    In order of sequence, at most `MAX_WITHDRAWALS`.
    """

    withdrawals: list[WithdrawalStatus]
    receipts: dict[str, SignedCopyReceipt] = {}
    """The signed receipts behind the confirmations, each once, for the owner to verify and keep."""


MAX_WITHDRAWALS = 1_000
"""As many as one submission can withdraw; with 200 copies the answer stays under 16 MiB."""
