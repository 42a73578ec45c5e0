"""The system of record: taking in owners' submissions, and deleting what has expired."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
from django.db import transaction

from comity.collections import get as collection_of
from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import Action
from comity.kernel.errors import (
    AccessError,
    ComityError,
    ConflictError,
    ErrorCode,
    InputError,
    NotFoundError,
    TrustError,
)
from comity.kernel.ids import BureauId, NodeId, OfficerId, RecordId, is_id
from comity.node.directory import instant
from comity.office import runtime
from comity.office.bodies import decode
from comity.office.feed import services as feed
from comity.office.records import erasure
from comity.office.records.models import ReceivedSubmission, Record, RecordState
from comity.office.scoping import across_bureaus
from comity.office.supervision.journal import record_event, record_own
from comity.protocol.feed import FeedOperation, Withdrawal
from comity.protocol.members import Member
from comity.protocol.records import (
    MAX_BATCH_RECORDS,
    MAX_RECORD_BYTES,
    RecordBody,
    RecordChange,
    RecordOperation,
    Restrictions,
    SignedSubmission,
    Submission,
    SubmissionVerdict,
)
from comity.rules.record import check_record

MAX_SUBMISSION_BYTES: Final = 80 * 1024 * 1024
"""A thousand of the longest records, and what JSON in JSON puts around them."""
BY_OWNER: Final = "owner"
BY_EXPIRY: Final = "expired"


def accept_submission(peer: Member, signed: SignedSubmission, at: datetime) -> SubmissionVerdict:
    """Apply a submission of `peer`, all of it or nothing, and return the verdict.

    The same submission again gets the same verdict. What breaks a rule gets a verdict that says so;
    raised is only what makes the submission itself worthless: `TrustError` (envelope.signature,
    envelope.malformed), `AccessError` (record.other_owner), `ConflictError` (submission.reused),
    `InputError`.
    """
    submission = _opened(peer, signed, at)
    digest = sha256(signed.body.encode("utf-8")).hexdigest()
    known = _known_verdict(submission, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            feed.lock_head()  # two copies of one submission: the second waits here, then sees the verdict
            known = _known_verdict(submission, digest)
            if known is not None:
                return known
            verdict = _Applied(peer, at).apply(submission)
            _keep(submission, digest, verdict, at, peer)
    except _RefusedError as refused:
        verdict = SubmissionVerdict(
            submission_id=submission.submission_id,
            accepted=False,
            code=str(refused.cause.code),
            field=refused.cause.field,
            record_id=refused.record_id,
        )
        with transaction.atomic():
            _keep(submission, digest, verdict, at, peer)
    return verdict


def expire_records(at: datetime, limit: int = MAX_BATCH_RECORDS) -> int:
    """Delete up to `limit` records whose time has run out, everywhere, and return how many (I12)."""
    with across_bureaus(), transaction.atomic():
        feed.lock_head()
        due = list(
            Record.objects.filter(state=RecordState.IN_FORCE, accepted_version__gt=0, expires_at__lte=at)
            .select_for_update()
            .order_by("expires_at")[:limit]
        )
        if not due:
            return 0
        changes = [_withdrawal(row, row.accepted_version + 1, BY_EXPIRY) for row in due]
        first, _last = feed.append(changes, at)
        for offset, row in enumerate(due):
            row.accepted_version = row.version = row.accepted_version + 1
            row.withdrawn_sequence = first + offset
            row.changed_at = at
        erasure.erase_records(due)
        _journal_local("record:expire", f"feed:{first}", {"records": len(due)}, at)
    return len(due)


class _RefusedError(Exception):
    """A change that a rule refuses; undoes the whole submission."""

    def __init__(self, record_id: str, cause: ComityError) -> None:
        super().__init__(str(cause.code))
        self.record_id = record_id
        self.cause = cause


@dataclass
class _Applied:
    """One submission on its way into the database."""

    peer: Member
    at: datetime
    known: dict[RecordId, Record] = field(default_factory=dict)
    changes: list[feed.Change] = field(default_factory=list)
    added: dict[RecordId, Record] = field(default_factory=dict)
    changed: dict[RecordId, Record] = field(default_factory=dict)
    withdrawn: list[tuple[int, Record]] = field(default_factory=list)
    taken: set[RecordId] = field(default_factory=set)

    def apply(self, submission: Submission) -> SubmissionVerdict:
        """Check and write every change, in the caller's transaction; raises `_RefusedError`."""
        ids = [change.record_id for change in submission.changes]
        with across_bureaus():
            self.known = {
                RecordId(row.record_id): row
                for row in Record.objects.filter(record_id__in=ids).select_for_update()
            }
            for change in submission.changes:
                try:
                    self._take(change)
                except ComityError as error:
                    raise _RefusedError(change.record_id, error) from error
            first, last = feed.append(self.changes, self.at)
            self._write(first)
        return SubmissionVerdict(
            submission_id=submission.submission_id, accepted=True, first_sequence=first, last_sequence=last
        )

    def _take(self, change: RecordChange) -> None:
        if not is_id(change.record_id):
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="record_id")
        if change.record_id in self.taken:
            raise ConflictError(ErrorCode.RECORD_VERSION_CONFLICT, field="record_id")
        self.taken.add(change.record_id)
        row = self.known.get(change.record_id)
        self._check_turn(change, row)
        if change.operation is RecordOperation.PUT:
            self._put(change, row)
        elif row is None or row.accepted_version == 0 or change.body is not None:
            raise NotFoundError(ErrorCode.RECORD_NOT_FOUND)
        else:
            self.changes.append(_withdrawal(row, change.version, BY_OWNER))
            self.withdrawn.append((len(self.changes) - 1, row))
            row.state = RecordState.WITHDRAWN
            self._mark(row, change.version)

    def _check_turn(self, change: RecordChange, row: Record | None) -> None:
        if row is not None and row.bureau != self.peer.bureau:
            raise AccessError(ErrorCode.RECORD_OTHER_OWNER)
        if row is not None and row.state == RecordState.WITHDRAWN:
            raise ConflictError(ErrorCode.RECORD_WITHDRAWN)
        if change.version != (row.accepted_version if row else 0) + 1:
            raise ConflictError(ErrorCode.RECORD_VERSION_CONFLICT, field="version")

    def _put(self, change: RecordChange, row: Record | None) -> None:
        body = change.body
        if body is None:
            raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="body")
        data = check_body(body, change, self.peer, self.at)
        previous = None
        if row is not None and row.accepted_version > 0:
            if row.collection != body.collection:
                raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="collection")
            previous = _accepted_restrictions(row)
        self.changes.append(
            feed.Change(
                operation=FeedOperation.PUT,
                record_id=body.record_id,
                version=body.version,
                owner=body.owner,
                owner_country=self.peer.country,
                body=data,
                restrictions=body.restrictions,
                previous=previous,
            )
        )
        self._keep_body(body, data, row)

    def _keep_body(self, body: RecordBody, data: bytes, row: Record | None) -> None:
        own = body.owner == runtime.home().bureau and row is not None
        if row is None:
            row = Record(record_id=body.record_id, bureau=body.owner, created_at=self.at)
            self.known[body.record_id] = self.added[body.record_id] = row
        if not own:  # the secretariat's own desk keeps its newest draft; its verdict follows
            row.collection = body.collection.value
            row.state = RecordState.IN_FORCE
            row.owner_reference = body.owner_reference
            row.title = title_of(body)
            row.body = data.decode("utf-8")
            row.expires_at = instant(body.expires_at)
        self._mark(row, body.version)

    def _mark(self, row: Record, version: int) -> None:
        row.accepted_version = version
        row.version = max(row.version or 0, version)
        row.changed_at = self.at
        if row.record_id not in self.added:
            self.changed[RecordId(row.record_id)] = row

    def _write(self, first: int) -> None:
        Record.objects.bulk_create(list(self.added.values()))
        for row in self.changed.values():
            row.save()
        for place, row in self.withdrawn:
            row.withdrawn_sequence = first + place
        erasure.erase_records([row for _place, row in self.withdrawn])


