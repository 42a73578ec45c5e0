"""Template tags: the files of a message, and the field with which files are attached."""

from typing import Any, Final

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from comity.office.attachments.lines import AttachmentLine, line_of, lines_of
from comity.office.attachments.models import Attachment
from comity.rules.attachments import MAX_FILES

register = template.Library()

_UNITS: Final = ("kB", "MB", "GB")
_THOUSAND: Final = 1000
_EXACT_BELOW: Final = 10


@register.filter
def bytes_long(size: int) -> str:
    """Return a size as people say it: 812 bytes, 4.2 MB."""
    if size < _THOUSAND:
        return _("%(n)s bytes") % {"n": size}
    value, unit = float(size), ""
    for unit in _UNITS:  # noqa: B007 - the last one counts
        value /= _THOUSAND
        if value < _THOUSAND:
            break
    return f"{number_format(value, 1 if value < _EXACT_BELOW else 0)} {unit}"


@register.inclusion_tag("attachments/list.html")
def files_of(message: Any) -> dict[str, Any]:
    """Show the files of one message; asks nothing where there are none."""
    if not message.attachments:
        return {"files": []}
    found: list[AttachmentLine] = lines_of([message.message_id]).get(message.message_id, [])
    return {"files": found}


@register.inclusion_tag("attachments/field.html", takes_context=True)
def attach_field(context: dict[str, Any]) -> dict[str, Any]:
    """Show the field for files, with those that the view names as `attached`."""
    attached: list[Attachment] = context.get("attached", [])
    return {
        "attached": [line_of(one) for one in attached],
        "csrf_token": context.get("csrf_token"),
        "most": MAX_FILES,
    }
