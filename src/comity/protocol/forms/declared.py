"""The forms that every node knows, and how forms find one another."""

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId
from comity.protocol.forms.declaring import form_of, read_form
from comity.protocol.forms.shapes import ANY_FORM, FORM_ID, Form

ORDER = (
    "free_text", "identity_check", "vehicle_check", "document_check", "information_request",
    "criminal_record", "hit_confirmation", "hit_confirmation_answer", "missing_person", "prison_transfer",
    "answer", "chaser", "cancellation", "correction",
)  # fmt: skip
"""As a desk needs them, the most used first."""


@cache
def declared() -> Mapping[str, Form]:
    """Return the product's own forms by id, in the order of `ORDER`."""
    folder = files(__package__).joinpath("declared")
    forms = (read_form(folder.joinpath(f"{name}.toml").read_bytes()) for name in ORDER)
    return MappingProxyType({form.id: form for form in forms})


def owner_of(form_id: str) -> BureauId | None:
    """Return the bureau whose own form this is; None for the product's.

    Raises `InputError` (form.id) for what cannot be a form's id.
    """
    found = FORM_ID.fullmatch(form_id)
    if found is None:
        raise InputError(ErrorCode.FORM_ID, field="form")
    return BureauId(found[1]) if found[1] else None


def answers_to(form: Form, others: Collection[Form]) -> list[Form]:
    """Return those of `others` that answer `form`: made for it, then for anything, free text last."""
    made_for = [other for other in others if form.id in other.answers]
    general = [other for other in others if ANY_FORM in other.answers and other not in made_for]
    return made_for + sorted(general, key=lambda other: not other.fields)


def form_received(form_id: str, definition: dict[str, Any] | None, sender: BureauId) -> Form | None:
    """Return the declaration by which a received message is shown; None where its form is not known here.

    A definition that travels with a message must be sound and the sender's own: nobody gives another
    bureau's form or the product's another meaning. Raises `InputError` or `LimitError` (form.…).
    """
    owner = owner_of(form_id)
    if definition is None:
        if owner is not None:
            raise InputError(ErrorCode.FORM_MALFORMED, field="form_definition")
        return declared().get(form_id)
    if owner != sender:
        raise InputError(ErrorCode.FORM_ID, field="form")
    form = form_of(definition)
    if form.id != form_id:
        raise InputError(ErrorCode.FORM_ID, field="form_definition.id")
    return form