def check_body(body: RecordBody, change: RecordChange, owner: Member, at: datetime) -> bytes:
    """Return the canonical bytes of a record that holds every rule; the owner's node asks the same."""
    named = (body.record_id, body.version, body.owner)
    if named != (change.record_id, change.version, owner.bureau):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="body")
    data = canonical_bytes(body)
    if len(data) > MAX_RECORD_BYTES:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="content")
    if collection_of(body.collection).normalise(body.content) != body.content:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="content")
    check_record(body, owner.country, at)
    return data


def title_of(body: RecordBody) -> str:
    """Return what lists show of a record, as long as its column."""
    return collection_of(body.collection).title(body.content)[:200]


def _opened(peer: Member, signed: SignedSubmission, at: datetime) -> Submission:
    data = signed.body.encode("utf-8")
    runtime.home().directory.current(at).check_signed(
        peer, SigningContext.SUBMISSION, data, signed.signature, at, ErrorCode.ENVELOPE_SIGNATURE
    )
    submission = decode(data, Submission)
    if canonical_bytes(submission) != data:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    if submission.owner != peer.bureau:
        raise AccessError(ErrorCode.RECORD_OTHER_OWNER, field="owner")
    if not is_id(submission.submission_id):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="submission_id")
    if not 0 < len(submission.changes) <= MAX_BATCH_RECORDS:
        raise InputError(ErrorCode.LIMIT_ROWS, field="changes")
    return submission


