"""Every rule that a declaration keeps, whoever wrote it: it may come from a hostile bureau's message."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sized
from typing import Final

import msgspec

from comity.kernel.errors import ErrorCode, InputError, LimitError
from comity.protocol.forms.shapes import (
    ANY_FORM,
    CHOICE_CODE,
    FIELD_NAME,
    FORM_ID,
    LANGUAGE_CODE,
    MAX_CHOICES,
    MAX_DEFINITION_BYTES,
    MAX_FIELDS,
    MAX_HELP,
    MAX_LABEL,
    MAX_LANGUAGES,
    Field,
    FieldKind,
    Form,
    Texts,
)

MAX_TEXT_FIELD: Final = 500
"""What is longer is free text and belongs below the form."""
MAX_NUMBER: Final = 10**12
MAX_GROUPS: Final = 10
MAX_ANSWERED: Final = 20
MAX_MARKS: Final = 3
"""Marks on one letter: Vietnamese and vocalised Arabic use two; more hide what stands around them."""
_CHOOSING: Final = frozenset({FieldKind.CHOICE, FieldKind.YES_NO})
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and the scripts of India cannot be written without these two signs of category Cf."""
_FORBIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control and format signs (among them every one that turns the direction of writing), unassigned ones."""
_MARKUP: Final = re.compile(r"[<>]|&#?\w{1,30};|javascript:", re.IGNORECASE)


def check_form(form: Form) -> None:
    """Raise unless a declaration can be shown safely and filled in.

    `LimitError` (form.too_large); `InputError` form.id, form.malformed, form.duplicate, form.text,
    form.language, form.too_many. `field` names the place.
    """
    if len(msgspec.json.encode(form)) > MAX_DEFINITION_BYTES:
        raise LimitError(ErrorCode.FORM_TOO_LARGE)
    if FORM_ID.fullmatch(form.id) is None:
        raise InputError(ErrorCode.FORM_ID, field="id")
    _check_texts(form.name, "name", MAX_LABEL)
    _check_help(form.help, "help")
    _few(form.fields, MAX_FIELDS, "fields")
    _distinct((field.name for field in form.fields), "fields", "name")
    for place, field in enumerate(form.fields):
        _check_field(field, f"fields[{place}]")
    _check_links(form)


def is_plain(text: str) -> bool:
    """Tell whether `text` is what it looks like: no markup, no hidden signs, nothing turned round."""
    if unicodedata.normalize("NFC", text) != text or _MARKUP.search(text):
        return False
    if any(unicodedata.category(sign) in _FORBIDDEN and sign not in _JOINERS for sign in text):
        return False
    return re.search(r"\S", text) is not None and not _piled(text)


def _piled(text: str) -> bool:
    run = 0
    for sign in text:
        run = run + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        if run > MAX_MARKS:
            return True
    return False


def _check_field(field: Field, place: str) -> None:
    if FIELD_NAME.fullmatch(field.name) is None:
        raise InputError(ErrorCode.FORM_MALFORMED, field=f"{place}.name")
    _check_texts(field.label, f"{place}.label", MAX_LABEL)
    _check_help(field.help, f"{place}.help")
    _check_choices(field, place)
    wrong = _first_wrong(field)
    if wrong:
        raise InputError(ErrorCode.FORM_MALFORMED, field=f"{place}.{wrong}")


def _first_wrong(field: Field) -> str:
    """Return the name of a setting that does not go with the field's kind or is out of range."""
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("many", lambda: not field.many or field.kind is FieldKind.CHOICE),
        ("longest", lambda: 1 <= field.longest <= MAX_TEXT_FIELD),
        ("least", lambda: -MAX_NUMBER <= field.least <= field.most),
        ("most", lambda: field.most <= MAX_NUMBER),
    )
    return next((name for name, holds in rules if not holds()), "")


def _check_choices(field: Field, place: str) -> None:
    if bool(field.choices) != (field.kind in _CHOOSING):
        raise InputError(ErrorCode.FORM_MALFORMED, field=f"{place}.choices")
    _few(field.choices, MAX_CHOICES, f"{place}.choices")
    _distinct((choice.code for choice in field.choices), f"{place}.choices", "code")
    for number, choice in enumerate(field.choices):
        if CHOICE_CODE.fullmatch(choice.code) is None:
            raise InputError(ErrorCode.FORM_MALFORMED, field=f"{place}.choices[{number}].code")
        _check_texts(choice.label, f"{place}.choices[{number}].label", MAX_LABEL)
    if field.kind is FieldKind.YES_NO and [c.code for c in field.choices] != ["yes", "no", "unknown"]:
        raise InputError(ErrorCode.FORM_MALFORMED, field=f"{place}.choices")


def _check_links(form: Form) -> None:
    names = {field.name for field in form.fields}
    _few(form.one_of, MAX_GROUPS, "one_of")
    for place, group in enumerate(form.one_of):
        if not group or len(set(group)) != len(group) or not set(group) <= names:
            raise InputError(ErrorCode.FORM_MALFORMED, field=f"one_of[{place}]")
    _few(form.answers, MAX_ANSWERED, "answers")
    for place, answered in enumerate(form.answers):
        if answered != ANY_FORM and FORM_ID.fullmatch(answered) is None:
            raise InputError(ErrorCode.FORM_ID, field=f"answers[{place}]")


def _check_help(texts: Texts, place: str) -> None:
    if texts:
        _check_texts(texts, place, MAX_HELP)


def _check_texts(texts: Texts, place: str, longest: int) -> None:
    if "en" not in texts:
        raise InputError(ErrorCode.FORM_LANGUAGE, field=place)
    _few(texts, MAX_LANGUAGES, place)
    for language, text in texts.items():
        if LANGUAGE_CODE.fullmatch(language) is None:
            raise InputError(ErrorCode.FORM_LANGUAGE, field=place)
        if len(text) > longest:
            raise InputError(ErrorCode.INPUT_TOO_LONG, field=f"{place}.{language}")
        if not is_plain(text):
            raise InputError(ErrorCode.FORM_TEXT, field=f"{place}.{language}")


def _few(things: Sized, most: int, place: str) -> None:
    if len(things) > most:
        raise InputError(ErrorCode.FORM_TOO_MANY, field=place)


def _distinct(names: Iterable[str], place: str, what: str) -> None:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            raise InputError(ErrorCode.FORM_DUPLICATE, field=f"{place}[{number}].{what}")
        seen.add(name)
