"""Use case: persons, vehicles and documents typed into a case, and where each was seen before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import transaction

from comity.collections import get
from comity.collections.fields import check_country, check_number
from comity.kernel.codes import Action, CollectionName, DocumentKind
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import new_id
from comity.office.access import Caller
from comity.office.cases import linking, reading, seen, steps
from comity.office.cases.models import Case, CaseItem, ItemKind, SeenKey, StepKind
from comity.office.cases.seen import NAME, Source
from comity.office.hits.models import Hit
from comity.office.messages.limits import check_line
from comity.office.messages.models import Message
from comity.office.pages.answers import title_of

T = TypeVar("T")
MAX_SEEN: Final = 200
"""Places shown for all entities of a case; who finds more needs the search."""
MAX_CELL: Final = 200


class EntityKind(StrEnum):
    """What can be typed into a case."""

    PERSON = "person"
    VEHICLE = "vehicle"
    DOCUMENT = "document"


COLUMNS: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.PERSON: ("name", "aliases", "birth_dates", "nationalities", "documents"),
    EntityKind.VEHICLE: ("plate", "plate_country", "vin", "make", "model", "colour"),
    EntityKind.DOCUMENT: ("number", "country", "type"),
}
"""Fields of each kind, by the words of the collections (`docs/records.md`)."""
_COLLECTIONS: Final = {
    EntityKind.PERSON: CollectionName.PERSONS,
    EntityKind.VEHICLE: CollectionName.VEHICLES,
}


@dataclass(slots=True)
class SeenIn:
    """Where one entity was seen before, as far as the reader may know."""

    cases: list[Case] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether it was."""
        return bool(self.cases or self.messages or self.hits)


def add_entity(
    caller: Caller, case_id: UUID | str, kind: EntityKind, cells: Mapping[str, str], at: datetime
) -> CaseItem:
    """Add a person, vehicle or document to a case; `cells` as columns of a table of that collection.

    Raises `NotFoundError` (case.not_found, access.not_found), `InputError` (input.…) naming the column,
    `ConflictError` (case.closed, case.merged), `LimitError` (case.full).
    """
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    content = content_of(kind, cells)
    keys = keys_of(kind, content)
    with transaction.atomic():
        (case,) = steps.locked(case)
        linking.check_room(case)
        item = CaseItem.objects.create(
            item_id=new_id(at),
            bureau=case.bureau,
            case=case,
            kind=ItemKind.ENTITY,
            text=title_of(content)[:200],
            fields={"kind": str(kind), "content": content},
            happened_at=at,
            learnt_at=at,
            by=caller.officer,
        )
        seen.note(case.bureau, Source.ENTITY, item.item_id, keys)
        steps.write(case, StepKind.ENTITY_ADDED, caller.officer, at, item=item.item_id)
    return item


def content_of(kind: EntityKind, cells: Mapping[str, str]) -> dict[str, Any]:
    """Return checked content in the words of the collections; raises `InputError` naming the column."""
    row = {name: cells[name].strip() for name in COLUMNS[kind] if cells.get(name, "").strip()}
    for name, text in row.items():
        check_line(text, name, MAX_CELL)
    if kind is EntityKind.DOCUMENT:
        return _document(row)
    if kind is EntityKind.PERSON and "name" not in row:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="name")
    return get(_COLLECTIONS[kind]).from_csv_row(row)


def keys_of(kind: EntityKind, content: Mapping[str, Any]) -> list[seen.Key]:
    """Return the keys by which an entity is found again."""
    if kind is EntityKind.DOCUMENT:
        return seen.keys_of_document(content["number"])
    return seen.keys_of_content(_COLLECTIONS[kind], content)


def view_of(item: CaseItem) -> dict[str, Any]:
    """Return what a reader sees of an entity, with all codes said."""
    kind, content = item.fields.get("kind", ""), item.fields.get("content", {})
    collection = _COLLECTIONS.get(kind)
    return get(collection).view(content) if collection else dict(content)


def seen_before(caller: Caller, case: Case, items: Sequence[CaseItem]) -> dict[str, SeenIn]:
    """Return of each entity of a case where else it was seen: in five questions, however many there are.

    Other cases that the caller may read, messages and hits; what is linked to this case is left out.
    """
    entities = [item for item in items if item.kind == ItemKind.ENTITY]
    found = {item.item_id: SeenIn() for item in entities}
    own = list(SeenKey.objects.filter(source=Source.ENTITY, target__in=list(found)))
    if not own:
        return found
    rows = SeenKey.objects.filter(value__in={key.value for key in own}).exclude(
        source=Source.ENTITY, target__in=list(found)
    )
    pairs = [(key.target, row) for row in rows.order_by("-id")[:MAX_SEEN] for key in own if _same(key, row)]
    _put_in(caller, case, items, pairs, found)
    return found


def _same(one: SeenKey, other: SeenKey) -> bool:
    """Tell whether two keys are of one thing: a name with another known year of birth is somebody else's."""
    if (one.kind, one.value) != (other.kind, other.value):
        return False
    return one.kind != NAME or not one.birth or not other.birth or one.birth[:4] == other.birth[:4]


def _put_in(
    caller: Caller,
    case: Case,
    items: Sequence[CaseItem],
    pairs: Sequence[tuple[str, SeenKey]],
    found: Mapping[str, SeenIn],
) -> None:
    linked = {item.target for item in items if item.target}
    elsewhere = CaseItem.objects.filter(item_id__in=_targets(pairs, Source.ENTITY), removed_at=None)
    may = reading.readable(caller)
    entities = {
        item.item_id: item.case
        for item in elsewhere.filter(case__in=may).exclude(case=case).select_related("case")
    }
    messages = {
        message.message_id: message
        for message in Message.objects.filter(message_id__in=_targets(pairs, Source.MESSAGE)).select_related(
            "thread"
        )
        if not {message.message_id, message.thread.thread_id} & linked
    }
    hits = {
        hit.hit_id: hit
        for hit in Hit.objects.filter(hit_id__in=_targets(pairs, Source.HIT)).exclude(hit_id__in=linked)
    }
    for item_id, row in pairs:
        seen_in = found[item_id]
        if row.source == Source.ENTITY:
            _add(seen_in.cases, entities.get(row.target))
        elif row.source == Source.MESSAGE:
            _add(seen_in.messages, messages.get(row.target))
        else:
            _add(seen_in.hits, hits.get(row.target))


def _add(place: list[T], thing: T | None) -> None:
    if thing is not None and thing not in place:
        place.append(thing)


def _targets(pairs: Sequence[tuple[str, SeenKey]], source: Source) -> list[str]:
    return [row.target for _item, row in pairs if row.source == source]


def _document(row: Mapping[str, str]) -> dict[str, Any]:
    if "number" not in row:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="number")
    content: dict[str, Any] = {"number": check_number(row["number"], "number")}
    if "country" in row:
        content["country"] = check_country(row["country"].upper(), "country")
    if "type" in row:
        if row["type"] not in set(map(str, DocumentKind)):
            raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="type")
        content["type"] = row["type"]
    return content
