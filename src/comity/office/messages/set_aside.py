"""Setting an alarm aside that nothing cures by itself, by page and by program; the journal keeps who did."""

from datetime import datetime

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.office import access, runtime
from comity.office.access import Caller, page
from comity.office.messages.alarms import SET_ASIDE_BY_HAND
from comity.office.messages.models import LineAlarm
from comity.office.pages.error_words import message_of
from comity.rules.decisions import Subject


def set_aside(caller: Caller, alarm_id: int, at: datetime) -> LineAlarm:
    """Take an alarm off the desk: somebody has seen to what it tells of. Once more changes nothing.

    Raises `NotFoundError` (alarm.not_found, access.not_found), `ConflictError` (alarm.stands) for one
    that ends by itself.
    """
    alarm = LineAlarm.objects.select_related("message__thread").filter(pk=alarm_id).first()
    if alarm is None:
        raise NotFoundError(ErrorCode.ALARM_NOT_FOUND)
    subject = Subject(owner=caller.bureau)
    access.require(caller, Action.ALARM_SET_ASIDE, subject, at, about=f"alarm:{alarm_id}")
    if alarm.kind not in SET_ASIDE_BY_HAND:
        raise ConflictError(ErrorCode.ALARM_STANDS)
    if LineAlarm.objects.filter(pk=alarm_id, cleared_at=None).update(
        cleared_at=at, cleared_by=caller.officer
    ):
        alarm.cleared_at, alarm.cleared_by = at, caller.officer
    return alarm


@require_POST
@page(Action.ALARM_SET_ASIDE)
def alarm_set_aside(request: HttpRequest, caller: Caller, alarm_id: int) -> HttpResponse:
    """Set it aside and go back to the thread that it stands in, else to the list of alarms."""
    try:
        alarm = set_aside(caller, alarm_id, runtime.clock().now())
    except ConflictError as error:
        notes.error(request, message_of(error))
        return redirect(f"{reverse('inbox')}?view=alarms")
    notes.success(request, _("Set aside. The journal keeps who did."))
    if alarm.message is None:
        return redirect(f"{reverse('inbox')}?view=alarms")
    return redirect("thread", thread_id=alarm.message.thread.thread_id)
