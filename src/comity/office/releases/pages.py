"""Where a page leads after something was handed in: to the thread it left in, or to what waits."""

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from comity.office.messages.models import Message
from comity.office.people.models import Account
from comity.office.releases.services import Waiting

Outcome = Message | Waiting


def onward(request: HttpRequest, outcome: Outcome, words: str) -> HttpResponse:
    """Say what became of it, `words` when it is on its way; a unit's people are led to their own list."""
    if isinstance(outcome, Message):
        notes.success(request, words)
        return redirect("thread", thread_id=outcome.thread.thread_id)
    notes.info(request, _("Handed in. Nothing leaves before another person has released it."))
    if isinstance(request.user, Account) and request.user.unit:
        return redirect("releases")
    return redirect("approval", approval_id=outcome.approval.approval_id)
