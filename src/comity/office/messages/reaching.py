"""Whom a new message reaches, as a person chooses it, and the sentence that says who does not receive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import NodeRole
from comity.kernel.ids import BureauId
from comity.office import runtime
from comity.office.messages.drafting import reach_now
from comity.office.pages.words import NOT_REACHED, REGIONS, word
from comity.protocol.members import MemberStatus
from comity.protocol.reach import ALL, REGION_PREFIX, Reach, regions_in

WAYS: Final = (
    ("one", _("One bureau")),
    ("several", _("Several bureaus")),
    ("region", _("A region")),
    ("all", _("All bureaus")),
)
_NOBODY: Final = Reach((), ())
_SHOWN: Final = 8
"""Names in the sentence; the rest unfolds."""
_MARK_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Name:
    """A bureau in the sentence; `why` it does not receive, empty for those that do."""

    code: str
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Who receives and who does not."""

    receive: list[Name]
    left_out: list[Name]

    @property
    def first(self) -> list[Name]:
        """The names that are shown at once."""
        return self.receive[:_SHOWN]

    @property
    def rest(self) -> list[Name]:
        """The names that unfold."""
        return self.receive[_SHOWN:]


class ReachForm(forms.Form):
    """One, several, a region, or all."""

    reach = forms.ChoiceField(
        label=_("Who receives this"), choices=WAYS, initial="one", required=False, widget=forms.RadioSelect
    )
    recipient = forms.ChoiceField(label=_("To"), required=False)
    recipients = forms.MultipleChoiceField(
        label=_("Bureaus"), required=False, widget=forms.CheckboxSelectMultiple
    )
    region = forms.ChoiceField(label=_("Region"), required=False)
    show_recipients = forms.BooleanField(label=_("Show the recipients to one another"), required=False)

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.result = _NOBODY
        self._at = at
        names = bureau_names(at)
        choices = [(code, f"{code} – {name}") for code, name in sorted(names.items())]
        regions = regions_in(runtime.home().directory.current(at).directory)
        self._choose("recipient", [("", _("Choose a bureau")), *choices])
        self._choose("recipients", choices)
        self._choose("region", [("", _("Choose a region")), *((str(r), REGIONS[r]) for r in regions)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = choices

    @property
    def way(self) -> str:
        """Which of `WAYS` is chosen."""
        return str(self["reach"].value() or "one")

    def clean(self) -> dict[str, Any]:
        """Work out who receives; nobody is an error at the field that was filled in."""
        said = self.cleaned_data
        way = said.get("reach") or "one"
        target = {"one": "recipient", "several": "recipients", "region": "region", "all": "reach"}[way]
        if self.errors:
            return said
        if whom := self._whom(way, said):
            self.result = reach_now(whom, self._at)
        if not self.result.receive:
            self.add_error(target, forms.ValidationError(_("Choose who receives this message.")))
        return said

    def _whom(self, way: str, said: dict[str, Any]) -> str | list[str]:
        if way == "all":
            return ALL
        if way == "region":
            return f"{REGION_PREFIX}{said['region']}" if said["region"] else []
        if way == "several":
            return list(said["recipients"])
        return [said["recipient"]] if said["recipient"] else []


def bureau_names(at: datetime) -> dict[str, str]:
    """Return the names of the other bureaus that can receive messages, by code."""
    members = runtime.home().directory.current(at).active_members()
    own = runtime.home().bureau
    return {m.bureau: m.name for m in members if m.role is not NodeRole.POST and m.bureau != own}


def sentence_of(reach: Reach, at: datetime) -> Sentence:
    """Return both sides of a reach with the names of the directory."""
    names = _all_names(at)
    return Sentence(
        [Name(code, names.get(code, code)) for code in reach.receive],
        [Name(code, names.get(code, code), word(NOT_REACHED, reason)) for code, reason in reach.left_out],
    )


def mark_of(receive: tuple[BureauId, ...]) -> str:
    """Return a mark that changes when somebody else would receive: what was confirmed is what is sent."""
    return sha256("\0".join(receive).encode()).hexdigest()[:_MARK_LENGTH]


def _all_names(at: datetime) -> Mapping[str, str]:
    members = runtime.home().directory.current(at).directory.members
    ranked = sorted(members, key=lambda member: member.status is not MemberStatus.REMOVED)
    return {member.bureau: member.name for member in ranked if member.role is not NodeRole.POST}
