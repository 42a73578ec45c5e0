"""Machine API of approvals: the same use cases as the pages, and the same two people (I9)."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action
from comity.kernel.errors import NotFoundError
from comity.office import access
from comity.office.access import Caller
from comity.office.approvals import services
from comity.office.approvals.kinds import Matter, handler_of
from comity.office.approvals.models import Approval
from comity.office.following import settled
from comity.office.machine import operation
from comity.office.messages.limits import MAX_NOTE
from comity.rules.decisions import Context, Subject, decide

MAX_LIST: Final = 200
"""Requests on one page of the list."""
Kind = Literal["disclosure"]
State = Literal["waiting", "approved", "refused"]


class ApprovalHeader(msgspec.Struct, frozen=True, kw_only=True):
    """One request for a second person's approval."""

    id: int
    """Rises in the order of asking; give the last one as `after` to go on."""
    approval_id: str
    kind: Kind
    subject: str
    state: State
    reason: str
    content_hash: str
    """Of what was asked for, hexadecimal."""
    requested_by: str
    requested_at: str
    decided_by: str | None
    decided_at: str | None
    note: str


class ApprovalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One request with what it is about, as it is now."""

    header: ApprovalHeader
    content: dict[str, Any] | None
    """None when what it was about is gone."""
    present_hash: str | None
    """Of `content`; approving works only while it equals `header.content_hash`."""
    recipients: list[str]


class ApprovalList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; the list is at its end when the page is not full."""

    approvals: list[ApprovalHeader]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests to list."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 50
    state: State | None = None


class ApprovalGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Approval of exactly the content with this hash."""

    content_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class ApprovalRefused(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is refused."""

    note: Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)]


@operation(
    Action.APPROVAL_LIST,
    "GET",
    summary="List what waits for a second person, and what was decided, oldest first.",
    query=ListQuery,
    answer=ApprovalList,
)
def list_approvals(caller: Caller, at: datetime, query: ListQuery) -> ApprovalList:
    """Return a page of requests."""
    decide(caller.actor, Action.APPROVAL_LIST, Subject(owner=caller.bureau), Context(at=at)).require()
    rows = Approval.objects.filter(bureau=caller.bureau, id__gt=query.after, id__lte=settled(Approval))
    if query.state is not None:
        rows = rows.filter(state=query.state)
    return ApprovalList(approvals=[_header(row) for row in rows.order_by("id")[: query.limit]])


@operation(Action.APPROVAL_LIST, "GET", summary="Read one request with its content.", answer=ApprovalAnswer)
def read_approval(caller: Caller, at: datetime, approval_id: UUID) -> ApprovalAnswer:
    """Return the request."""
    found = services.found(str(approval_id))
    subject = Subject(owner=services.subject_of(found).owner)
    access.require(caller, Action.APPROVAL_LIST, subject, at, about=f"approval:{approval_id}")
    return read_answer(found)


@operation(
    Action.APPROVAL_DECIDE,
    "POST",
    summary="Approve exactly this content; never one's own request.",
    body=ApprovalGiven,
    answer=ApprovalAnswer,
    errors=(409,),
    examples={"approval": {"content_hash": "0" * 64}},
)
def approve(caller: Caller, at: datetime, approval_id: UUID, body: ApprovalGiven) -> ApprovalAnswer:
    """Approve; what was asked for is done when the answer leaves."""
    return read_answer(services.approve(caller, str(approval_id), body.content_hash, at))


@operation(
    Action.APPROVAL_DECIDE,
    "POST",
    summary="Refuse a request, with a word why; never one's own.",
    body=ApprovalRefused,
    answer=ApprovalAnswer,
    errors=(409,),
    examples={"refusal": {"note": "The secretariat has no part in this."}},
)
def refuse(caller: Caller, at: datetime, approval_id: UUID, body: ApprovalRefused) -> ApprovalAnswer:
    """Refuse."""
    return read_answer(services.refuse(caller, str(approval_id), body.note, at))


def read_answer(found: Approval) -> ApprovalAnswer:
    """Return a request with its content, as every operation answers."""
    matter = _matter(found)
    return ApprovalAnswer(
        header=_header(found),
        content=None if matter is None else matter.content,
        present_hash=None if matter is None else services.hash_of(found, matter),
        recipients=[] if matter is None else list(matter.recipients),
    )


def _matter(found: Approval) -> Matter | None:
    try:
        return handler_of(found).matter(found)
    except NotFoundError:
        return None


def _header(row: Approval) -> ApprovalHeader:
    return ApprovalHeader(
        id=row.pk,
        approval_id=row.approval_id,
        kind=row.kind,  # type: ignore[arg-type]  # only members of ApprovalKind are stored
        subject=row.subject,
        state=row.state,  # type: ignore[arg-type]  # only members of ApprovalState are stored
        reason=row.reason,
        content_hash=row.content_hash,
        requested_by=row.requested_by_id,
        requested_at=to_wire(row.requested_at),
        decided_by=row.decided_by_id,
        decided_at=None if row.decided_at is None else to_wire(row.decided_at),
        note=row.note,
    )
