"""Use cases of export: a thread as a bundle or as PDF. Both need a purpose, and both stand in the journal."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.template.loader import render_to_string
from django.utils import translation

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, Purpose
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId
from comity.node import bundles
from comity.office import access
from comity.office.access import Caller
from comity.office.exports.gathering import Gathered, gather
from comity.office.exports.page import sheet_of
from comity.office.exports.printing import to_pdf
from comity.office.messages.models import Thread
from comity.office.runtime import home
from comity.office.supervision.journal import record_event
from comity.protocol.bundles import (
    BUNDLE_FORMAT,
    DIRECTORY,
    ENVELOPES,
    MESSAGES,
    RECEIPTS,
    BundleManifest,
)
from comity.rules.decisions import Subject

MAX_PRINTED: Final = 300
"""Messages on paper: some 150 pages, made in less than a minute."""


class ExportFormat(StrEnum):
    """As what a thread is taken away."""

    BUNDLE = "bundle"
    PDF = "pdf"


MEDIA_TYPES: Final = {ExportFormat.BUNDLE: "application/zip", ExportFormat.PDF: "application/pdf"}
_ENDINGS: Final = {ExportFormat.BUNDLE: "comity.zip", ExportFormat.PDF: "pdf"}


@dataclass(frozen=True, slots=True)
class Export:
    """A file that was made. Its name says nothing about anybody."""

    name: str
    media_type: str
    data: bytes
    sha256: str


def export_thread(  # noqa: PLR0913, PLR0917 - who, what, as what, what for, for whom, when
    caller: Caller, thread_id: str, form: ExportFormat, purpose: Purpose, language: str, at: datetime
) -> Export:
    """Return a thread of the own desk as a file, written into the journal before it leaves.

    `language` is that of the words on paper; a bundle has none. Raises `NotFoundError`
    (message.not_found, access.not_found), `AccessError` (purpose.…), `LimitError` (limit.rows),
    `UnavailableError` (pdf.not_installed, pdf.failed).
    """
    thread = _own_thread(thread_id)
    parties = Subject(owner=caller.bureau, recipients=frozenset(map(BureauId, thread.parties)))
    about = f"thread:{thread_id}"
    access.require(caller, Action.THREAD_EXPORT, parties, at, purpose, about=about)
    if form is ExportFormat.PDF:
        data = _printed(gather(thread, MAX_PRINTED), purpose, language, at)
    else:
        data = _bundled(gather(thread), purpose, at)
    made = Export(
        name=f"thread-{thread_id[-8:]}.{_ENDINGS[form]}",
        media_type=MEDIA_TYPES[form],
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    detail = {"format": str(form), "purpose": str(purpose), "sha256": made.sha256}
    _journal(caller, about, detail, at)
    return made


def _own_thread(thread_id: str) -> Thread:
    found = Thread.objects.filter(thread_id=thread_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="thread_id")
    return found


def _bundled(found: Gathered, purpose: Purpose, at: datetime) -> bytes:
    node = home()
    manifest = BundleManifest(
        format=BUNDLE_FORMAT,
        network=node.trust().network,
        thread_id=found.thread.thread_id,
        bureau=node.bureau,
        node=node.node,
        made_at=to_wire(at),
        purpose=purpose,
        label=found.label,
        messages=len(found.messages),
        parts=[],
    )
    parts = {
        MESSAGES: found.messages,
        ENVELOPES: found.proofs,
        RECEIPTS: found.receipts,
        DIRECTORY: node.directory.signed(),
    }
    return bundles.pack(manifest, parts, node.signing)


def _printed(found: Gathered, purpose: Purpose, language: str, at: datetime) -> bytes:
    with translation.override(language):
        page = render_to_string("exports/thread.html", sheet_of(found, purpose, language, at))
    return to_pdf(page)


def _journal(caller: Caller, about: str, detail: dict[str, str], at: datetime) -> None:
    """Write down which file left, for what; the decision itself stands one entry above."""
    record_event(
        bureau=caller.bureau,
        node=caller.node,
        officer=caller.officer,
        action=Action.THREAD_EXPORT,
        subject=about,
        allowed=True,
        code="",
        at=at,
        body=detail,
    )
