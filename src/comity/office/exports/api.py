"""Machine API of exports: the same use case as the desk's page."""

from base64 import b64encode
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from comity.kernel.codes import Action, Purpose
from comity.office.access import Caller
from comity.office.exports.services import ExportFormat, export_thread
from comity.office.machine import operation


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a thread is taken away for, and as what."""

    purpose: Purpose
    format: Literal["bundle", "pdf"] = "bundle"
    language: Literal["en", "fr", "es", "ar", "sl"] = "en"
    """Of the words on paper; a bundle has none."""


class ExportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    name: str
    media_type: str
    sha256: str
    content: str
    """In base64 (RFC 4648 section 4)."""


@operation(
    Action.THREAD_EXPORT,
    "POST",
    summary="Take a thread away as a bundle that proves itself, or as PDF.",
    body=ExportRequest,
    answer=ExportAnswer,
    errors=(413, 501, 503),
    examples={"bundle": {"purpose": "investigation", "format": "bundle"}},
)
def export(caller: Caller, at: datetime, thread_id: UUID, body: ExportRequest) -> ExportAnswer:
    """Return the file; it stands in the journal when the answer leaves."""
    made = export_thread(caller, str(thread_id), ExportFormat(body.format), body.purpose, body.language, at)
    return ExportAnswer(
        name=made.name,
        media_type=made.media_type,
        sha256=made.sha256,
        content=b64encode(made.data).decode("ascii"),
    )
