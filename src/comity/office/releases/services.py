"""Use cases of release: hand in; once another person approved exactly this, let it leave. One way out (I9).

Pages, machine API, command line, recalls and corrections hand their messages in here; what needs no
second person leaves at once, what does waits. `release` alone lets it leave.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.kernel.ids import MessageId, OfficerId, ThreadId, new_id
from comity.office.access import Caller, caller_for_account, could
from comity.office.approvals.kinds import Changed, Matter
from comity.office.approvals.models import Approval, ApprovalKind, ApprovalState
from comity.office.approvals.services import ask
from comity.office.attachments import services as attachments
from comity.office.messages import services as line
from comity.office.messages.limits import ENVELOPE_LIFE
from comity.office.messages.models import Message
from comity.office.messages.services import Draft
from comity.office.releases.changes import changed_for
from comity.office.releases.content import Content
from comity.office.releases.demand import grounds_of
from comity.office.releases.models import Submission
from comity.office.supervision.journal import record_events, record_own

SUBJECT: Final = "submission:"
"""Before the id, in an approval's subject and in the journal."""


class Act(StrEnum):
    """What happens when a message leaves, beside that it leaves."""

    SEND = "send"
    RECALL = "recall"


Perform = Callable[[Draft, dict[str, Any], str, datetime], Message]
"""`(draft, told, author, at)`: sends in the caller's transaction and does what else belongs to the act."""


def _send(draft: Draft, _told: dict[str, Any], author: str, at: datetime) -> Message:
    return line.send_drafts([draft], at, author)[0]


ACTS: Final[dict[Act, Perform]] = {Act.SEND: _send}
"""Filled when Django starts, by the app that each act belongs to."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that did not leave yet, and the request that somebody else has to decide."""

    submission: Submission
    approval: Approval

    @property
    def content(self) -> Content:
        """What was handed in."""
        return msgspec.convert(self.submission.content, Content)


def hand_in(
    caller: Caller, drafts: Sequence[Draft], at: datetime, corrects: str = ""
) -> list[Message | Waiting]:
    """Send messages on a person's authority, or let them wait for release, all or none.

    `corrects` is the id of an own submission that was refused, of which the one draft is the new text.
    Raises as `messages.services.send_all`, and `NotFoundError` (approval.not_found), `ConflictError`
    (approval.decided) for one that cannot be corrected.
    """
    grounds = [grounds_of(one.form, one.label, one.priority, one.recipients, at) for one in drafts]
    if not any(grounds):
        return list(line.send_all(caller, drafts, at))
    drafts, events = line.permitted(caller, drafts, at)
    with transaction.atomic():
        record_events(events)
        free = [draft for draft, found in zip(drafts, grounds, strict=True) if not found]
        sent = iter(line.send_drafts(free, at, caller.officer) if free else [])
        return [
            submit(caller, draft, at, corrects=corrects) if found else next(sent)
            for draft, found in zip(drafts, grounds, strict=True)
        ]


def submit(  # noqa: PLR0913 - whose, what, when, and what else it does
    caller: Caller,
    draft: Draft,
    at: datetime,
    *,
    act: Act = Act.SEND,
    told: dict[str, Any] | None = None,
    corrects: str = "",
) -> Waiting:
    """Let a draft that the caller may send wait for release, in the caller's transaction; nothing leaves."""
    grounds = grounds_of(draft.form, draft.label, draft.priority, draft.recipients, at)
    subject = line.rehearse(draft, caller.officer, at)
    thread_id = draft.thread_id or draft.opens or ThreadId(new_id(at))
    message_id, submission_id = MessageId(new_id(at)), new_id(at)
    first = refused(caller, corrects).first if corrects else submission_id
    files = attachments.hold(caller.officer, draft.attachments, message_id, at + ENVELOPE_LIFE)
    content = Content.of(draft, subject, thread_id, files, grounds, told or {})
    submission = Submission(
        submission_id=submission_id,
        bureau=caller.bureau,
        message_id=message_id,
        author_id=caller.officer,
        first=first,
        act=act,
        content=msgspec.to_builtins(content),
        submitted_at=at,
    )
    approval = ask(
        caller,
        ApprovalKind.RELEASE,
        f"{SUBJECT}{submission_id}",
        " ".join(content.grounds),
        at,
        content=submission.content,
    )
    submission.content_hash = approval.content_hash
    submission.save(force_insert=True)
    return Waiting(submission, approval)


