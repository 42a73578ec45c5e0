"""Forms from the command line. All but `inspect` are called where the office is open."""

from datetime import datetime
from typing import Any

import msgspec

from comity.cli.callers import caller_or_machine
from comity.protocol.forms import LANGUAGES, Form, declared, read_form, travelling


class FormLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `forms list`."""

    id: str
    name: str
    priority: str
    clock: str
    fields: int
    own: bool


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What `forms check` found in a sound file."""

    id: str
    fields: int
    bytes: int
    """What the declaration adds to each message, before compression or sealing."""
    untranslated: dict[str, int]
    """Texts that readers of a language will see in English, by language."""


def inspect(source: bytes) -> Inspection:
    """Return what stands in a file; raises `InputError` and `LimitError` (form.…) with the place."""
    form = read_form(source)
    plain = travelling(form)
    texts = list(_texts(plain))
    lacking = {language: sum(language not in text for text in texts) for language in LANGUAGES}
    return Inspection(
        id=form.id,
        fields=len(form.fields),
        bytes=len(msgspec.json.encode(plain)),
        untranslated={language: number for language, number in lacking.items() if number},
    )


def add(username: str, source: bytes, at: datetime) -> Form:
    """Add an own form; raises as `office.forms.services.add_form`."""
    from comity.office.forms.services import add_form

    return add_form(caller_or_machine(username), source, at)


def remove(username: str, form_id: str, at: datetime) -> None:
    """Offer an own form no longer."""
    from comity.office.forms.services import remove_form

    remove_form(caller_or_machine(username), form_id, at)


def list_forms(language: str) -> list[FormLine]:
    """Return every form in which the open office's bureau can write."""
    from comity.office.forms.services import forms_here
    from comity.protocol.forms import text_in

    return [
        FormLine(
            id=form.id,
            name=text_in(form.name, language),
            priority=form.priority,
            clock=form.clock,
            fields=len(form.fields),
            own=form.id not in declared(),
        )
        for form in forms_here().values()
    ]


def show(form_id: str) -> Form:
    """Return one form; raises `InputError` (form.unknown)."""
    from comity.office.forms.services import form_named

    return form_named(form_id)


def _texts(tree: Any) -> "list[dict[str, str]]":
    if isinstance(tree, list):
        return [text for part in tree for text in _texts(part)]
    if not isinstance(tree, dict):
        return []
    if isinstance(tree.get("en"), str):
        return [tree]
    return [text for part in tree.values() for text in _texts(part)]
