"""Taking note of a request that is due soon or overdue: the notice goes, the clock runs on."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from comity.kernel.codes import Action
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.clocks.services import take_note


@require_POST
@page(Action.MESSAGE_VIEW)
def seen(request: HttpRequest, caller: Caller, message_id: UUID) -> HttpResponse:  # noqa: ARG001 - the page's form
    """Take the notice off the desk and go back to the thread."""
    clock = take_note(caller, str(message_id), runtime.clock().now())
    return redirect("thread", thread_id=clock.thread_id)
