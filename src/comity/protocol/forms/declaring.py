"""From a file to a declaration: short hands written out, then every rule of `checking`.

A file is TOML or JSON. In it a field may say `use = "birth_date"` for a shared field and `list = "sex"`
for a shared list, and write choices as a table of code → words. What travels has all of it in full.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from comity.kernel.errors import ErrorCode, InputError, LimitError
from comity.protocol.forms.checking import check_form
from comity.protocol.forms.shapes import MAX_DEFINITION_BYTES, FieldKind, Form

MAX_SOURCE_BYTES: Final = 2 * MAX_DEFINITION_BYTES
"""A file has comments and blanks that do not travel."""
_SHARED: Final = files(__package__).joinpath("declared")


def read_form(source: bytes) -> Form:
    """Return the form that a TOML or JSON file declares.

    Raises `LimitError` (form.too_large), `InputError` (form.malformed, and what `check_form` raises).
    """
    if len(source) > MAX_SOURCE_BYTES:
        raise LimitError(ErrorCode.FORM_TOO_LARGE)
    return form_of(_tree(source))


def form_of(tree: dict[str, Any]) -> Form:
    """Return the checked form of a tree of JSON types; raises as `read_form`."""
    try:
        form = msgspec.convert(_written_out(tree), Form)
    except msgspec.ValidationError as error:
        raise InputError(ErrorCode.FORM_MALFORMED, field=_place(error), remedy=str(error)[:200]) from None
    check_form(form)
    return form


def travelling(form: Form) -> dict[str, Any]:
    """Return a form as it travels in a message and stands in the database."""
    plain: dict[str, Any] = msgspec.to_builtins(form)
    return plain


def _tree(source: bytes) -> dict[str, Any]:
    try:
        text = source.decode("utf-8-sig")
        tree = msgspec.json.decode(text) if text.lstrip()[:1] == "{" else tomllib.loads(text)
    except (UnicodeDecodeError, msgspec.DecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(ErrorCode.FORM_MALFORMED, remedy=f"Correct the file: {str(error)[:150]}") from None
    if not isinstance(tree, dict):
        raise InputError(ErrorCode.FORM_MALFORMED)
    return tree


@cache
def _shared(name: str) -> dict[str, Any]:
    return tomllib.loads(_SHARED.joinpath(f"_{name}.toml").read_text("utf-8"))


def _written_out(tree: dict[str, Any]) -> dict[str, Any]:
    fields = tree.get("fields", [])
    if not isinstance(fields, list):
        return tree
    return {**tree, "fields": [_field(field, place) for place, field in enumerate(fields)]}


def _field(field: Any, place: int) -> Any:
    if not isinstance(field, dict):
        return field
    written = dict(field)
    used = written.pop("use", None)
    if used is not None:
        written = {"name": used, **_found("fields", used, f"fields[{place}].use"), **written}
    listed = written.pop("list", None)
    if listed is None and written.get("kind") == FieldKind.YES_NO:
        listed = "yes_no"
    if listed is not None and "choices" not in written:
        written["choices"] = _found("lists", listed, f"fields[{place}].list")
    if isinstance(written.get("choices"), dict):
        written["choices"] = [{"code": code, "label": label} for code, label in written["choices"].items()]
    return written


def _found(shelf: str, name: Any, place: str) -> dict[str, Any]:
    found = _shared(shelf).get(name) if isinstance(name, str) else None
    if found is None:
        raise InputError(
            ErrorCode.FORM_MALFORMED, field=place, remedy=f"Known are: {', '.join(sorted(_shared(shelf)))}."
        )
    return dict(found)


def _place(error: msgspec.ValidationError) -> str | None:
    _, found, path = str(error).rpartition(" - at `$")
    return path.rstrip("`").lstrip(".") or None if found else None
