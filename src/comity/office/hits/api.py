"""Machine API of hits: the same use cases as the desk's pages. A hit is a lead (I10)."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, CollectionName, HitState, MatchStrength, NotificationPolicy, Purpose
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import HitId
from comity.office import access
from comity.office.access import Caller
from comity.office.following import settled
from comity.office.hits import services
from comity.office.hits.models import Hit, HitOutcome
from comity.office.machine import operation
from comity.office.messages.limits import MAX_NOTE
from comity.protocol.search import Reason
from comity.rules.decisions import Context, Subject, decide

MAX_LIST: Final = 200
"""Hits on one page of the list."""
Side = Literal["searcher", "owner"]
Outcome = Literal["located", "arrested", "object_seized", "let_go", "no_action"]


class HitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A hit as this desk sees it."""

    id: int
    """Rises in the order of opening; give the last one as `after` to go on."""
    hit_id: str
    side: Side
    state: HitState
    search_id: str
    record_id: str
    record_version: int
    collection: CollectionName
    owner: str
    searcher: str
    purpose: Purpose
    strength: MatchStrength
    score: int
    asked: list[str]
    reasons: list[Reason]
    view: dict[str, Any]
    """What the record says; empty once it was withdrawn."""
    notify: NotificationPolicy
    thread_id: str | None
    searched_at: str
    opened_at: str
    due_at: str
    owner_told_at: str | None
    decided_at: str | None
    note: str
    outcome: str
    outcome_at: str | None


class HitList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; the list is at its end when the page is not full."""

    hits: list[HitAnswer]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which hits to list."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 50
    state: HitState | None = None
    side: Side | None = None
    search_id: UUID | None = None


class HitDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The owner's word."""

    state: Literal["confirmed", "refuted", "obsolete"]
    note: Annotated[str, Meta(max_length=MAX_NOTE)] = ""


class HitResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of it, said by the bureau that searched."""

    outcome: Outcome


@operation(
    Action.HIT_LIST, "GET", summary="List the desk's hits, oldest first.", query=ListQuery, answer=HitList
)
def list_hits(caller: Caller, at: datetime, query: ListQuery) -> HitList:
    """Return a page of hits."""
    decide(caller.actor, Action.HIT_LIST, Subject(owner=caller.bureau), Context(at=at)).require()
    found = Hit.objects.filter(bureau=caller.bureau, id__gt=query.after, id__lte=settled(Hit))
    if query.state is not None:
        found = found.filter(state=query.state)
    if query.side is not None:
        found = found.filter(side=query.side)
    if query.search_id is not None:
        found = found.filter(search_id=str(query.search_id))
    return HitList(hits=[_answer(hit) for hit in found.order_by("id")[: query.limit]])


@operation(Action.HIT_VIEW, "GET", summary="Read one hit.", answer=HitAnswer)
def read_hit(caller: Caller, at: datetime, hit_id: UUID) -> HitAnswer:
    """Return the hit."""
    hit = Hit.objects.filter(bureau=caller.bureau, hit_id=str(hit_id)).first()
    if hit is None:
        raise NotFoundError(ErrorCode.HIT_NOT_FOUND)
    access.require(caller, Action.HIT_VIEW, services.subject_of(hit), at, about=f"hit:{hit_id}")
    return _answer(hit)


@operation(
    Action.HIT_DECIDE,
    "POST",
    summary="Confirm, refute or call obsolete, as the owner of the record.",
    body=HitDecision,
    answer=HitAnswer,
    errors=(409, 503),
    examples={"confirmed": {"state": "confirmed", "note": "Seize the document and send us its number."}},
)
def decide_hit(caller: Caller, at: datetime, hit_id: UUID, body: HitDecision) -> HitAnswer:
    """Give the owner's word and send it to the bureau that searched."""
    return _answer(services.decide_hit(caller, HitId(str(hit_id)), HitState(body.state), body.note, at))


@operation(
    Action.HIT_OUTCOME,
    "POST",
    summary="Say what came of a hit, as the bureau that searched.",
    body=HitResult,
    answer=HitAnswer,
    errors=(409,),
    examples={"let_go": {"outcome": "let_go"}},
)
def record_outcome(caller: Caller, at: datetime, hit_id: UUID, body: HitResult) -> HitAnswer:
    """Write down the outcome."""
    return _answer(services.record_outcome(caller, HitId(str(hit_id)), HitOutcome(body.outcome), at))


@operation(
    Action.HIT_OUTCOME,
    "POST",
    summary="Tell the owner of the record that it was found, as the bureau that searched.",
    answer=HitAnswer,
    errors=(409, 503),
)
def tell_owner(caller: Caller, at: datetime, hit_id: UUID) -> HitAnswer:
    """Send the alarm, once."""
    return _answer(services.tell_owner(caller, HitId(str(hit_id)), at))


def _answer(hit: Hit) -> HitAnswer:
    """Return a row as it is answered; codes and reasons are read into their types."""
    values = {
        name: getattr(hit, name)
        for name in HitAnswer.__struct_fields__
        if not name.endswith(("_at", "thread_id"))
    }
    instants = {name: getattr(hit, name) for name in HitAnswer.__struct_fields__ if name.endswith("_at")}
    wired = {name: None if value is None else to_wire(value) for name, value in instants.items()}
    return msgspec.convert({**values, **wired, "thread_id": hit.thread_id or None}, HitAnswer)
