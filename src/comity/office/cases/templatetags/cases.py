"""Cases in templates: words, days, and the case beside a thread or a hit; one question for a whole list."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.template import Context

from comity.kernel.codes import Action
from comity.office import runtime
from comity.office.access import Caller, could
from comity.office.cases import showing
from comity.office.cases.models import CaseItem, ItemKind
from comity.office.cases.words import VOCABULARIES
from comity.office.pages.templatetags.comity import span
from comity.office.pages.words import word

register = template.Library()


@register.filter
def case_word(code: object, vocabulary: str) -> str:
    """Return the words for `code` out of one of `words.VOCABULARIES`."""
    return word(VOCABULARIES[vocabulary], code)


@register.filter
def named(names: Mapping[str, str], officer: str) -> str:
    """Return the name of an account; of one that is gone, the end of its id."""
    return names.get(officer) or officer[-8:]


@register.inclusion_tag("cases/due.html")
def due_clock(due: datetime | None) -> Mapping[str, Any]:
    """Show how long is left until `due`, or how long ago it was."""
    if due is None:
        return {"due": None}
    left = due - runtime.clock().now()
    late = left.total_seconds() < 0
    return {"due": due, "late": late, "span": span(-left if late else left)}


@register.simple_tag(takes_context=True)
def case_numbers(context: Context, lines: Iterable[Any]) -> dict[str, CaseItem]:
    """Return the cases in which the threads of a list stand, by thread."""
    caller = _reader(context)
    if caller is None:
        return {}
    return showing.numbers_of(caller, ItemKind.THREAD, [line.thread_id for line in lines])


@register.simple_tag(takes_context=True)
def case_beside(context: Context, kind: str, target: str) -> showing.Beside | None:
    """Return the case in which a thread or a hit stands, or those to which it may be added."""
    caller = _reader(context)
    return None if caller is None else showing.beside(caller, ItemKind(kind), target)


def _reader(context: Context) -> Caller | None:
    caller: Caller | None = context["frame"].caller
    return caller if caller and could(caller, Action.CASE_LIST, runtime.clock().now()) else None
