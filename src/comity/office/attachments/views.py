"""Pages of files: a safe picture, the original behind a journaled click, parts from the page's script."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from comity.kernel.codes import Action
from comity.kernel.errors import ComityError, ErrorCode, LimitError
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.attachments import previews, services
from comity.office.attachments.api import AttachmentDraft, upload_answer
from comity.office.attachments.downloads import download
from comity.office.attachments.lines import line_of
from comity.office.attachments.models import Attachment, AttachmentState
from comity.office.bodies import decode
from comity.office.messages.models import Message
from comity.office.pages.error_words import message_of, remedy_of
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problem_of
from comity.office.responses import json_response
from comity.protocol.attachments import PART_BYTES

MAX_DRAFT_BYTES: Final = 4096
"""A name and a size."""
JsonView = Callable[..., Any]


def in_json(view: JsonView) -> JsonView:
    """Answer a script of the page: what the view gives, and refusals too, as JSON."""

    @wraps(view)
    def answering(request: HttpRequest, caller: Caller, **values: Any) -> HttpResponse:
        try:
            return json_response(view(request, caller, **values))
        except ComityError as error:
            words = {"message": message_of(error), "remedy": remedy_of(error)}
            return json_response({"error": {**error.public()["error"], **words}}, error.status)

    return answering


@require_GET
@page(Action.ATTACHMENT_VIEW)
def attachment(request: HttpRequest, caller: Caller, attachment_id: UUID) -> HttpResponse:
    """Show one file: what is known of it, a safe picture, the way to the original."""
    return _show(request, caller, services.look(caller, str(attachment_id)))


@require_GET
@page(Action.ATTACHMENT_VIEW, journal=False)
def preview(request: HttpRequest, caller: Caller, attachment_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view's form
    """Give the safe picture; looking at it is written down with the file's name for the journal."""
    picture = previews.picture_of(caller, str(attachment_id), runtime.clock().now())
    return HttpResponse(picture.data, content_type=picture.media_type)


@require_POST
@page(Action.ATTACHMENT_OPEN)
def original(
    request: HttpRequest, caller: Caller, attachment_id: UUID
) -> HttpResponse | StreamingHttpResponse:
    """Give the original, after it is written down who gets it."""
    try:
        return download(services.open_original(caller, str(attachment_id), runtime.clock().now()))
    except SHOWN_ON_THE_FORM as error:
        return _show(request, caller, services.look(caller, str(attachment_id)), error)


@require_POST
@page(Action.ATTACHMENT_VIEW)
def fetch(request: HttpRequest, caller: Caller, attachment_id: UUID) -> HttpResponse:
    """Begin anew to fetch a file that failed."""
    try:
        services.fetch_again(caller, str(attachment_id), runtime.clock().now())
    except SHOWN_ON_THE_FORM as error:
        return _show(request, caller, services.look(caller, str(attachment_id)), error)
    return redirect("attachment", attachment_id=attachment_id)


@require_POST
@page(Action.ATTACHMENT_ADD)
@in_json
def new(request: HttpRequest, caller: Caller) -> Any:
    """Begin to attach a file."""
    draft = decode(_body(request, MAX_DRAFT_BYTES), AttachmentDraft)
    return upload_answer(services.begin(caller, draft.name, draft.size, runtime.clock().now()))


@require_POST
@page(Action.ATTACHMENT_ADD, journal=False)
@in_json
def part(request: HttpRequest, caller: Caller, attachment_id: UUID, number: int) -> Any:
    """Take one part."""
    services.put_part(caller, str(attachment_id), number, _body(request, PART_BYTES))
    return {"number": number}


@require_POST
@page(Action.ATTACHMENT_ADD)
@in_json
def complete(request: HttpRequest, caller: Caller, attachment_id: UUID) -> Any:  # noqa: ARG001 - a view's form
    """Close a file."""
    return upload_answer(services.complete(caller, str(attachment_id), runtime.clock().now()))


def _show(
    request: HttpRequest, caller: Caller, found: Attachment, error: ComityError | None = None
) -> HttpResponse:
    carrier = Message.objects.filter(message_id=found.message_id).select_related("thread").first()
    text = ""
    if previews.has_text(found):
        text = previews.text_of(caller, found.attachment_id, runtime.clock().now())
    context = {
        "file": line_of(found),
        "sender": found.sender,
        "thread_id": None if carrier is None else carrier.thread.thread_id,
        "is_here": services.is_here(found),
        "has_picture": previews.has_preview(found),
        "text": text,
        "may_fetch": found.state == AttachmentState.FAILED and found.sender != found.bureau,
        "problems": [] if error is None else [problem_of(error)],
    }
    status = 200 if error is None else error.status
    return render(request, "attachments/attachment.html", context, status=status)


def _body(request: HttpRequest, most: int) -> bytes:
    data: bytes = request.read(most + 1)
    if len(data) > most:
        raise LimitError(ErrorCode.LIMIT_BODY)
    return data
