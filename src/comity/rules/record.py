"""Everything that the rules ask of one record, in one call: whoever accepts a record calls this."""

from datetime import datetime
from typing import Final, Protocol

from comity.kernel.codes import CollectionName, HandlingLabel, PersonStatus, Purpose
from comity.kernel.errors import ErrorCode, InputError
from comity.rules import restrictions, retention, statuses
from comity.rules.restrictions import Restricted

MAX_OWNER_REFERENCE: Final = 100
"""A file number with its prefixes; longer is a text in the wrong field."""
MAX_LEGAL_BASIS: Final = 500
"""One or two provisions with their titles; a judgment belongs into a message."""


class RecordLike(Protocol):
    """The envelope of a record as the rules see it (`protocol.records.RecordBody` has this shape)."""

    @property
    def version(self) -> int:
        """1 for the first."""

    @property
    def collection(self) -> CollectionName:
        """Where it belongs."""

    @property
    def owner_reference(self) -> str:
        """The owner's own file number."""

    @property
    def purpose(self) -> Purpose:
        """Article 10."""

    @property
    def legal_basis(self) -> str:
        """Article 11."""

    @property
    def status(self) -> PersonStatus | None:
        """Article 44, persons only."""

    @property
    def label(self) -> HandlingLabel:
        """Articles 112 to 114."""

    @property
    def restrictions(self) -> Restricted:
        """Articles 57 to 60."""

    @property
    def expires_at(self) -> str:
        """Article 49, in the wire form."""


def check_record(
    record: RecordLike, owner_country: str, at: datetime, *, created_at: datetime | None = None
) -> None:
    """Check one version of a record at the instant `at`; returns when everything holds.

    `created_at`: when the ceiling began to run, for a change that is no renewal; left out, at `at`.
    Raises `InputError` naming the field: input.missing_field or input.too_long (`owner_reference`,
    `legal_basis`), input.wrong_type (`version`), and what `retention`, `restrictions` and `statuses` raise.
    """
    if record.version < 1:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="version", remedy="Count versions from 1.")
    _check_text(record.owner_reference, MAX_OWNER_REFERENCE, "owner_reference")
    _check_text(record.legal_basis, MAX_LEGAL_BASIS, "legal_basis")
    statuses.check_status(record.collection, record.status, record.purpose)
    restrictions.check(record.restrictions, owner_country)
    expires_at = retention.parse_expiry(record.expires_at)
    retention.check_expiry(record.collection, created_at or at, expires_at, at)


def _check_text(text: str, limit: int, field: str) -> None:
    if not text.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field=field)
    if len(text) > limit:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field=field)
