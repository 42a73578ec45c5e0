"""The desk's cases: the list, one case with its timeline, and its own fields."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from comity.kernel.codes import Action, HandlingLabel
from comity.kernel.errors import ComityError, ErrorCode, NotFoundError
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.cases import case_page, changing, merging, opening, reading, showing
from comity.office.cases.linking import Target
from comity.office.cases.models import Case, ItemKind
from comity.office.cases.page_forms import CaseForm, NumberForm, OpenForm
from comity.office.cases.steps import CaseChangedError
from comity.office.pages.lists import page_asked, whole
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse

_CONFLICT: Final = 409


@require_GET
@page(Action.CASE_LIST)
def cases(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List cases; a number that somebody heard on the telephone leads to its case."""
    at = runtime.clock().now()
    asked = request.GET.get("number", "").strip()
    if asked:
        try:
            return redirect("case", case_id=reading.case_numbered(caller, asked).case_id)
        except NotFoundError:
            notes.error(request, _("There is no case with this number."))
    chosen = request.GET.get("view", "")
    chosen = chosen if showing.is_view(chosen) else ""
    number = page_asked(request)
    rows, more = showing.lines(caller, chosen, number, at)
    context = {
        "views": showing.views(caller, at),
        "chosen_view": chosen,
        "cases": rows,
        "names": reading.names_of({row.assignee for row in rows}),
        "now": at,
        "asked": asked,
        "newer": f"?view={chosen}&page={number - 1}" if number else "",
        "older": f"?view={chosen}&page={number + 1}" if more else "",
    }
    return render(request, "cases/list.html", context)


@require_http_methods(["GET", "POST"])
@page(Action.CASE_OPEN)
def new(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Open a case, empty or about the thread, message or hit that the address names."""
    at = runtime.clock().now()
    said = request.POST if request.method == "POST" else None
    about = _about(said if said is not None else request.GET)
    initial = {"kind": about.kind, "target": about.target} if about else {}
    form = OpenForm(said, initial=initial | {"title": case_page.title_for(caller, about, at)})
    if said is not None and form.is_valid():
        data = form.cleaned_data
        try:
            made = opening.open_case(
                caller,
                data["title"],
                at,
                summary=data["summary"],
                label=HandlingLabel(data["label"]) if data["label"] else None,
                due_at=data["due_at"],
                template=data["template"],
                about=about,
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("Case %(number)s is open.") % {"number": made.number})
            return redirect("case", case_id=made.case_id)
    problems = problems_of(form)
    context = {"form": form, "problems": problems, "about": about}
    return render(request, "cases/new.html", context, status=422 if problems else 200)


@require_GET
@page(Action.CASE_VIEW)
def case(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Show one case; that it was read is noted."""
    at = runtime.clock().now()
    found = reading.own_case(caller, case_id, Action.CASE_VIEW, at)
    reading.note_reading(caller, found, at)
    return case_page.show(request, caller, found, at)


@require_http_methods(["GET", "POST"])
@page(Action.CASE_CHANGE)
def change(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Change a case's fields; what somebody else changed meanwhile is shown, and what was typed is kept."""
    at = runtime.clock().now()
    found = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    if request.method != "POST":
        form = CaseForm(initial={name: getattr(found, name) for name in (*changing.FIELDS, "version")})
        return _edit(request, found, form)
    form = CaseForm(request.POST)
    if form.is_valid():
        try:
            changing.change_case(caller, case_id, form.cleaned_data["version"], form.cleaned_data, at)
        except CaseChangedError as error:
            found.refresh_from_db()
            return _edit(request, found, _kept(form, found.version, error), error.differs)
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("Saved."))
            return redirect("case", case_id=case_id)
    return _edit(request, found, form)


@require_POST
@page(Action.CASE_CHANGE)
def take(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Take a case into one's own hands."""
    at = runtime.clock().now()
    found = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    try:
        known = whole(request.POST.get("version", ""))
        changing.change_case(caller, case_id, known, {"assignee": str(caller.officer)}, at)
    except SHOWN_ON_THE_FORM as error:
        return case_page.refused(request, caller, found, error, at, error.status)
    notes.success(request, _("The case is in your hands."))
    return redirect("case", case_id=case_id)


@require_http_methods(["GET", "POST"])
@page(Action.CASE_MERGE)
def merge(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Ask which case to merge into this one; then do it."""
    at = runtime.clock().now()
    found = reading.own_case(caller, case_id, Action.CASE_MERGE, at)
    form = NumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            merging.merge(caller, case_id, form.cleaned_data["number"], at)
        except (*SHOWN_ON_THE_FORM, NotFoundError) as error:
            refuse(form, error)
        else:
            notes.success(request, _("Merged. The timeline has the step that undoes it."))
            return redirect("case", case_id=case_id)
    problems = problems_of(form)
    offered = showing.offered(caller)
    context = {"case": found, "form": form, "problems": problems, "offered": offered}
    return render(request, "cases/merge.html", context, status=422 if problems else 200)


def _about(said: Mapping[str, str]) -> Target | None:
    """Return what a new case is to be about; raises `NotFoundError` for what can be no such thing."""
    kind, target = said.get("kind", ""), said.get("target", "")
    if not kind and not target:
        return None
    try:
        return Target(ItemKind(kind), str(UUID(target)))
    except ValueError:
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND) from None


def _kept(form: CaseForm, version: int, error: ComityError) -> CaseForm:
    """Return the form with what was typed, on the present version: saving it again is a decision."""
    kept = CaseForm({**dict(form.data.items()), "version": version})
    kept.is_valid()
    refuse(kept, error)
    return kept


def _edit(
    request: HttpRequest, found: Case, form: forms.Form, differs: Mapping[str, Any] | None = None
) -> HttpResponse:
    problems = problems_of(form)
    status = _CONFLICT if differs is not None else 422 if problems else 200
    context = {
        "case": found,
        "form": form,
        "problems": problems,
        "differs": case_page.changes_shown((name, None, value) for name, value in (differs or {}).items()),
        "back": reverse("case", kwargs={"case_id": found.case_id}),
    }
    return render(request, "cases/change.html", context, status=status)
