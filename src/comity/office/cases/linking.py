"""Use cases of links: link, detach, move. Each is one step that can be undone; nothing is lost by any."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.errors import ConflictError, ErrorCode, InputError, LimitError, NotFoundError
from comity.kernel.ids import HitId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.cases import reading, steps
from comity.office.cases.limits import MAX_ITEMS
from comity.office.cases.models import LINKED_KINDS, Case, CaseItem, CaseStep, ItemKind, StepKind
from comity.office.hits.models import Hit
from comity.office.hits.services import subject_of as hit_subject
from comity.office.messages import visibility
from comity.office.messages.models import Message
from comity.office.messages.services import subject_of as message_subject
from comity.rules import labels


@dataclass(frozen=True, slots=True)
class Target:
    """What is linked: a thread, a message or a hit."""

    kind: ItemKind
    target: str


@dataclass(frozen=True, slots=True)
class Thing:
    """What a case keeps of a thing that stands elsewhere."""

    happened_at: datetime
    learnt_at: datetime
    label: HandlingLabel


def link(caller: Caller, case_id: UUID | str, about: Target, at: datetime) -> CaseItem:
    """Put a thread, message or hit into a case. What is in this case already stays as it is.

    The case's label rises to that of the thing. Raises `NotFoundError` (case.not_found, message.not_found,
    hit.not_found, access.not_found), `ConflictError` (case.linked when it is in another case, case.closed,
    case.merged), `LimitError` (case.full).
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    thing = look_up(caller, about, at)
    with transaction.atomic():
        (case,) = steps.locked(case)
        return put(case, caller, about, thing, at)


def put(case: Case, caller: Caller, about: Target, thing: Thing, at: datetime) -> CaseItem:
    """Link what `look_up` returned into a locked case; see `link`."""
    there = CaseItem.objects.filter(kind=about.kind, target=about.target, removed_at=None).first()
    if there is not None and there.case_id == case.pk:
        return there
    if there is not None:
        raise ConflictError(ErrorCode.CASE_LINKED, field="target")
    check_room(case)
    item = CaseItem(
        item_id=new_id(at),
        bureau=case.bureau,
        case=case,
        kind=about.kind,
        target=about.target,
        happened_at=thing.happened_at,
        learnt_at=thing.learnt_at,
        by=caller.officer,
    )
    detail = {"kind": str(about.kind), **_raise_label(case, caller, thing.label, at)}
    step = steps.write(case, StepKind.LINKED, caller.officer, at, item=item.item_id, detail=detail)
    item.arrived = step.step_id
    _save_once(item)
    return item


def detach(caller: Caller, case_id: UUID | str, item_id: UUID | str, at: datetime) -> CaseStep:
    """Put an item of a case aside: a link, a note, a task. `undoing.undo` puts it back.

    Raises `NotFoundError` (case.not_found, access.not_found), `ConflictError` (case.changed when it is
    aside already, case.closed, case.merged).
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    with transaction.atomic():
        (case,) = steps.locked(case)
        item = _present(case, item_id)
        item.removed_at, item.removed_by = at, caller.officer
        item.save(update_fields=["removed_at", "removed_by"])
        detail = {"kind": item.kind}
        return steps.write(case, StepKind.DETACHED, caller.officer, at, item=item.item_id, detail=detail)


def move(caller: Caller, case_id: UUID | str, item_id: UUID | str, number: str, at: datetime) -> CaseStep:
    """Move an item to another case, named by its number. `undoing.undo` moves it back.

    The other case's label rises with a link. Raises as `detach`, for both cases.
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    other = reading.case_numbered(caller, number)
    access.require(caller, Action.CASE_CHANGE, reading.subject_of(other), at, about=f"case:{other.case_id}")
    if other.pk == case.pk:
        raise ConflictError(ErrorCode.CASE_LINKED, field="number")
    with transaction.atomic():
        case, other = steps.locked(case, other)
        item = _present(case, item_id)
        check_room(other)
        raised = _raise_label(other, caller, _label_of(item), at)
        detail = {"kind": item.kind, "before": item.arrived, **raised}
        step = steps.write(
            case, StepKind.MOVED, caller.officer, at, item=item.item_id, other=other, detail=detail
        )
        item.case, item.arrived = other, step.step_id
        item.save(update_fields=["case", "arrived"])
        if item.assignee:
            steps.name_person(other, item.assignee, at)
        return step


