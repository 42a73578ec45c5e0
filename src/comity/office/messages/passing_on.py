"""Giving one message to a unit below the bureau: by page and by program, an act that the journal keeps."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import MessageId, ThreadId, UnitId
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.messages.models import Message
from comity.office.messages.services import subject_of
from comity.office.pages.error_words import message_of
from comity.office.pages.problems import SHOWN_ON_THE_FORM
from comity.office.units import services as units
from comity.office.units.models import PassedOn


def pass_on(caller: Caller, message_id: MessageId, code: UnitId, note: str, at: datetime) -> PassedOn:
    """Give a message of the desk to a unit.

    Raises `NotFoundError` (message.not_found, access.not_found, unit.not_found), `ConflictError`
    (unit.not_found) for a closed unit, `InputError` (input.too_long).
    """
    found = Message.objects.select_related("thread").filter(message_id=message_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    thread_id = ThreadId(found.thread.thread_id)
    return units.pass_on(caller, message_id, thread_id, subject_of(found), code, note, at)


@require_POST
@page(Action.MESSAGE_PASS_ON)
def message_pass_on(request: HttpRequest, caller: Caller, message_id: UUID) -> HttpResponse:
    """Pass a message on from its thread's page."""
    said = request.POST
    code, note = UnitId(said.get("unit", "")), said.get("note", "")
    at = runtime.clock().now()
    try:
        row = pass_on(caller, MessageId(str(message_id)), code, note, at)
    except SHOWN_ON_THE_FORM as error:
        notes.error(request, message_of(error))
        found = Message.objects.select_related("thread").get(message_id=str(message_id))
        return redirect("thread", thread_id=found.thread.thread_id)
    notes.success(request, _("Passed on to %(unit)s.") % {"unit": row.unit.name})
    return redirect("thread", thread_id=row.thread_id)
