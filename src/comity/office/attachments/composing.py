"""Files that come with the form of a message: small ones in it, others by their ids."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from comity.kernel.errors import ComityError, ErrorCode, LimitError
from comity.office.access import Caller
from comity.office.attachments import services
from comity.office.attachments.limits import MAX_FORM_BYTES
from comity.office.attachments.models import Attachment
from comity.office.pages.problems import SHOWN_ON_THE_FORM


@dataclass(slots=True)
class Attached:
    """What is attached to a message that is being written."""

    files: list[Attachment] = field(default_factory=list)
    refusal: ComityError | None = None
    """Why one of the files in the form was not taken."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids, as a draft takes them."""
        return tuple(one.attachment_id for one in self.files)


def attached_by(
    request: HttpRequest, caller: Caller, at: datetime, said: MultiValueDict[str, Any] | None = None
) -> Attached:
    """Return what a form attaches. Files in it are taken in: the form can be shown again with them.

    `said` is what the form holds where it did not come with the request.
    """
    named = (request.POST if said is None else said).getlist("attachments")
    own = {one.attachment_id: one for one in services.unsent(caller)}
    found = Attached([own[one] for one in named if one in own])
    uploads = request.FILES.getlist("files")
    try:
        if sum(each.size or 0 for each in uploads) > MAX_FORM_BYTES:
            raise LimitError(ErrorCode.LIMIT_BODY, field="files")
        for each in uploads:
            found.files.append(services.add_whole(caller, each.name or "", each.read(), at))
    except SHOWN_ON_THE_FORM as error:
        found.refusal = error
    return found
