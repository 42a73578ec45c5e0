"""Where a person, vehicle or document was seen before: keys of what arrives, kept with it and gone with it.

Keys are those of `comity.matching`, so that another spelling or script finds the same. They are written in
the transaction that stores a message, a hit or an entity, and erased in the one that erases its content (I8).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from comity.collections import get
from comity.collections.base import KeyKind
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ComityError, InputError
from comity.matching.documents import document_key
from comity.matching.names.forms import normalise
from comity.matching.names.knowledge import PARTICLES
from comity.matching.names.skeletons import coarse
from comity.matching.vehicles import plate_behind_sign, plate_key, vin_key
from comity.office.cases.models import SeenKey
from comity.office.forms.services import form_to_show
from comity.office.hits.models import Hit
from comity.office.messages.models import Message
from comity.protocol.forms import FieldKind

NAME: Final = "name"
MAX_KEYS: Final = 40
"""Of one thing: a listed person has at most some dozens of names and papers."""
MAX_VALUE: Final = 200
"""Longer ones are of names with dozens of words; their beginning tells them apart."""
_BIRTHS: Final = {"birth_date", "birth", "date_of_birth"}
"""Fields of forms that hold a date of birth."""


class Source(StrEnum):
    """What a key was read from."""

    ENTITY = "entity"
    MESSAGE = "message"
    HIT = "hit"


class Key(NamedTuple):
    """One key; `birth` is the date of birth beside a name, as far as it is known (YYYY or YYYY-MM-DD)."""

    kind: str
    value: str
    birth: str = ""


def note_messages(messages: Sequence[Message]) -> None:
    """Keep the keys of the coded fields of messages that were just stored, in the caller's transaction."""
    rows = [
        _row(message.bureau, Source.MESSAGE, message.message_id, key)
        for message in messages
        if message.fields
        for key in keys_of_message(message)
    ]
    if rows:
        SeenKey.objects.bulk_create(rows, ignore_conflicts=True)


def note_hit(hit: Hit) -> None:
    """Keep the keys of what a hit found, in the caller's transaction.

    A hit is opened whatever its view looks like: one that a source sent in another shape has no keys.
    """
    try:
        keys = keys_of_content(CollectionName(hit.collection), hit.view)
    except (ComityError, KeyError, TypeError, ValueError, AttributeError):
        keys = []
    note(hit.bureau, Source.HIT, hit.hit_id, keys)


def note(bureau: str, source: Source, target: str, keys: Iterable[Key]) -> None:
    """Keep the keys of one thing."""
    SeenKey.objects.bulk_create([_row(bureau, source, target, key) for key in keys], ignore_conflicts=True)


def forget(source: Source, targets: Iterable[str]) -> None:
    """Erase the keys of what was recalled or withdrawn, in the transaction that erases its content."""
    SeenKey.objects.filter(source=source, target__in=list(targets)).delete()


def forget_hits_of(record_ids: Iterable[str]) -> None:
    """Erase the keys of hits on records that are gone."""
    hits = Hit.objects.filter(record_id__in=list(record_ids)).values("hit_id")
    SeenKey.objects.filter(source=Source.HIT, target__in=hits).delete()


def keys_of_message(message: Message) -> list[Key]:
    """Return the keys of a message's coded fields; a form that nobody can read has none."""
    try:
        form = form_to_show(message.form, message.form_definition)
    except ComityError:
        return []
    if form is None:
        return []
    birth = next((str(message.fields[name]) for name in _BIRTHS if message.fields.get(name)), "")
    found: list[Key] = []
    for field in form.fields:
        given = message.fields.get(field.name)
        for value in given if isinstance(given, list) else [given]:
            found += _keys_of_field(field.kind, value, birth)
    return found[:MAX_KEYS]


def keys_of_content(collection: CollectionName, content: Mapping[str, Any]) -> list[Key]:
    """Return the keys of a record's content or view; none of one that was erased."""
    if not content:
        return []
    rules = get(collection)
    births = [_birth(birth) for birth in content.get("births", ())]
    birth = births[0] if len(births) == 1 else ""
    found = [Key(key.kind, key.value) for key in rules.keys(content) if key.kind is not KeyKind.VIN_TAIL]
    for name in rules.names(content):
        found += name_keys(name.text, birth)
    return found[:MAX_KEYS]


def _birth(birth: Mapping[str, Any]) -> str:
    """Return a date of birth as far as it is known, empty when not even the year is."""
    earliest, latest = str(birth["earliest"]), str(birth["latest"])
    return earliest if earliest == latest else earliest[:4] if earliest[:4] == latest[:4] else ""


def keys_of_document(number: str) -> list[Key]:
    """Return the key of a document of which little more than the number is known."""
    return [Key(KeyKind.DOCUMENT_NUMBER, document_key(number))]


def name_keys(name: str, birth: str = "") -> list[Key]:
    """Return the key of a name: the coarse sounds of its words in one order, the same in every script."""
    form = normalise(name)
    pairs = zip(form.tokens, form.skeletons, strict=True)
    bones = {coarse(skeleton) for word, skeleton in pairs if word not in PARTICLES}
    value = " ".join(sorted(bones - {""}))
    return [Key(NAME, value, birth)] if len(value) > _SHORTEST else []


_SHORTEST: Final = 3
"""A name of fewer consonants is that of half the world."""


def _keys_of_field(kind: FieldKind, value: Any, birth: str) -> list[Key]:
    """Return the keys of one value; what others sent may hold what cannot be compared, and has none."""
    try:
        if kind is FieldKind.PERSON_NAME and isinstance(value, Mapping):
            return name_keys(str(value.get("name", "")), birth)
        read = _READ.get(kind)
        return read(value) if read and isinstance(value, str) and value else []
    except InputError:
        return []


def _plates(plate: str) -> list[Key]:
    behind = plate_behind_sign(plate)
    return [Key(KeyKind.PLATE, key) for key in (plate_key(plate), *([behind[1]] if behind else []))]


_READ: Final[Mapping[FieldKind, Callable[[str], list[Key]]]] = {
    FieldKind.DOCUMENT_NUMBER: keys_of_document,
    FieldKind.PLATE: _plates,
    FieldKind.VIN: lambda vin: [Key(KeyKind.VIN, vin_key(vin))],
}


def _row(bureau: str, source: Source, target: str, key: Key) -> SeenKey:
    return SeenKey(
        bureau=bureau,
        source=source,
        target=target,
        kind=key.kind,
        value=key.value[:200],
        birth=key.birth[:10],
    )
