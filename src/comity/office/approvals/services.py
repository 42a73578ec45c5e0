"""Use cases of approval: ask, approve, refuse. The only writers of approvals, for every door (I9)."""

import hashlib
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError as DatabaseIntegrityError
from django.db import transaction

from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import Action
from comity.kernel.errors import (
    AccessError,
    ComityError,
    ConflictError,
    ErrorCode,
    InputError,
    NotFoundError,
)
from comity.kernel.ids import BureauId, OfficerId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.approvals.kinds import Matter, handler_of
from comity.office.approvals.models import Approval, ApprovalKind, ApprovalState
from comity.office.messages.limits import MAX_NOTE, check_line
from comity.office.supervision.journal import record_event
from comity.rules.decisions import Subject
from comity.rules.release import is_proven

_PREFIX: Final = b"comity/approval/1\0"


def content_hash(kind: ApprovalKind, subject: str, content: dict[str, Any]) -> str:
    """Return SHA-256, hexadecimal, over `comity/approval/1`, a zero byte and canonical bytes of all three."""
    whole = {"kind": kind, "subject": subject, "content": content}
    return hashlib.sha256(_PREFIX + canonical_bytes(whole)).hexdigest()


def hash_of(approval: Approval, matter: Matter) -> str:
    """Return the hash of what a request is about as `matter` shows it."""
    return content_hash(ApprovalKind(approval.kind), approval.subject, matter.content)


def ask(  # noqa: PLR0913 - who, for what, why, when
    caller: Caller,
    kind: ApprovalKind,
    subject: str,
    reason: str,
    at: datetime,
    *,
    content: dict[str, Any] | None = None,
) -> Approval:
    """Ask for the approval of another person; for the use case that has checked the caller's right to.

    `content` is given where the thing is stored with its request and cannot be looked up yet. Raises
    `InputError` (input.missing_field, input.too_long) for a reason that says nothing or too much,
    `ConflictError` (approval.exists) while the same waits already.
    """
    reason = reason.strip()
    if not reason:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="reason")
    check_line(reason, "reason", MAX_NOTE)
    approval = Approval(
        approval_id=new_id(at),
        bureau=caller.bureau,
        kind=kind,
        subject=subject,
        reason=reason,
        requested_by_id=caller.officer,
        requested_at=at,
    )
    if content is None:
        content = handler_of(approval).matter(approval).content
    approval.content_hash = content_hash(kind, subject, content)
    try:
        with transaction.atomic():
            approval.save(force_insert=True)
    except DatabaseIntegrityError as error:
        if Approval.objects.filter(kind=kind, subject=subject, state=ApprovalState.WAITING).exists():
            raise ConflictError(ErrorCode.APPROVAL_EXISTS) from error
        raise
    return approval


def found(approval_id: str) -> Approval:
    """Return a request of the own bureau; raises `NotFoundError` (approval.not_found)."""
    approval = Approval.objects.filter(approval_id=approval_id).first()
    if approval is None:
        raise NotFoundError(ErrorCode.APPROVAL_NOT_FOUND)
    return approval


def approve(caller: Caller, approval_id: str, seen_hash: str, at: datetime) -> Approval:
    """Approve exactly the content whose hash the caller has seen, and do what it asks for.

    Raises `AccessError` (approval.same_person, approval.proof), `NotFoundError` (approval.not_found,
    access.not_found), `ConflictError`: approval.decided, approval.changed when what is there now, what
    was asked for and what the caller has seen are not all the same; and what doing it raises. Nothing was
    changed then, and the journal says so.
    """
    _require(caller, approval_id, at)
    try:
        with transaction.atomic():
            approval = _waiting(approval_id)
            handler = handler_of(approval)
            if handler.needs_proof and not is_proven(caller.proved_at, at):
                raise AccessError(ErrorCode.APPROVAL_PROOF)
            matter = handler.matter(approval)
            _check_unchanged(approval, matter, seen_hash)
            _decide(approval, caller, ApprovalState.APPROVED, at, decided_hash=seen_hash)
            handler.carry_out(approval, matter, at)
    except ComityError as error:
        _journal_refusal(caller, approval_id, error, at)
        raise
    return approval


def refuse(caller: Caller, approval_id: str, note: str, at: datetime) -> Approval:
    """Refuse a request with a word why; it can be asked for anew.

    Raises as `approve`, and `InputError` (input.missing_field, input.too_long, field note).
    """
    _require(caller, approval_id, at)
    note = note.strip()
    if not note:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="note")
    check_line(note, "note", MAX_NOTE)
    with transaction.atomic():
        approval = _waiting(approval_id)
        _decide(approval, caller, ApprovalState.REFUSED, at, note=note)
        handler_of(approval).turn_down(approval, at)
    return approval


def subject_of(approval: Approval) -> Subject:
    """Return what `rules.decide` is told about a request."""
    return Subject(owner=BureauId(approval.bureau), requested_by=OfficerId(approval.requested_by_id))


def _require(caller: Caller, approval_id: str, at: datetime) -> None:
    approval = found(approval_id)
    about = f"approval:{approval_id}"
    access.require(caller, Action.APPROVAL_DECIDE, subject_of(approval), at, about=about)


def _check_unchanged(approval: Approval, matter: Matter, seen_hash: str) -> None:
    """What was asked for, what was seen and what is there now must be one and the same."""
    if not seen_hash == approval.content_hash == hash_of(approval, matter):
        raise ConflictError(ErrorCode.APPROVAL_CHANGED)


def _waiting(approval_id: str) -> Approval:
    approval = Approval.objects.select_for_update().get(approval_id=approval_id)
    if approval.state != ApprovalState.WAITING:
        raise ConflictError(ErrorCode.APPROVAL_DECIDED)
    return approval


def _decide(approval: Approval, caller: Caller, state: ApprovalState, at: datetime, **words: str) -> None:
    approval.state = state
    approval.decided_by_id = caller.officer
    approval.decided_at = at
    for name, value in words.items():
        setattr(approval, name, value)
    approval.save(update_fields=["state", "decided_by", "decided_at", *words])


def _journal_refusal(caller: Caller, approval_id: str, error: ComityError, at: datetime) -> None:
    """Write down an approval that did not hold: who tried to approve what was no longer asked for."""
    record_event(
        bureau=caller.bureau,
        node=caller.node,
        officer=caller.officer,
        action=Action.APPROVAL_DECIDE,
        subject=f"approval:{approval_id}",
        allowed=False,
        code=str(error.code),
        at=at,
    )
