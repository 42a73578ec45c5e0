"""What was wrong with a form, in one shape: a summary on top that links to the fields, the fields too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms

from comity.kernel.errors import (
    ComityError,
    ConflictError,
    InputError,
    LimitError,
    TrustError,
    UnavailableError,
)
from comity.office.pages.error_words import message_of, remedy_of

SHOWN_ON_THE_FORM = (InputError, ConflictError, LimitError, TrustError, UnavailableError)
"""What a person at a form can do something about; anything else is an error page."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that was wrong; `target` is the id of the field, empty when it concerns none."""

    message: str
    label: str = ""
    target: str = ""
    remedy: str = ""
    code: str = ""


def problems_of(form: forms.Form) -> list[Problem]:
    """Return what Django's own checks and `refuse` found, in the order of the fields."""
    found = [Problem(str(error)) for error in form.non_field_errors()]
    for field in form:
        found += [Problem(str(error), str(field.label), field.id_for_label) for error in field.errors]
    return found + list(getattr(form, "refusals", ()))


def refuse(
    form: forms.Form, error: ComityError, names: Mapping[str, str] | None = None, drop: Iterable[str] = ()
) -> None:
    """Write a refusal by a service into the form, at its field where the form has one.

    `names` maps the service's field names to the form's; prefixes in `drop` are taken off first.
    """
    path = error.field or ""
    for prefix in drop:
        path = path.removeprefix(prefix)
    name = (names or {}).get(path, path).split("[", 1)[0].split(".", 1)[0]
    message = f"{message_of(error)} {remedy_of(error)}"
    if name in form.fields:
        form.add_error(name, forms.ValidationError(f"{message} ({error.code})", code=str(error.code)))
        return
    refusals = [*getattr(form, "refusals", ()), problem_of(error)]
    form.refusals = refusals  # type: ignore[attr-defined]  # read by `problems_of`


def problem_of(error: ComityError) -> Problem:
    """Return a refusal that belongs to no field."""
    return Problem(message_of(error), label=error.field or "", remedy=remedy_of(error), code=str(error.code))
