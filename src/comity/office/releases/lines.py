"""What machines are told of a message that waits for release."""

import msgspec

from comity.office.releases.services import Waiting


class WaitingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A message that did not leave: another person must approve exactly this content first."""

    submission_id: str
    approval_id: str
    """What POST /api/v1/approvals/{approval_id}/approve releases."""
    content_hash: str
    """What is approved, hexadecimal."""
    message_id: str
    """Id that the message has once it leaves."""
    thread_id: str
    recipients: list[str]
    """Who receives it then; asked about again before it leaves."""
    grounds: list[str]
    """Why a second person is needed: binding, everything, label, priority, form, recipients, reach."""


def line_of(waiting: Waiting) -> WaitingLine:
    """Return what is told of it."""
    content, submission = waiting.content, waiting.submission
    return WaitingLine(
        submission_id=submission.submission_id,
        approval_id=waiting.approval.approval_id,
        content_hash=submission.content_hash,
        message_id=submission.message_id,
        thread_id=content.thread_id,
        recipients=list(content.recipients),
        grounds=content.grounds,
    )
