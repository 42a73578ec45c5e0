"""Machine API of cases: the list, one case, opening and changing; the same use cases as the pages."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.ids import OfficerId
from comity.office.access import Caller
from comity.office.cases import changing, opening, reading
from comity.office.cases.limits import MAX_OUTCOME_WORD, MAX_SUMMARY, MAX_TITLE
from comity.office.cases.linking import Target
from comity.office.cases.models import Case, CaseItem, CaseOutcome, CaseState, ItemKind
from comity.office.following import settled
from comity.office.machine import operation

MAX_LIST: Final = 200
"""Cases on one page of the list."""


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One case on the list."""

    id: int
    """Rises in the order of opening; give the last one as `after` to go on."""
    case_id: str
    number: str
    title: str
    state: CaseState
    outcome: CaseOutcome | None
    label: HandlingLabel
    assignee: str | None
    """Id of the account in whose hands it is."""
    due_at: str | None
    version: int
    """Give it with a change."""
    opened_at: str
    changed_at: str
    merged_into: str | None
    """Number of the case into which it was merged."""


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a case."""

    item_id: str
    kind: ItemKind
    target: str | None
    """Thread, message or hit."""
    text: str
    """Of a note or a task; of a person or thing what names it."""
    fields: dict[str, Any]
    """Of a person or thing: its kind, and content in the words of the collections."""
    finding: bool
    happened_at: str
    learnt_at: str
    due_at: str | None
    assignee: str | None
    done_at: str | None
    done_by: str | None
    version: int


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One case with what is in it."""

    header: CaseLine
    summary: str
    outcome_word: str
    template: str
    items: list[ItemLine]


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the list; the list is at its end when the page is not full."""

    cases: list[CaseLine]


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cases to list."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = 50
    state: CaseState | None = None
    number: Annotated[str, Meta(pattern="^[A-Za-z0-9 /-]{1,40}$")] | None = None
    """As people say it: `si 2026 123` will do."""


class CaseDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case to open, empty or about one thing."""

    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)]
    summary: Annotated[str, Meta(max_length=MAX_SUMMARY)] = ""
    label: HandlingLabel | None = None
    """Left out, that of the template, or official."""
    template: Annotated[str, Meta(max_length=50)] = ""
    thread_id: UUID | None = None
    hit_id: UUID | None = None
    """What it is about; the hit, when both are given, and the thread is added by itself."""


class CaseChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be other than it was in `version`; what is left out stays."""

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)] | None = None
    summary: Annotated[str, Meta(max_length=MAX_SUMMARY)] | None = None
    state: CaseState | None = None
    outcome: CaseOutcome | None = None
    outcome_word: Annotated[str, Meta(max_length=MAX_OUTCOME_WORD)] | None = None
    label: HandlingLabel | None = None
    assignee: Annotated[OfficerId, Meta(max_length=36)] | None = None


@operation(
    Action.CASE_LIST, "GET", summary="List the desk's cases, oldest first.", query=CaseQuery, answer=CaseList
)
def list_cases(caller: Caller, at: datetime, query: CaseQuery) -> CaseList:  # noqa: ARG001 - the operation's signature
    """Return a page of the cases that the caller may read."""
    rows = Case.objects.filter(id__gt=query.after, id__lte=settled(Case))
    found = reading.readable(caller, rows).select_related("merged_into")
    if query.state is not None:
        found = found.filter(state=query.state)
    if query.number is not None:
        found = found.filter(number=reading.written(query.number))
    return CaseList(cases=[line_of(case) for case in found.order_by("id")[: query.limit]])


@operation(Action.CASE_VIEW, "GET", summary="Read one case; that it was read is noted.", answer=CaseAnswer)
def read_case(caller: Caller, at: datetime, case_id: UUID) -> CaseAnswer:
    """Return the case with what is in it."""
    case = reading.own_case(caller, case_id, Action.CASE_VIEW, at)
    reading.note_reading(caller, case, at)
    return answer_of(case)


@operation(
    Action.CASE_OPEN,
    "POST",
    summary="Open a case, empty or about a thread or a hit; it is in the caller's hands.",
    body=CaseDraft,
    answer=CaseAnswer,
    status=201,
    errors=(409,),
    examples={"template": {"title": "Stolen passport at Karavanke", "template": "document_hit"}},
)
def open_case(caller: Caller, at: datetime, body: CaseDraft) -> CaseAnswer:
    """Open it."""
    about = None
    if body.hit_id is not None:
        about = Target(ItemKind.HIT, str(body.hit_id))
    elif body.thread_id is not None:
        about = Target(ItemKind.THREAD, str(body.thread_id))
    made = opening.open_case(
        caller,
        body.title,
        at,
        summary=body.summary,
        label=body.label,
        template=body.template,
        about=about,
    )
    return answer_of(made)


@operation(
    Action.CASE_CHANGE,
    "POST",
    summary="Change a case as it was in a version; a refusal says what differs now.",
    body=CaseChange,
    answer=CaseAnswer,
    errors=(409,),
    examples={"waiting": {"version": 1, "state": "waiting"}},
)
def change_case(caller: Caller, at: datetime, case_id: UUID, body: CaseChange) -> CaseAnswer:
    """Change it; what was changed by somebody else in the meantime is never overwritten."""
    said: dict[str, Any] = msgspec.structs.asdict(body)
    version = said.pop("version")
    changes = {name: value for name, value in said.items() if value is not None}
    return answer_of(changing.change_case(caller, case_id, version, changes, at))


def line_of(case: Case) -> CaseLine:
    """Return a case as it stands on the list."""
    return CaseLine(
        id=case.pk,
        case_id=case.case_id,
        number=case.number,
        title=case.title,
        state=CaseState(case.state),
        outcome=CaseOutcome(case.outcome) if case.outcome else None,
        label=HandlingLabel(case.label),
        assignee=case.assignee or None,
        due_at=_wired(case.due_at),
        version=case.version,
        opened_at=to_wire(case.opened_at),
        changed_at=to_wire(case.changed_at),
        merged_into=case.merged_into.number if case.merged_into else None,
    )


def answer_of(case: Case) -> CaseAnswer:
    """Return a case with everything that is in it now."""
    items = CaseItem.objects.filter(case=case, removed_at=None).order_by("id")
    return CaseAnswer(
        header=line_of(case),
        summary=case.summary,
        outcome_word=case.outcome_word,
        template=case.template,
        items=[_item(item) for item in items],
    )


def _item(item: CaseItem) -> ItemLine:
    return ItemLine(
        item_id=item.item_id,
        kind=ItemKind(item.kind),
        target=item.target or None,
        text=item.text,
        fields=item.fields,
        finding=item.finding,
        happened_at=to_wire(item.happened_at),
        learnt_at=to_wire(item.learnt_at),
        due_at=_wired(item.due_at),
        assignee=item.assignee or None,
        done_at=_wired(item.done_at),
        done_by=item.done_by or None,
        version=item.version,
    )


def _wired(at: datetime | None) -> str | None:
    return None if at is None else to_wire(at)
