"""Cases from the command line; called where the office is open."""

from datetime import datetime
from typing import Any

import msgspec

from comity.cli.callers import caller_named, caller_or_machine
from comity.kernel.codes import Action


def list_cases(username: str, state: str, at: datetime) -> list[dict[str, Any]]:
    """Return the cases that an account may read, the newest first."""
    from comity.office.access import require
    from comity.office.cases import reading
    from comity.office.cases.api import line_of
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.CASE_LIST, Subject(owner=caller.bureau), at)
    rows = reading.readable(caller).select_related("merged_into").order_by("-id")
    if state:
        rows = rows.filter(state=state)
    return [msgspec.to_builtins(line_of(row)) for row in rows[:200]]


def show(username: str, number: str, at: datetime) -> dict[str, Any]:
    """Return one case by its number with what is in it; that it was read is noted."""
    from comity.office.cases import reading
    from comity.office.cases.api import answer_of

    caller = caller_named(username)
    found = reading.case_numbered(caller, number)
    case = reading.own_case(caller, found.case_id, Action.CASE_VIEW, at)
    reading.note_reading(caller, case, at)
    shown: dict[str, Any] = msgspec.to_builtins(answer_of(case))
    return shown


def templates(language: str) -> list[dict[str, Any]]:
    """Return the templates after which the open office's bureau can open a case."""
    from comity.office.cases.templates import shipped, templates_here
    from comity.protocol.forms import text_in

    return [
        {
            "id": plan.id,
            "name": text_in(plan.name, language),
            "label": str(plan.label),
            "tasks": len(plan.tasks),
            "own": plan.id not in shipped(),
        }
        for plan in templates_here().values()
    ]


def add_template(username: str, source: bytes, at: datetime) -> str:
    """Add an own template; raises as `office.cases.templates.add_template`."""
    from comity.office.cases import templates

    return templates.add_template(caller_or_machine(username), source, at).id


def remove_template(username: str, template_id: str, at: datetime) -> None:
    """Offer an own template no longer."""
    from comity.office.cases import templates

    templates.remove_template(caller_or_machine(username), template_id, at)
