"""The inputs of a declared form: one for each coded field, with the declaration's own words."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from comity.kernel.codes.regions import country_in
from comity.kernel.codes.states import STATES
from comity.kernel.errors import ErrorCode
from comity.office.pages.error_words import message_of, remedy_of
from comity.protocol.forms import Field, FieldKind, Form, check_values, text_in

PREFIX: Final = "c_"
"""Of the inputs' names: a field called `text` or `label` must not meet the letter's own."""
_TYPED: Final[dict[str, Any]] = {"autocomplete": "off", "spellcheck": "false"}
_CAPITALS: Final = {**_TYPED, "dir": "ltr", "autocapitalize": "characters"}
_MAX_CHECKED: Final = 4
"""Up to four choices stand side by side; more fold into a list."""
_ATTRIBUTES: Final[Mapping[FieldKind, dict[str, Any]]] = {
    FieldKind.TEXT: {"dir": "auto", "autocomplete": "off"},
    FieldKind.PERSON_NAME: {**_TYPED, "dir": "auto", "maxlength": 200},
    FieldKind.DATE: {**_TYPED, "dir": "ltr", "inputmode": "numeric", "maxlength": 10},
    FieldKind.COUNTRY: {**_TYPED, "dir": "auto", "list": "countries", "maxlength": 80},
    FieldKind.DOCUMENT_NUMBER: {**_CAPITALS, "maxlength": 60},
    FieldKind.PLATE: {**_CAPITALS, "maxlength": 30},
    FieldKind.VIN: {**_CAPITALS, "maxlength": 40},
    FieldKind.NUMBER: {**_TYPED, "dir": "ltr", "inputmode": "numeric", "maxlength": 14},
}


class CodedForm(forms.Form):
    """The coded fields of one declared form; all problems are told at once, each at its field."""

    def __init__(
        self,
        declaration: Form,
        data: MultiValueDict[str, Any] | None = None,
        *,
        ids: Mapping[FieldKind, Sequence[tuple[str, str]]] | None = None,
        **options: Any,
    ) -> None:
        """`ids` gives what a reference may be chosen from, as (id, words)."""
        super().__init__(data, **options)
        self.declaration = declaration
        self.language = get_language() or "en"
        self.values: dict[str, Any] = {}
        for field in declaration.fields:
            self.fields[PREFIX + field.name] = _input(field, self.language, (ids or {}).get(field.kind, ()))

    @property
    def name(self) -> str:
        """The form's name in the reader's language."""
        return text_in(self.declaration.name, self.language)

    @property
    def help(self) -> str:
        """What the form is for, in the reader's language."""
        return text_in(self.declaration.help, self.language) if self.declaration.help else ""

    @property
    def groups(self) -> list[str]:
        """Of each of these groups at least one field is needed; labels in the reader's language."""
        labels = {field.name: text_in(field.label, self.language) for field in self.declaration.fields}
        return [", ".join(labels[name] for name in group) for group in self.declaration.one_of]

    @property
    def countries(self) -> list[tuple[str, str]]:
        """Codes and names to choose from, when a field asks for a country."""
        asks = any(field.kind is FieldKind.COUNTRY for field in self.declaration.fields)
        return list(_countries(self.language)) if asks else []

    def clean(self) -> dict[str, Any]:
        """Check every value by the declaration and keep the wire form in `values`."""
        said = self.cleaned_data
        given = {
            field.name: self._given(field, said.get(PREFIX + field.name)) for field in self.declaration.fields
        }
        checked = check_values(self.declaration, given)
        for problem in checked.problems:
            name = PREFIX + (problem.field or "").removeprefix("fields.")
            text = message_of(problem)
            if problem.code is not ErrorCode.FORM_RANGE:
                text = f"{text} {remedy_of(problem)}"
            else:
                field = next(f for f in self.declaration.fields if PREFIX + f.name == name)
                bounds = {"least": field.least, "most": field.most}
                text = _("Give a number from %(least)d to %(most)d.") % bounds
            self.add_error(name, forms.ValidationError(text, code=str(problem.code)))
        self.values = checked.values
        return said

    def _given(self, field: Field, said: Any) -> Any:
        if field.kind is FieldKind.COUNTRY and isinstance(said, str):
            return _country_code(said, self.language)
        return said


def _input(field: Field, language: str, ids: Sequence[tuple[str, str]]) -> forms.Field:
    widget = _widget(field, language, ids)
    if field.required and not isinstance(widget, forms.CheckboxSelectMultiple):
        widget.attrs["aria-required"] = "true"
    plain = forms.Field if field.many else forms.CharField
    made = plain(
        label=text_in(field.label, language), help_text=_help(field, language), required=False, widget=widget
    )
    made.declared_required = field.required  # type: ignore[attr-defined]  # read by the template
    return made


def _widget(field: Field, language: str, ids: Sequence[tuple[str, str]]) -> forms.Widget:
    if field.choices:
        words = [(choice.code, text_in(choice.label, language)) for choice in field.choices]
        if field.many:
            return forms.CheckboxSelectMultiple(choices=words)
        if len(words) <= _MAX_CHECKED:
            return forms.RadioSelect(choices=words)
        return forms.Select(choices=[("", "–"), *words])
    if ids:
        return forms.Select(choices=[("", "–"), *ids])
    attributes = dict(_ATTRIBUTES.get(field.kind, {**_TYPED, "dir": "ltr", "maxlength": 36}))
    if field.kind is FieldKind.TEXT:
        attributes["maxlength"] = field.longest
    return forms.TextInput(attrs=attributes)


def _help(field: Field, language: str) -> str:
    if field.help:
        return text_in(field.help, language)
    return {
        FieldKind.DATE: _("1960, 1960-05 or 1960-05-03"),
        FieldKind.COUNTRY: _("Name or three letters"),
        FieldKind.NUMBER: _("Give a number from %(least)d to %(most)d.")
        % {"least": field.least, "most": field.most},
    }.get(field.kind, "")


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, country_in(code, language)) for code in STATES), key=lambda item: item[1]))


@cache
def _codes_by_name(language: str) -> dict[str, str]:
    names = {name.casefold(): code for code, name in _countries("en")}
    return names | {name.casefold(): code for code, name in _countries(language)}


def _country_code(said: str, language: str) -> str:
    """Return the code of what was typed: three letters, or a name in the reader's language or English."""
    return _codes_by_name(language).get(said.strip().casefold(), said)
