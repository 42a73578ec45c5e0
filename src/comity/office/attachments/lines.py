"""What a message shows of its files, to programs and on pages."""

from collections.abc import Iterable
from typing import Final

import msgspec

from comity.office.attachments import previews, services
from comity.office.attachments.models import Attachment, AttachmentState
from comity.office.attachments.sealing import sealed_size_of
from comity.protocol.attachments import part_count
from comity.rules.media_types import is_misnamed

_WHOLE: Final = 100


class AttachmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its message shows it."""

    attachment_id: str
    name: str
    media_type: str
    """Found from the content; empty until it is whole."""
    misnamed: bool
    """Whether the end of the name says something else than the content, or that it can be run."""
    size: int
    sha256: str
    state: AttachmentState
    percent: int
    """How much of its present way is done."""
    code: str
    """Why it failed or waits."""
    has_preview: bool


def line_of(attachment: Attachment) -> AttachmentLine:
    """Return what a message's list says of a file."""
    return AttachmentLine(
        attachment_id=attachment.attachment_id,
        name=attachment.name,
        media_type=attachment.media_type,
        misnamed=bool(attachment.media_type) and is_misnamed(attachment.name, attachment.media_type),
        size=attachment.size,
        sha256=attachment.sha256,
        state=AttachmentState(attachment.state),
        percent=percent_of(attachment),
        code=attachment.code,
        has_preview=previews.has_preview(attachment),
    )


def percent_of(attachment: Attachment) -> int:
    """Return how much of its present way a file has done; 100 only when all is."""
    if attachment.state in {AttachmentState.SENT, AttachmentState.READY, AttachmentState.STORED}:
        return _WHOLE
    return attachment.parts_done * _WHOLE // part_count(sealed_size_of(attachment.size))


def lines_of(message_ids: Iterable[str]) -> dict[str, list[AttachmentLine]]:
    """Return the files of messages by message; messages without any are left out."""
    found = services.of_messages(message_ids)
    return {message_id: [line_of(row) for row in rows] for message_id, rows in found.items()}
