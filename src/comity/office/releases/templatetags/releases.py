"""A message that waits, shown as its recipients will see it."""

from dataclasses import dataclass
from typing import Any

from django import template

from comity.kernel.codes import MessageForm
from comity.office.approvals.models import Approval
from comity.office.messages.letters import Coded, coded_of, form_name
from comity.office.pages.approval_words import GROUNDS
from comity.office.pages.words import word
from comity.office.releases.services import SUBJECT

register = template.Library()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recipient reads, in the language of who looks."""

    form_name: str
    coded: list[Coded]


@register.simple_tag
def preview(content: dict[str, Any]) -> Preview:
    """Return form and coded fields of a content in words."""
    form, definition = content["form"], content["form_definition"]
    name = "" if form == MessageForm.FREE_TEXT else form_name(form, definition)
    return Preview(name, coded_of(form, content["fields"], definition))


@register.filter
def submission_id(approval: Approval) -> str:
    """Return the id of what was handed in."""
    return approval.subject.removeprefix(SUBJECT)


@register.filter
def grounds(reason: str) -> str:
    """Return why a second person is needed, in words."""
    return "; ".join(word(GROUNDS, code) for code in reason.split())
