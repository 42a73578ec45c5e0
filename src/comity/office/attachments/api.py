"""Machine API of attachments: bring a file in by parts, then name its id in a message; get one out again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse, StreamingHttpResponse
from msgspec import Meta

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action
from comity.office.access import Caller
from comity.office.attachments import previews, services
from comity.office.attachments.downloads import download
from comity.office.attachments.lines import AttachmentLine, line_of
from comity.office.attachments.models import Attachment
from comity.office.machine import operation
from comity.protocol.attachments import PART_BYTES, part_count
from comity.rules.attachments import MAX_FILE_BYTES, MAX_NAME


class AttachmentDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file to attach."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    size: Annotated[int, Meta(ge=0, le=MAX_FILE_BYTES)]
    """In bytes."""


class UploadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is that is being brought in."""

    attachment: AttachmentLine
    part_bytes: int
    """Length of every part but the last."""
    parts: int
    held: list[int]
    """Numbers of the parts that are durable here, rising, from 0."""
    expires_at: str
    """An unsent file is removed then."""


class PartAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The part is durable."""

    number: int


class Discarded(msgspec.Struct, frozen=True, kw_only=True):
    """The file is gone."""

    discarded: bool


class ContentQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where to go on after a cut."""

    offset: Annotated[int, Meta(ge=0, le=MAX_FILE_BYTES)] = 0


@operation(
    Action.ATTACHMENT_ADD,
    "POST",
    summary="Begin to attach a file; its parts follow.",
    body=AttachmentDraft,
    answer=UploadAnswer,
    status=201,
    errors=(507,),
    examples={"attachment": {"name": "passport.jpg", "size": 2_345_678}},
)
def begin_attachment(caller: Caller, at: datetime, body: AttachmentDraft) -> UploadAnswer:
    """Note name and size."""
    return upload_answer(services.begin(caller, body.name, body.size, at))


@operation(
    Action.ATTACHMENT_VIEW,
    "GET",
    summary="Read how far a file is: on its way in, out, or to here.",
    answer=UploadAnswer,
    journal=False,
)
def read_attachment(caller: Caller, at: datetime, attachment_id: UUID) -> UploadAnswer:  # noqa: ARG001 - an operation's form
    """Return its state."""
    return upload_answer(services.look(caller, str(attachment_id)))


@operation(
    Action.ATTACHMENT_ADD,
    "DELETE",
    summary="Remove a file that was not sent.",
    answer=Discarded,
    errors=(409,),
)
def discard_attachment(caller: Caller, at: datetime, attachment_id: UUID) -> Discarded:  # noqa: ARG001 - an operation's form
    """Remove it from the disk."""
    services.discard(caller, str(attachment_id))
    return Discarded(discarded=True)


@operation(
    Action.ATTACHMENT_ADD,
    "PUT",
    summary="Bring one part of a file; the same part again is fine.",
    body=bytes,
    answer=PartAnswer,
    max_bytes=PART_BYTES,
    journal=False,
    errors=(409, 507),
)
def put_attachment_part(
    caller: Caller,
    at: datetime,  # noqa: ARG001 - form of an operation
    attachment_id: UUID,
    number: int,
    body: bytes,
) -> PartAnswer:
    """Seal it into its place."""
    services.put_part(caller, str(attachment_id), number, body)
    return PartAnswer(number=number)


@operation(
    Action.ATTACHMENT_ADD,
    "POST",
    summary="Say that all parts are there; its type and its digest are found.",
    answer=UploadAnswer,
    errors=(409,),
)
def complete_attachment(caller: Caller, at: datetime, attachment_id: UUID) -> UploadAnswer:
    """Read it through once."""
    return upload_answer(services.complete(caller, str(attachment_id), at))


@operation(
    Action.ATTACHMENT_OPEN,
    "GET",
    summary="Get the original content. It can be harmful; who got it is written down.",
    query=ContentQuery,
    answer=bytes,
    errors=(409,),
)
def get_attachment_content(
    caller: Caller, at: datetime, attachment_id: UUID, query: ContentQuery
) -> StreamingHttpResponse:
    """Stream it from the offset on."""
    return download(services.open_original(caller, str(attachment_id), at, query.offset), query.offset)


@operation(
    Action.ATTACHMENT_VIEW,
    "GET",
    summary="Get a safe picture of a file, made here from its content.",
    answer=bytes,
    errors=(409, 503),
)
def get_attachment_preview(caller: Caller, at: datetime, attachment_id: UUID) -> HttpResponse:
    """Return PNG or JPEG."""
    picture = previews.picture_of(caller, str(attachment_id), at)
    return HttpResponse(picture.data, content_type=picture.media_type, headers={"Cache-Control": "no-store"})


@operation(
    Action.ATTACHMENT_VIEW,
    "POST",
    summary="Fetch a received file again that failed.",
    answer=UploadAnswer,
    errors=(409,),
)
def fetch_attachment_again(caller: Caller, at: datetime, attachment_id: UUID) -> UploadAnswer:
    """Begin anew."""
    return upload_answer(services.fetch_again(caller, str(attachment_id), at))


def upload_answer(attachment: Attachment) -> UploadAnswer:
    """Return how far a file is."""
    return UploadAnswer(
        attachment=line_of(attachment),
        part_bytes=PART_BYTES,
        parts=part_count(attachment.size),
        held=services.stored_parts(attachment) if not attachment.message_id else [],
        expires_at=to_wire(attachment.expires_at),
    )
