"""[release]: which outgoing messages a bureau lets leave only after a second person released them (I9).

[release]
label = "restricted"           # this label and every stricter one
priorities = ["flash"]
forms = ["prison_transfer"]
recipients = 10                # ten recipients and more; 0: never for their number
reach = ["all", "region"]      # whoever covers all bureaus, or all of a region
everything = false
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from comity.kernel.codes import HandlingLabel, Priority
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.kernel.ids import FormId
from comity.rules.release import NODE_FORMS, Demand, ReachKind

_Form = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class ReleaseSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[release]: by what an outgoing message needs a second person; absent keys demand nothing."""

    everything: bool = False
    label: Literal["", "official", "restricted", "confidential"] = ""
    priorities: Annotated[list[Priority], Meta(max_length=3)] = []
    forms: Annotated[list[_Form], Meta(max_length=100)] = []
    recipients: Annotated[int, Meta(ge=0, le=1_000)] = 0
    reach: Annotated[list[ReachKind], Meta(max_length=2)] = []


def demand_of(section: ReleaseSection) -> Demand:
    """Return the demand; raises `ConfigurationError` (config.odd_value) for a form that is never held."""
    forms = frozenset(map(FormId, section.forms))
    if forms & NODE_FORMS:
        raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field="release.forms")
    return Demand(
        everything=section.everything,
        label=HandlingLabel(section.label) if section.label else None,
        priorities=frozenset(section.priorities),
        forms=forms,
        recipients=section.recipients or None,
        reach=frozenset(section.reach),
    )
