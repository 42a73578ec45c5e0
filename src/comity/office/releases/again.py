"""A refused message goes back into the form in which it was written, to be corrected and handed in again."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from comity.kernel.errors import ErrorCode, NotFoundError
from comity.office.access import Caller
from comity.office.messages.coded_inputs import PREFIX
from comity.office.releases.content import Content
from comity.office.releases.models import Submission
from comity.office.releases.services import refused

AGAIN = "again"
"""Name of the input that carries the id of the refused submission."""


def address_of(caller: Caller, submission_id: str) -> str:
    """Return where a refused message is corrected; raises as `services.refused`."""
    submission = refused(caller, submission_id)
    content = msgspec.convert(submission.content, Content)
    query = urlencode({AGAIN: submission.submission_id})
    if content.opens:
        return f"{reverse('compose')}?{query}"
    return f"{reverse('thread', args=[content.thread_id])}?{query}#reply"


def said_in(request: HttpRequest, caller: Caller) -> MultiValueDict[str, Any] | None:
    """Return what a form was sent with, or what it begins with when a refused message is corrected in it."""
    if request.method == "POST":
        return request.POST
    named = request.GET.get(AGAIN, "")
    return None if not named else _said_before(refused(caller, _id(named)))


def _said_before(submission: Submission) -> MultiValueDict[str, Any]:
    """Return a refused message as its form would send it, marked as being edited."""
    content = msgspec.convert(submission.content, Content)
    several = len(content.recipients) > 1
    said: dict[str, list[str]] = {
        AGAIN: [submission.submission_id],
        "edit": ["1"],
        "form": [content.form],
        "subject": [content.subject],
        "text": [content.text],
        "priority": [content.priority],
        "label": [content.label],
        "attachments": [one.attachment_id for one in content.attachments],
        "reach": ["several" if several else "one"],
        "recipients" if several else "recipient": list(content.recipients),
        "to": ["all" if several else "sender"],
    }
    if content.show_recipients:
        said["show_recipients"] = ["on"]
    for name, value in content.fields.items():
        said[PREFIX + name] = [str(one) for one in (value if isinstance(value, list) else [value])]
    return MultiValueDict(said)


def _id(named: str) -> str:
    try:
        return str(UUID(named))
    except ValueError:
        raise NotFoundError(ErrorCode.APPROVAL_NOT_FOUND) from None
