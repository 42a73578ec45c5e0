"""What is done with forms: a bureau adds its own from a file and takes it away again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, InputError, LimitError, NotFoundError
from comity.kernel.ids import BureauId
from comity.office import runtime
from comity.office.access import Caller, require
from comity.office.forms.models import OwnForm
from comity.office.supervision.journal import record_own
from comity.protocol.forms import Form, declared, form_of, owner_of, read_form, travelling
from comity.rules.decisions import Subject

MAX_OWN_FORMS: Final = 100
"""More are not found in the composer's list; each may take 48 KiB."""


def add_form(caller: Caller | None, source: bytes, at: datetime) -> Form:
    """Add an own form from the text of a file, or put it in place of the one of the same id.

    `caller` None is the operator of the node's machine. Raises `InputError` and `LimitError` (form.…)
    for what is no sound declaration, `InputError` (form.id) for an id that is not `OWN-BUREAU:name`,
    `LimitError` (form.too_many), `NotFoundError` (access.not_found).
    """
    bureau = runtime.home().bureau
    if caller is not None:
        require(caller, Action.FORM_MANAGE, Subject(owner=bureau), at)
    form = read_own(source, bureau)
    with transaction.atomic():
        others = OwnForm.objects.exclude(form_id=form.id)
        if others.count() >= MAX_OWN_FORMS:
            raise LimitError(ErrorCode.FORM_TOO_MANY)
        OwnForm.objects.update_or_create(
            bureau=bureau,
            form_id=form.id,
            defaults={
                "declaration": travelling(form),
                "added_by": "" if caller is None else caller.officer,
                "added_at": at,
            },
        )
        _journal(caller, form.id, at, added=True)
    return form


def remove_form(caller: Caller | None, form_id: str, at: datetime) -> None:
    """Offer an own form no longer; messages written with it keep their declaration.

    Raises `NotFoundError` (form.unknown, access.not_found).
    """
    bureau = runtime.home().bureau
    if caller is not None:
        require(caller, Action.FORM_MANAGE, Subject(owner=bureau), at, about=f"form:{form_id[:50]}")
    with transaction.atomic():
        gone, _ = OwnForm.objects.filter(form_id=form_id).delete()
        if not gone:
            raise NotFoundError(ErrorCode.FORM_UNKNOWN, field="form")
        _journal(caller, form_id, at, added=False)


def read_own(source: bytes, bureau: BureauId) -> Form:
    """Return the form of a file that `bureau` may call its own; raises as `add_form`."""
    form = read_form(source)
    if owner_of(form.id) != bureau:
        raise InputError(
            ErrorCode.FORM_ID, field="id", remedy=f"Begin the id with {bureau}: and a name in small letters."
        )
    return form


def forms_here() -> Mapping[str, Form]:
    """Return every form in which this bureau can write, the product's first, by id."""
    own = OwnForm.objects.order_by("form_id").values_list("declaration", flat=True)
    return {**declared(), **{form.id: form for form in map(form_of, own)}}


def form_named(form_id: str) -> Form:
    """Return a form in which this bureau can write; raises `InputError` (form.unknown)."""
    product = declared().get(form_id)
    if product is not None:
        return product
    row = OwnForm.objects.filter(form_id=form_id[:50]).first()
    if row is None:
        raise InputError(ErrorCode.FORM_UNKNOWN, field="form")
    return form_of(row.declaration)


def form_to_show(form_id: str, definition: dict[str, Any] | None) -> Form | None:
    """Return the declaration by which a stored message is shown; None where there is none.

    What a message brought was checked when it was taken in.
    """
    return declared().get(form_id) if definition is None else form_of(definition)


def _journal(caller: Caller | None, form_id: str, at: datetime, *, added: bool) -> None:
    record_own(
        Action.FORM_MANAGE,
        f"form:{form_id}",
        at,
        {"added": added},
        officer=caller.officer if caller else None,
    )
