"""Templates of cases: the product's, and a bureau's own from a file, as own forms are."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

import msgspec
from django.db import transaction
from msgspec import Meta

from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.errors import ErrorCode, InputError, LimitError, NotFoundError
from comity.office import runtime
from comity.office.access import Caller, require
from comity.office.cases.limits import MAX_OWN_TEMPLATES, MAX_TASK
from comity.office.cases.models import OwnTemplate
from comity.office.supervision.journal import record_own
from comity.rules.decisions import Subject

MAX_TEMPLATE_BYTES: Final = 32 * 1024
"""Thirty tasks in five languages take half of it."""
MAX_TASKS: Final = 30
MAX_HOURS: Final = 24 * 366
_ID: Final = re.compile(r"(?:(SEC|[A-Z]{2}):)?[a-z][a-z0-9_]{1,39}")
_SHIPPED: Final = files(__package__).joinpath("declared")

Words = Annotated[dict[str, Annotated[str, Meta(min_length=1, max_length=MAX_TASK)]], Meta(min_length=1)]
Hours = Annotated[int, Meta(ge=0, le=MAX_HOURS)]
"""Counted from the opening; 0 means no day is set."""


class TemplateTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One task that a new case gets."""

    words: Words
    due_hours: Hours = 0


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new case begins with."""

    id: Annotated[str, Meta(max_length=50)]
    name: Words
    label: HandlingLabel = HandlingLabel.OFFICIAL
    due_hours: Hours = 0
    tasks: Annotated[list[TemplateTask], Meta(max_length=MAX_TASKS)] = []


@cache
def shipped() -> Mapping[str, Template]:
    """Return the product's templates by id."""
    found = [read_template(file.read_bytes()) for file in _SHIPPED.iterdir() if file.name.endswith(".toml")]
    return {template.id: template for template in sorted(found, key=lambda each: each.id)}


def templates_here() -> Mapping[str, Template]:
    """Return every template after which this bureau can open a case, by id."""
    own = OwnTemplate.objects.order_by("template_id").values_list("declaration", flat=True)
    return {**shipped(), **{plan.id: plan for plan in (msgspec.convert(row, Template) for row in own)}}


def template_named(template_id: str) -> Template:
    """Return a template by its id; raises `InputError` (case.template)."""
    found = templates_here().get(template_id)
    if found is None:
        raise InputError(ErrorCode.CASE_TEMPLATE, field="template", remedy="Choose one of the list.")
    return found


def read_template(source: bytes) -> Template:
    """Return the template that a TOML file declares; raises `InputError` (case.template) with the place."""
    if len(source) > MAX_TEMPLATE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY, field="template")
    try:
        template = msgspec.convert(tomllib.loads(source.decode("utf-8-sig")), Template)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        remedy = f"Correct the file: {str(error)[:150]}"
        raise InputError(ErrorCode.CASE_TEMPLATE, field="template", remedy=remedy) from None
    if _ID.fullmatch(template.id) is None:
        raise InputError(ErrorCode.CASE_TEMPLATE, field="id", remedy="Small letters, digits and _ only.")
    if any("en" not in words for words in (template.name, *(task.words for task in template.tasks))):
        raise InputError(ErrorCode.CASE_TEMPLATE, field="en", remedy="Say everything in English, too.")
    return template


def add_template(caller: Caller | None, source: bytes, at: datetime) -> Template:
    """Add an own template from the text of a file, or put it in place of the one of the same id.

    `caller` None is the operator of the node's machine. Raises what `read_template` raises, `InputError`
    (case.template) for an id that is not `OWN-BUREAU:name`, `LimitError` (limit.rows), `NotFoundError`.
    """
    bureau = runtime.home().bureau
    if caller is not None:
        require(caller, Action.FORM_MANAGE, Subject(owner=bureau), at)
    template = read_template(source)
    if not template.id.startswith(f"{bureau}:"):
        remedy = f"Begin the id with {bureau}: and a name in small letters."
        raise InputError(ErrorCode.CASE_TEMPLATE, field="id", remedy=remedy)
    with transaction.atomic():
        if OwnTemplate.objects.exclude(template_id=template.id).count() >= MAX_OWN_TEMPLATES:
            raise LimitError(ErrorCode.LIMIT_ROWS)
        declaration: dict[str, Any] = msgspec.to_builtins(template)
        OwnTemplate.objects.update_or_create(
            bureau=bureau,
            template_id=template.id,
            defaults={
                "declaration": declaration,
                "added_by": "" if caller is None else caller.officer,
                "added_at": at,
            },
        )
        _journal(caller, template.id, at, added=True)
    return template


def remove_template(caller: Caller | None, template_id: str, at: datetime) -> None:
    """Offer an own template no longer; cases that were opened after it stay as they are."""
    bureau = runtime.home().bureau
    if caller is not None:
        require(caller, Action.FORM_MANAGE, Subject(owner=bureau), at, about=f"template:{template_id[:50]}")
    with transaction.atomic():
        gone, _ = OwnTemplate.objects.filter(template_id=template_id).delete()
        if not gone:
            raise NotFoundError(
                ErrorCode.CASE_TEMPLATE, field="template", remedy="See the list of templates."
            )
        _journal(caller, template_id, at, added=False)


def _journal(caller: Caller | None, template_id: str, at: datetime, *, added: bool) -> None:
    officer = caller.officer if caller else None
    record_own(Action.FORM_MANAGE, f"template:{template_id}", at, {"added": added}, officer=officer)
