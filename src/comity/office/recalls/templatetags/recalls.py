"""What became of messages, in templates: a few looks into the database for a whole thread."""

from typing import Any

from django import template

from comity.office.recalls.showing import After
from comity.office.recalls.showing import after_sending as found

register = template.Library()


@register.simple_tag
def after_sending(thread: Any) -> dict[str, After]:
    """Return what became of a thread's messages, by message."""
    return found(thread)
