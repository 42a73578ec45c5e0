"""The page that asks to show one message to the secretariat, with a reason."""

from uuid import UUID

from django import forms
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import MessageId
from comity.office import runtime
from comity.office.access import Caller, page, require
from comity.office.disclosures.services import disclosure_of, request_disclosure
from comity.office.messages.limits import MAX_NOTE
from comity.office.messages.models import Message
from comity.office.messages.services import subject_of
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse


class DisclosureForm(forms.Form):
    """Why the secretariat is to see the message."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Say why the secretariat must see this message.")},
    )


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_DISCLOSE)
def disclose(request: HttpRequest, caller: Caller, message_id: UUID) -> HttpResponse:
    """Ask for a disclosure; POST leads to the request that waits for another person."""
    at = runtime.clock().now()
    message = Message.objects.select_related("thread").filter(message_id=str(message_id)).first()
    if message is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    require(caller, Action.MESSAGE_DISCLOSE, subject_of(message), at, about=f"message:{message_id}")
    form = DisclosureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = request_disclosure(caller, MessageId(message.message_id), form.cleaned_data["reason"], at)
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("Asked. Nothing leaves before another person has approved it."))
            return redirect("approval", approval_id=asked.approval_id)
    problems = problems_of(form)
    context = {
        "message": message,
        "form": form,
        "problems": problems,
        "done": disclosure_of(message),
    }
    return render(request, "disclosures/ask.html", context, status=422 if problems else 200)