def _known_verdict(submission: Submission, digest: str) -> SubmissionVerdict | None:
    with across_bureaus():
        row = ReceivedSubmission.objects.filter(submission_id=submission.submission_id).first()
    if row is None:
        return None
    if row.body_sha256 != digest or row.bureau != submission.owner:
        raise ConflictError(ErrorCode.SUBMISSION_REUSED, field="submission_id")
    return msgspec.json.decode(row.verdict, type=SubmissionVerdict)


def _keep(
    submission: Submission, digest: str, verdict: SubmissionVerdict, at: datetime, peer: Member
) -> None:
    ReceivedSubmission.objects.create(
        submission_id=submission.submission_id,
        bureau=submission.owner,
        body_sha256=digest,
        verdict=msgspec.json.encode(verdict).decode("utf-8"),
        received_at=at,
    )
    reasons = sorted({change.reason for change in submission.changes if change.reason})
    record_event(
        bureau=submission.owner,
        node=peer.node,
        officer=OfficerId(""),
        action=Action.RECORD_SUBMIT,
        subject=f"submission:{submission.submission_id}",
        allowed=verdict.accepted,
        code=verdict.code or "",
        at=at,
        body={"changes": len(submission.changes), "reasons": reasons},
    )


def _withdrawal(row: Record, version: int, reason: str) -> feed.Change:
    body = Withdrawal(record_id=RecordId(row.record_id), version=version, reason=reason)
    restrictions = _accepted_restrictions(row)
    return feed.Change(
        operation=FeedOperation.WITHDRAW,
        record_id=RecordId(row.record_id),
        version=version,
        owner=BureauId(row.bureau),
        owner_country=_country_of(BureauId(row.bureau)),
        body=canonical_bytes(body),
        restrictions=restrictions,
        previous=restrictions,
    )


def _accepted_restrictions(row: Record) -> Restrictions:
    """Return those of the version in force; the feed knows it even when the own desk has a newer draft."""
    return feed.restrictions_of(RecordId(row.record_id))


def _country_of(owner: BureauId) -> str:
    member = runtime.home().directory.last().by_node(NodeId(owner))
    if member is None:
        raise TrustError(ErrorCode.MEMBER_UNKNOWN)
    return member.country


def _journal_local(action: str, subject: str, detail: dict[str, int], at: datetime) -> None:
    record_own(action, subject, at, dict(detail))