def look_up(caller: Caller, about: Target, at: datetime) -> Thing:
    """Return what a case keeps of a thing that the caller may read; before any transaction.

    Raises `NotFoundError` (message.not_found, hit.not_found, access.not_found), `InputError`
    (input.not_a_choice).
    """
    if about.kind not in LINKED_KINDS:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="kind")
    if about.kind is ItemKind.HIT:
        hit = Hit.objects.filter(hit_id=about.target).first()
        if hit is None:
            raise NotFoundError(ErrorCode.HIT_NOT_FOUND, field="target")
        access.require(caller, Action.HIT_VIEW, hit_subject(hit), at, about=f"hit:{HitId(hit.hit_id)}")
        return Thing(hit.searched_at, hit.opened_at, HandlingLabel.OFFICIAL)
    if about.kind is ItemKind.MESSAGE:
        message = Message.objects.select_related("thread").filter(message_id=about.target).first()
        if message is None:
            raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="target")
        access.require(
            caller, Action.MESSAGE_VIEW, message_subject(message), at, about=f"message:{about.target}"
        )
        return Thing(message.created_at, message.stored_at, HandlingLabel(message.label))
    thread = visibility.own_thread(caller, UUID(about.target))
    label = labels.highest(map(HandlingLabel, set(thread.messages.values_list("label", flat=True))))
    return Thing(thread.opened_at, thread.opened_at, label)


def check_room(case: Case) -> None:
    """Raise `LimitError` (case.full) for a case that is full."""
    if case.items.count() >= MAX_ITEMS:
        raise LimitError(ErrorCode.CASE_FULL)


def parts_label(case: Case) -> HandlingLabel:
    """Return the strictest label of what is linked to a case: the case's own is never lower."""
    items = list(
        CaseItem.objects.filter(
            case=case, removed_at=None, kind__in=[ItemKind.THREAD, ItemKind.MESSAGE]
        ).values_list("kind", "target")
    )
    threads = [target for kind, target in items if kind == ItemKind.THREAD]
    messages = [target for kind, target in items if kind == ItemKind.MESSAGE]
    found = {
        *Message.objects.filter(thread__thread_id__in=threads).values_list("label", flat=True),
        *Message.objects.filter(message_id__in=messages).values_list("label", flat=True),
    }
    return labels.highest(map(HandlingLabel, found))


def _label_of(item: CaseItem) -> HandlingLabel:
    found: set[str] = set()
    if item.kind == ItemKind.THREAD:
        found = set(Message.objects.filter(thread__thread_id=item.target).values_list("label", flat=True))
    if item.kind == ItemKind.MESSAGE:
        found = set(Message.objects.filter(message_id=item.target).values_list("label", flat=True))
    return labels.highest(map(HandlingLabel, found))


def _raise_label(case: Case, caller: Caller, label: HandlingLabel, at: datetime) -> dict[str, list[str]]:
    """Raise the label of a whole to that of its part; whoever put the part in goes on reading it."""
    before = HandlingLabel(case.label)
    if not labels.is_above(label, before):
        return {}
    case.label, case.version = label, case.version + 1
    case.save(update_fields=["label", "version"])
    steps.name_person(case, caller.officer, at)
    return {"label": [str(before), str(label)]}


def _present(case: Case, item_id: UUID | str) -> CaseItem:
    item = steps.locked_item(case, str(item_id))
    if item.removed_at is not None:
        raise ConflictError(ErrorCode.CASE_CHANGED, field="item_id")
    return item


def _save_once(item: CaseItem) -> None:
    """Store a link; whoever linked the same thing into another case at the same instant was first."""
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError:
        raise ConflictError(ErrorCode.CASE_LINKED, field="target") from None
