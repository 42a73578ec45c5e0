"""The forms of the pages of cases. What they check here is shown at the field; services check again."""

from typing import Any, Final

from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from comity.office.cases import reading
from comity.office.cases.entities import COLUMNS, MAX_CELL, EntityKind
from comity.office.cases.limits import MAX_NOTE, MAX_OUTCOME_WORD, MAX_SUMMARY, MAX_TASK, MAX_TITLE
from comity.office.cases.templates import templates_here
from comity.office.cases.words import OUTCOMES, STATES
from comity.office.pages.words import DOCUMENT_KINDS, FIELDS, LABELS
from comity.protocol.forms import text_in

HELP: Final = {
    "birth_dates": gettext_lazy("1960, 1960-05 or 1960-05-03; several with ; between them"),
    "aliases": gettext_lazy("Several with ; between them"),
    "nationalities": gettext_lazy("Three letters, for example SVN; several with ; between them"),
    "documents": gettext_lazy("Kind, country and number, for example passport:SVN:PB1234567"),
    "plate_country": gettext_lazy("Three letters, for example SVN"),
    "country": gettext_lazy("Three letters, for example SVN"),
}
_INSTANT: Final = "%Y-%m-%d %H:%M"
"""Typed, not picked: browsers show picked dates in the order of their own country, 03/04 or 04/03."""


def instant(label: Any, help_text: Any = "") -> forms.DateTimeField:
    """Return a field for an instant in UTC, which may be left out."""
    return forms.DateTimeField(
        label=label,
        required=False,
        help_text=help_text or gettext_lazy("UTC, as 2026-05-31 14:30"),
        input_formats=[_INSTANT, "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
        widget=forms.DateTimeInput(attrs={"autocomplete": "off"}, format=_INSTANT),
        error_messages={"invalid": gettext_lazy("Write it as 2026-05-31 14:30.")},
    )


def lines(label: Any, longest: int, rows: int, **more: Any) -> forms.CharField:
    """Return a field for text of several lines."""
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(label=label, max_length=longest, widget=widget, **more)


class OpenForm(forms.Form):
    """What a new case begins with."""

    title = forms.CharField(
        label=pgettext_lazy("case", "Title"),
        max_length=MAX_TITLE,
        widget=forms.TextInput(attrs={"dir": "auto", "autofocus": True, "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say in a few words what it is about.")},
    )
    template = forms.ChoiceField(
        label=gettext_lazy("Begin with the tasks of"), required=False, choices=[("", "–")]
    )
    label = forms.ChoiceField(
        label=gettext_lazy("Handling label"),
        required=False,
        help_text=gettext_lazy("Confidential cases are for those who work on them and for approvers."),
    )
    due_at = instant(pgettext_lazy("case", "Due"))
    summary = lines(pgettext_lazy("case", "Summary"), MAX_SUMMARY, 4, required=False)
    kind = forms.CharField(required=False, widget=forms.HiddenInput)
    target = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        plans = [(plan.id, text_in(plan.name, language)) for plan in templates_here().values()]
        _choices(self, "template", [("", _("nothing")), *plans])
        _choices(self, "label", [("", _("as the template says")), *LABELS.items()])


class CaseForm(forms.Form):
    """A case's own fields."""

    title = forms.CharField(
        label=pgettext_lazy("case", "Title"),
        max_length=MAX_TITLE,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say in a few words what it is about.")},
    )
    state = forms.ChoiceField(label=pgettext_lazy("case", "State"), choices=list(STATES.items()))
    outcome = forms.ChoiceField(
        label=pgettext_lazy("case", "Outcome"),
        required=False,
        choices=[("", "–"), *OUTCOMES.items()],
        help_text=gettext_lazy("Of a closed case."),
    )
    outcome_word = forms.CharField(
        label=pgettext_lazy("case", "What came of it"),
        required=False,
        max_length=MAX_OUTCOME_WORD,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    assignee = forms.ChoiceField(label=pgettext_lazy("case", "In the hands of"), required=False)
    due_at = instant(pgettext_lazy("case", "Due"))
    label = forms.ChoiceField(
        label=gettext_lazy("Handling label"),
        choices=list(LABELS.items()),
        help_text=gettext_lazy("Confidential cases are for those who work on them and for approvers."),
    )
    summary = lines(pgettext_lazy("case", "Summary"), MAX_SUMMARY, 6, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self)


class NoteForm(forms.Form):
    """A note, when that happened of which it tells, and whether it is a finding."""

    text = lines(
        pgettext_lazy("case", "Note"),
        MAX_NOTE,
        3,
        error_messages={"required": gettext_lazy("Write a text.")},
    )
    happened_at = instant(
        gettext_lazy("When it happened"), gettext_lazy("UTC, as 2026-05-31 14:30; left out, it is now")
    )
    finding = forms.BooleanField(label=gettext_lazy("This is a finding"), required=False)


class TaskForm(forms.Form):
    """A task."""

    text = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=MAX_TASK,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say what is to be done.")},
    )
    due_at = instant(pgettext_lazy("case", "Due"))
    assignee = forms.ChoiceField(label=pgettext_lazy("case", "In the hands of"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self)


class EntityForm(forms.Form):
    """A person, vehicle or document, in the columns of its collection."""

    def __init__(self, kind: EntityKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in COLUMNS[kind]:
            if name == "type":
                choices = [("", "–"), *DOCUMENT_KINDS.items()]
                self.fields[name] = forms.ChoiceField(label=FIELDS[name], required=False, choices=choices)
                continue
            self.fields[name] = forms.CharField(
                label=FIELDS[name],
                required=False,
                max_length=MAX_CELL,
                help_text=HELP.get(name, ""),
                widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
            )


class NumberForm(forms.Form):
    """The number of another case."""

    number = forms.CharField(
        label=gettext_lazy("Number of the case"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "known-cases"}),
        error_messages={"required": gettext_lazy("Give the number, for example SI-2026-000123.")},
    )


def _people(form: forms.Form) -> None:
    people = [(each.id, each.display_name) for each in reading.colleagues()]
    _choices(form, "assignee", [("", _("nobody")), *people])


def _choices(form: forms.Form, name: str, choices: list[Any]) -> None:
    found = form.fields[name]
    assert isinstance(found, forms.ChoiceField)  # noqa: S101 - tells the type checker
    found.choices = choices
