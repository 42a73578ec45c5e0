"""Coded fields in the reader's own language: no translator between two desks.

What a message holds that its declaration does not know, or in a form it does not allow, is shown as it
is and marked: nothing that was sent is hidden, and nothing of it is trusted.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from comity.kernel.codes.regions import country_in
from comity.kernel.errors import InputError
from comity.matching.names import normalise
from comity.protocol.forms.shapes import Field, FieldKind, Form, text_in
from comity.protocol.forms.values import value_of


class ShownField(NamedTuple):
    """One line of a message as its reader sees it."""

    name: str
    label: str
    value: str
    kind: FieldKind | None
    """None: the declaration does not know this field, or the value does not fit it."""
    note: str = ""
    """The Latin reading of a name in another script."""


def shown(form: Form | None, values: Mapping[str, Any], language: str) -> list[ShownField]:
    """Return the fields of a message in the order of its form, words in `language`."""
    if form is None:
        return [ShownField(name, name, _plain(value), None) for name, value in values.items()]
    lines = [_line(field, values[field.name], language) for field in form.fields if field.name in values]
    known = {field.name for field in form.fields}
    return lines + [ShownField(n, n, _plain(v), None) for n, v in values.items() if n not in known]


def _line(field: Field, given: Any, language: str) -> ShownField:
    label = text_in(field.label, language)
    try:
        value = value_of(field, given)
    except InputError:
        value = None
    if value is None:
        return ShownField(field.name, label, _plain(given), None)
    if field.kind is FieldKind.PERSON_NAME:
        return ShownField(field.name, label, value["name"], field.kind, _reading(value))
    return ShownField(field.name, label, _words(field, value, language), field.kind)


def _words(field: Field, value: Any, language: str) -> str:
    if field.choices:
        words = {choice.code: text_in(choice.label, language) for choice in field.choices}
        codes = value if isinstance(value, list) else [value]
        return " · ".join(words[code] for code in codes)
    if field.kind is FieldKind.COUNTRY:
        return f"{country_in(value, language)} ({value})"
    return str(value)


def _reading(name: Mapping[str, str]) -> str:
    if name["script"] == "Latn":
        return ""
    try:
        return " ".join(normalise(name["name"]).tokens).title()
    except InputError:
        return ""


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)
    return str(value)
