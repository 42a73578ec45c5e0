"""Records of the international collections: what owners submit and what the secretariat keeps."""

from enum import StrEnum
from typing import Any

import msgspec

from comity.kernel.codes import CollectionName, HandlingLabel, PersonStatus, Purpose
from comity.kernel.ids import BureauId, RecordId

MAX_RECORD_BYTES = 64 * 1024
"""The longest real person entry with all aliases is under 16 KiB; four times that is a mistake."""
MAX_BATCH_RECORDS = 1_000
"""One submission is one transaction at the secretariat; a thousand keep it under a second."""


class Restrictions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which countries may see a record (rules, articles 57 to 60). At most one list is filled.

    Countries are three-letter codes. Both empty: every member sees it.
    """

    allow: list[str] = []
    deny: list[str] = []


class RecordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a record. Its canonical bytes are what the feed commits to."""

    record_id: RecordId
    version: int
    """1 for the first; each change or withdrawal adds one."""
    collection: CollectionName
    owner: BureauId
    owner_reference: str
    purpose: Purpose
    legal_basis: str
    status: PersonStatus | None = None
    """Required for persons, absent for things."""
    label: HandlingLabel = HandlingLabel.OFFICIAL
    restrictions: Restrictions = Restrictions()
    expires_at: str
    """Instant (RFC 3339, Z) at which silence deletes it (I12)."""
    content: dict[str, Any]
    """The collection's own fields, in the form that `collections` gives (`Collection.normalise`)."""


class RecordOperation(StrEnum):
    """What an owner asks for."""

    PUT = "put"
    WITHDRAW = "withdraw"


class RecordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One item of a submission."""

    operation: RecordOperation
    record_id: RecordId
    version: int
    body: RecordBody | None = None
    """Present for `put` only."""
    reason: str = ""
    """Why a record is withdrawn."""


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of changes by one owner, applied in one transaction: all or none."""

    submission_id: str
    owner: BureauId
    created_at: str
    changes: list[RecordChange]


class SignedSubmission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A submission as it travels: canonical bytes with the owner's dual signature."""

    body: str
    """Canonical JSON text of the `Submission`."""
    signature: dict[str, str]
    """`crypto.signing.DualSignature` as mapping."""


class SubmissionVerdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the secretariat did. The same submission id always gets the same verdict."""

    submission_id: str
    accepted: bool
    first_sequence: int | None = None
    last_sequence: int | None = None
    code: str | None = None
    """Stable error code when refused; nothing was changed then."""
    field: str | None = None
    record_id: str | None = None
