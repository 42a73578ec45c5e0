"""Machine API of units: which there are."""

from datetime import datetime

import msgspec

from comity.kernel.codes import Action
from comity.office.access import Caller
from comity.office.machine import operation
from comity.office.units.models import Unit, UnitKind


class UnitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One unit below the bureau."""

    code: str
    name: str
    kind: UnitKind
    active: bool


class UnitList(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, by code."""

    units: list[UnitLine]


@operation(Action.UNIT_LIST, "GET", summary="List the units below this bureau.", answer=UnitList)
def list_units(caller: Caller, at: datetime) -> UnitList:  # noqa: ARG001 - the operation's signature
    """Return the bureau's units."""
    rows = Unit.objects.filter(bureau=caller.bureau).order_by("code")
    return UnitList(
        units=[UnitLine(code=r.code, name=r.name, kind=UnitKind(r.kind), active=r.active) for r in rows]
    )
