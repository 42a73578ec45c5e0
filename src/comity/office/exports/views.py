"""The page that asks what a thread is taken away for, and hands the file out."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from comity.kernel.codes import Action, Purpose
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId
from comity.office import runtime
from comity.office.access import Caller, page, require
from comity.office.exports.printing import can_print
from comity.office.exports.services import Export, ExportFormat, export_thread
from comity.office.messages.models import Thread
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse
from comity.office.pages.words import PURPOSES
from comity.rules.decisions import Subject


class ExportForm(forms.Form):
    """What for, and as what."""

    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=[("", _("Choose a purpose")), *PURPOSES.items()],
        error_messages={"required": _("Say what the thread is taken away for.")},
    )
    format = forms.ChoiceField(
        label=_("As"),
        choices=[
            (ExportFormat.BUNDLE.value, _("Bundle: every signature, checked offline")),
            (ExportFormat.PDF.value, _("PDF: for reading and for the file")),
        ],
    )


@require_http_methods(["GET", "POST"])
@page(Action.THREAD_EXPORT)
def export(request: HttpRequest, caller: Caller, thread_id: UUID) -> HttpResponse:
    """Ask for purpose and format; POST answers with the file."""
    found = Thread.objects.filter(thread_id=str(thread_id)).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    at = runtime.clock().now()
    parties = Subject(owner=caller.bureau, recipients=frozenset(map(BureauId, found.parties)))
    require(caller, Action.MESSAGE_VIEW, parties, at, about=f"thread:{thread_id}")
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = _made(form, caller, found)
        if made is not None:
            return _file(made)
    problems = problems_of(form)
    context = {"thread": found, "form": form, "problems": problems, "can_print": can_print()}
    return render(request, "exports/ask.html", context, status=422 if problems else 200)


def _made(form: ExportForm, caller: Caller, found: Thread) -> Export | None:
    said = form.cleaned_data
    try:
        return export_thread(
            caller,
            found.thread_id,
            ExportFormat(said["format"]),
            Purpose(said["purpose"]),
            get_language() or "en",
            runtime.clock().now(),
        )
    except SHOWN_ON_THE_FORM as error:
        refuse(form, error)
        return None


def _file(made: Export) -> HttpResponse:
    response = HttpResponse(made.data, content_type=made.media_type)
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response["X-Content-SHA256"] = made.sha256
    return response
