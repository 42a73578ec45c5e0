"""Pages that take a message back or set it right."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from comity.kernel.codes import Action, MessageForm
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import MessageId
from comity.office import runtime
from comity.office.access import Caller, page, require
from comity.office.messages.limits import MAX_NOTE, MAX_TEXT
from comity.office.messages.models import Message
from comity.office.messages.services import subject_of
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse
from comity.office.recalls import services
from comity.office.releases.pages import onward
from comity.protocol.forms import declared, text_in


class RecallForm(forms.Form):
    """Why a message is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("Reason, as the recipients read it"),
        max_length=MAX_NOTE,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Say why the message is taken back.")},
    )


class CorrectionForm(forms.Form):
    """The new version, and what about it is new."""

    what = forms.MultipleChoiceField(
        label=gettext_lazy("What is corrected"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Say what is corrected.")},
    )
    text = forms.CharField(
        label=gettext_lazy("The whole message as it is right"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Write a text.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        (what,) = [one for one in declared()[MessageForm.CORRECTION].fields if one.name == "what"]
        language = get_language() or "en"
        field = self.fields["what"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(choice.code, text_in(choice.label, language)) for choice in what.choices]


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_RECALL)
def recall(request: HttpRequest, caller: Caller, message_id: UUID) -> HttpResponse:
    """Ask why, then recall."""
    message = _own(caller, message_id, Action.MESSAGE_RECALL)
    form = RecallForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            done = services.recall(
                caller, MessageId(message.message_id), form.cleaned_data["reason"], runtime.clock().now()
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            return onward(request, done, _("The recall is on its way. Each recipient confirms it below."))
    return _shown(request, "recalls/recall.html", message, form)


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_CORRECT)
def correct(request: HttpRequest, caller: Caller, message_id: UUID) -> HttpResponse:
    """Ask for the right version, then send it in place of the former one."""
    message = _own(caller, message_id, Action.MESSAGE_CORRECT)
    posted = request.POST if request.method == "POST" else None
    form = CorrectionForm(posted, initial={"text": message.text})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            done = services.correct(
                caller,
                MessageId(message.message_id),
                {"what": said["what"]},
                said["text"],
                runtime.clock().now(),
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            return onward(request, done, _("The correction is on its way. Each recipient confirms it below."))
    return _shown(request, "recalls/correct.html", message, form)


def _own(caller: Caller, message_id: UUID, action: Action) -> Message:
    message = Message.objects.select_related("thread").filter(message_id=str(message_id)).first()
    if message is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    require(caller, action, subject_of(message), runtime.clock().now(), about=f"message:{message_id}")
    return message


def _shown(request: HttpRequest, template: str, message: Message, form: forms.Form) -> HttpResponse:
    problems = problems_of(form)
    context = {"message": message, "form": form, "problems": problems}
    return render(request, template, context, status=422 if problems else 200)