def release(approval: Approval, at: datetime) -> Message:
    """Let the message of an approved request leave: sealed, queued and written down in one transaction.

    The only way out for what needs a second person. Raises `ConflictError`: release.author when its author
    may not send any more, approval.changed when its files are others; and as `messages.services.send_all`,
    `InputError` (message.recipient) when one of the recipients cannot receive any more.
    """
    submission = Submission.objects.select_for_update().get(pk=submission_of(approval).pk)
    author = submission.author
    if not author.is_active or not could(caller_for_account(author), Action.MESSAGE_SEND, at):
        raise ConflictError(ErrorCode.RELEASE_AUTHOR)
    content = msgspec.convert(submission.content, Content)
    submission.released_by_id, submission.released_at = approval.decided_by_id, at
    submission.save(update_fields=["released_by", "released_at"])
    draft = content.draft(MessageId(submission.message_id))
    sent = ACTS[Act(submission.act)](draft, content.told, author.id, at)
    if [one["sha256"] for one in sent.attachments] != [one.sha256 for one in content.attachments]:
        raise ConflictError(ErrorCode.APPROVAL_CHANGED, field="attachments")
    Submission.objects.filter(first=submission.first).update(content=None)
    _journal(submission, approval, at)
    return sent


def asked_by(caller: Caller) -> "QuerySet[Approval]":
    """Return the requests that a reader sees: the whole bureau's, or the own ones of a unit's account."""
    rows = Approval.objects.filter(kind=ApprovalKind.RELEASE)
    return rows.filter(requested_by_id=caller.officer) if caller.actor.unit else rows


class ReleaseHandler:
    """What a release is about, and how it is done once it was approved."""

    needs_proof = True

    def matter(self, approval: Approval) -> Matter:
        """Return the message as it was handed in; once it left, only where it stands."""
        submission = submission_of(approval)
        if submission.content is not None:
            recipients = tuple(submission.content["recipients"])
            return Matter(submission.content, recipients, "releases/matter.html")
        sent = Message.objects.select_related("thread").filter(message_id=submission.message_id).first()
        if sent is None:
            raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
        where = {"message_id": sent.message_id, "left_in": sent.thread.thread_id}
        return Matter(where, tuple(sent.recipients), "releases/matter.html")

    def look(self, approval: Approval, officer: OfficerId) -> tuple[Changed, ...]:
        """Note who looks; return what changed since they last saw an earlier text of it."""
        return changed_for(submission_of(approval), officer)

    def carry_out(self, approval: Approval, matter: Matter, at: datetime) -> None:  # noqa: ARG002 - the protocol's
        """Let it leave."""
        release(approval, at)

    def turn_down(self, approval: Approval, at: datetime) -> None:
        """Give the files back to the author, who corrects the message or drops it."""
        attachments.let_go(MessageId(submission_of(approval).message_id), at)


def submission_of(approval: Approval) -> Submission:
    """Return what was handed in; raises `NotFoundError` (approval.not_found) for another kind of request."""
    found = Submission.objects.filter(submission_id=approval.subject.removeprefix(SUBJECT)).first()
    if found is None:
        raise NotFoundError(ErrorCode.APPROVAL_NOT_FOUND)
    return found


def refused(caller: Caller, submission_id: str) -> Submission:
    """Return an own submission that was refused and can be corrected.

    Raises `NotFoundError` (approval.not_found), `ConflictError`: release.other_author, approval.decided.
    """
    found = Submission.objects.filter(submission_id=submission_id).first()
    if found is None or (caller.actor.unit and found.author_id != caller.officer):
        raise NotFoundError(ErrorCode.APPROVAL_NOT_FOUND)
    if found.author_id != caller.officer:
        raise ConflictError(ErrorCode.RELEASE_OTHER_AUTHOR)
    approval = Approval.objects.get(kind=ApprovalKind.RELEASE, subject=f"{SUBJECT}{submission_id}")
    if approval.state != ApprovalState.REFUSED or found.content is None:
        raise ConflictError(ErrorCode.APPROVAL_DECIDED)
    return found


def _journal(submission: Submission, approval: Approval, at: datetime) -> None:
    record_own(
        Action.MESSAGE_SEND,
        f"message:{submission.message_id}",
        at,
        {"approval": approval.approval_id, "written_by": submission.author_id},
        officer=OfficerId(approval.decided_by_id or ""),
    )
