"""What this bureau demands: by its settings for the services, written down for the database's own guard."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec

from comity.kernel.codes import HandlingLabel, Priority
from comity.kernel.ids import BureauId, FormId
from comity.node.release_settings import ReleaseSection, demand_of
from comity.office import runtime
from comity.office.releases.models import ReleaseDemand
from comity.office.scoping import acting_for
from comity.protocol.reach import ALL, REGION_PREFIX, reach_of, regions_in
from comity.rules.labels import ORDER
from comity.rules.release import BINDING_FORMS, Demand, Ground, Outgoing, ReachKind, grounds_for

_SEVERAL: Final = 2
"""One recipient is no broadcast, even where a region has only that bureau."""
_HELD: Final = ("everything", "labels", "priorities", "forms", "recipients")


def grounds_of(
    form: FormId, label: HandlingLabel, priority: Priority, recipients: Collection[BureauId], at: datetime
) -> tuple[Ground, ...]:
    """Return why a message of this bureau needs a second person now; none: it leaves at once."""
    demand = _demand(msgspec.json.encode(runtime.home().settings.release))
    outgoing = Outgoing(
        form=form,
        label=label,
        priority=priority,
        recipients=len(recipients),
        reach=_covered(recipients, at) if demand.reach else frozenset(),
    )
    return grounds_for(outgoing, demand)


def write_down(at: datetime) -> None:
    """Write the demand of the settings down for the database, unless it stands there already."""
    home = runtime.home()
    demand = demand_of(home.settings.release)
    with acting_for(home.bureau):
        newest = ReleaseDemand.objects.order_by("-id").values(*_HELD).first()
        values = _row(demand)
        if newest != values:
            ReleaseDemand.objects.create(bureau=home.bureau, since=at, **values)


def _row(demand: Demand) -> dict[str, Any]:
    stricter = ORDER[ORDER.index(demand.label) :] if demand.label is not None else ()
    return {
        "everything": demand.everything,
        "labels": [str(label) for label in stricter],
        "priorities": sorted(map(str, demand.priorities)),
        "forms": sorted(demand.forms | BINDING_FORMS),
        "recipients": demand.recipients,
    }


@cache
def _demand(section: bytes) -> Demand:
    return demand_of(msgspec.json.decode(section, type=ReleaseSection))


def _covered(recipients: Collection[BureauId], at: datetime) -> frozenset[ReachKind]:
    """Return what the recipients cover, whether they were named or reached by a broadcast."""
    if len(recipients) < _SEVERAL:
        return frozenset()
    directory, own = runtime.home().directory.current(at).directory, runtime.home().bureau
    named = frozenset(recipients)
    found = {
        kind
        for kind, wholes in (
            (ReachKind.ALL, [ALL]),
            (ReachKind.REGION, [f"{REGION_PREFIX}{region}" for region in regions_in(directory)]),
        )
        for whole in wholes
        if len(everybody := frozenset(reach_of(whole, directory, own).receive)) >= _SEVERAL
        and everybody <= named
    }
    return frozenset(found)
