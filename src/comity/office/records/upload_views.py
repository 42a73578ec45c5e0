"""The upload of a file of records: every line checked, all or the good ones taken in, a report by line."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from comity.collections import ALL
from comity.collections.files import read_lines
from comity.collections.rows import columns
from comity.kernel.codes import Action, CollectionName
from comity.kernel.error_texts import CODE_TEXTS
from comity.kernel.errors import ErrorCode
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse
from comity.office.records.page_forms import UploadForm
from comity.office.records.upload import OnError, RowProblem, UploadReport, submit_many


@require_http_methods(["GET", "POST"])
@page(Action.RECORD_SUBMIT)
def upload(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Take in a file; the report names lines and fields, never what stands in them."""
    sent = request.method == "POST"
    form = UploadForm(request.POST if sent else None, request.FILES if sent else None)
    report = _take_in(form, caller) if sent and form.is_valid() else None
    problems = problems_of(form)
    refused = bool(problems) or (report is not None and bool(report.problems) and not report.accepted)
    context = {
        "form": form,
        "problems": problems,
        "report": None if report is None else _shown(report),
        "columns": [(str(name), columns(collection)) for name, collection in ALL.items()],
    }
    return render(request, "records/upload.html", context, status=422 if refused else 200)


def _take_in(form: UploadForm, caller: Caller) -> UploadReport | None:
    said = form.cleaned_data
    name, file = CollectionName(said["collection"]), said["file"]
    try:
        rows = list(read_lines(file.read(), file.name, name))
        return submit_many(caller, name, rows, OnError(said["on_error"]), runtime.clock().now())
    except SHOWN_ON_THE_FORM as error:
        refuse(form, error)
        return None


def _shown(report: UploadReport) -> dict[str, Any]:
    return {"accepted": report.accepted, "problems": [_line(problem) for problem in report.problems]}


def _line(problem: RowProblem) -> dict[str, Any]:
    message = CODE_TEXTS[ErrorCode(problem.code)][0] if problem.code in set(ErrorCode) else problem.code
    return {
        "line": problem.line,
        "field": problem.field or "",
        "message": gettext(message),
        "remedy": gettext(problem.remedy),
        "code": problem.code,
    }
