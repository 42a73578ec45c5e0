"""What is done with units: opened, closed, given accounts, given messages."""

import re
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import MessageId, ThreadId, UnitId
from comity.office import runtime
from comity.office.access import Caller, require
from comity.office.supervision.journal import record_own
from comity.office.units.models import PassedOn, Unit, UnitKind
from comity.rules.decisions import Subject

MAX_NAME: Final = 120
MAX_NOTE: Final = 500
"""Why a unit gets a message: a sentence or two."""
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{1,19}")


def add_unit(code: str, name: str, kind: UnitKind, at: datetime, by: Caller | None) -> Unit:
    """Open a unit below the own bureau; `by` None is the operator of the node's machine.

    Raises `InputError` (unit.code, input.missing_field, input.too_long), `ConflictError` (unit.exists),
    `NotFoundError` (access.not_found).
    """
    bureau = runtime.home().bureau
    if by is not None:
        require(by, Action.UNIT_MANAGE, Subject(owner=bureau), at, about=f"unit:{code[:20]}")
    if _CODE.fullmatch(code) is None:
        raise InputError(ErrorCode.UNIT_CODE, field="code")
    if not name.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="name")
    if len(name) > MAX_NAME:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="name")
    try:
        with transaction.atomic():
            unit = Unit.objects.create(bureau=bureau, code=code, name=name.strip(), kind=kind, created_at=at)
            _journal(by, unit, at, {"opened": True, "kind": str(kind)})
    except IntegrityError:
        raise ConflictError(ErrorCode.UNIT_EXISTS, field="code") from None
    return unit


def set_active(code: UnitId, at: datetime, by: Caller | None, *, active: bool) -> Unit:
    """Close a unit or open it again; its accounts see nothing from the next request on.

    Raises `NotFoundError` (unit.not_found, access.not_found).
    """
    if by is not None:
        subject = Subject(owner=runtime.home().bureau)
        require(by, Action.UNIT_MANAGE, subject, at, about=f"unit:{code[:20]}")
    with transaction.atomic():
        unit = unit_named(code)
        unit.active = active
        unit.save(update_fields=["active"])
        _journal(by, unit, at, {"active": active})
    return unit


def unit_named(code: str, field: str = "unit") -> Unit:
    """Return a unit of the own bureau; raises `NotFoundError` (unit.not_found)."""
    found = Unit.objects.filter(bureau=runtime.home().bureau, code=code).first()
    if found is None:
        raise NotFoundError(ErrorCode.UNIT_NOT_FOUND, field=field)
    return found


def active_units() -> list[Unit]:
    """Return the units to which something can be passed on, by name."""
    return list(Unit.objects.filter(active=True).order_by("name"))


def pass_on(  # noqa: PLR0913, PLR0917 - the parts of the act
    caller: Caller,
    message_id: MessageId,
    thread_id: ThreadId,
    subject: Subject,
    code: UnitId,
    note: str,
    at: datetime,
) -> PassedOn:
    """Give one message to a unit: an act of a person of the bureau, in the journal; once is enough.

    `subject` is what `rules.decide` is told about the message. Raises `NotFoundError` (access.not_found,
    unit.not_found), `ConflictError` (unit.not_found) for a closed unit, `InputError` (input.missing_field,
    input.too_long).
    """
    require(
        caller,
        Action.MESSAGE_PASS_ON,
        subject,
        at,
        about=f"message:{message_id}",
        detail={"unit": code[:20]},
    )
    if not code:
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="unit")
    if len(note) > MAX_NOTE:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="note")
    unit = unit_named(code)
    if not unit.active:
        raise ConflictError(ErrorCode.UNIT_NOT_FOUND, field="unit")
    row, _ = PassedOn.objects.get_or_create(
        unit=unit,
        message_id=message_id,
        defaults={
            "bureau": caller.bureau,
            "thread_id": thread_id,
            "by": caller.officer,
            "note": note.strip(),
            "at": at,
        },
    )
    return row


def units_of_message(message_id: str) -> frozenset[UnitId]:
    """Return the active units to which a message was passed on."""
    found = PassedOn.objects.filter(message_id=message_id, unit__active=True)
    return frozenset(UnitId(code) for code in found.values_list("unit__code", flat=True))


def _journal(by: Caller | None, unit: Unit, at: datetime, detail: dict[str, object]) -> None:
    record_own(Action.UNIT_MANAGE, f"unit:{unit.code}", at, detail, officer=by.officer if by else None)
