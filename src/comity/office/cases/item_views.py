"""What is done to one thing in a case; each is one form, and back to where it was."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, InputError, NotFoundError
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.cases import case_page, linking, reading, tasks, undoing
from comity.office.cases import notes as case_notes
from comity.office.cases.entities import EntityKind, add_entity
from comity.office.cases.linking import Target
from comity.office.cases.models import CaseItem, ItemKind
from comity.office.cases.page_forms import EntityForm, NoteForm, TaskForm
from comity.office.cases.steps import CaseChangedError
from comity.office.pages.error_words import message_of, remedy_of
from comity.office.pages.lists import whole
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse


@require_POST
@page(Action.CASE_CHANGE)
def add(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Add the thread, message or hit of an open page to a case by its number, and stay on that page."""
    at = runtime.clock().now()
    about = _about(request)
    try:
        case = reading.case_numbered(caller, request.POST.get("number", ""))
        linking.link(caller, case.case_id, about, at)
    except SHOWN_ON_THE_FORM as error:
        notes.error(request, f"{message_of(error)} {remedy_of(error)}")
    except NotFoundError as error:
        if error.code is not ErrorCode.CASE_NOT_FOUND:
            raise
        notes.error(request, f"{message_of(error)} {remedy_of(error)}")
    else:
        notes.success(request, _("Added to case %(number)s.") % {"number": case.number})
    return redirect(_page_of(about))


@require_POST
@page(Action.CASE_CHANGE)
def note(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Write a note."""
    at = runtime.clock().now()
    form = NoteForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            case_notes.add_note(
                caller, case_id, said["text"], at, happened_at=said["happened_at"], finding=said["finding"]
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("The note is written."))
            return redirect("case", case_id=case_id)
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    return case_page.show(request, caller, case, at, note=form, status=422)


@require_POST
@page(Action.CASE_CHANGE)
def task(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Add a task."""
    at = runtime.clock().now()
    form = TaskForm(request.POST, auto_id="task_%s")
    if form.is_valid():
        said = form.cleaned_data
        try:
            tasks.add_task(
                caller, case_id, said["text"], at, due_at=said["due_at"], assignee=said["assignee"]
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("The task is added."))
            return redirect(_at_tasks(case_id))
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    return case_page.show(request, caller, case, at, task=form, status=422)


@require_http_methods(["GET", "POST"])
@page(Action.CASE_CHANGE)
def entity(request: HttpRequest, caller: Caller, case_id: UUID, kind: str) -> HttpResponse:
    """Add a person, vehicle or document; where it was seen before stands in the case then."""
    at = runtime.clock().now()
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    if kind not in set(EntityKind):
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND)
    form = EntityForm(EntityKind(kind), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added = add_entity(caller, case_id, EntityKind(kind), form.cleaned_data, at)
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error, names={"births": "birth_dates", "names": "name"}, drop=("content.",))
        else:
            notes.success(request, _("%(name)s is in the case.") % {"name": added.text})
            return redirect(reverse("case", kwargs={"case_id": case_id}) + "#entities")
    problems = problems_of(form)
    context = {"case": case, "kind": kind, "form": form, "problems": problems}
    return render(request, "cases/entity.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "POST"])
@page(Action.CASE_CHANGE)
def change_task(request: HttpRequest, caller: Caller, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Change a task; what somebody else changed meanwhile is shown, and what was typed is kept."""
    at = runtime.clock().now()
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    item = CaseItem.objects.filter(case=case, item_id=str(item_id), kind=ItemKind.TASK).first()
    if item is None:
        raise NotFoundError(ErrorCode.CASE_NOT_FOUND)
    form = TaskForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(item, name) for name in ("text", "due_at", "assignee", "version")},
    )
    differs: Any = {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            tasks.change_task(caller, case_id, item_id, said["version"] or 0, said, at)
        except CaseChangedError as error:
            item.refresh_from_db()
            form, differs = TaskForm({**dict(form.data.items()), "version": item.version}), error.differs
            refuse(form, error)
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("Saved."))
            return redirect(_at_tasks(case_id))
    problems = problems_of(form)
    context = {
        "case": case,
        "item": item,
        "form": form,
        "problems": problems,
        "differs": case_page.changes_shown((name, None, value) for name, value in differs.items()),
    }
    status = 409 if differs else 422 if problems else 200
    return render(request, "cases/task.html", context, status=status)


@require_POST
@page(Action.CASE_CHANGE)
def done(request: HttpRequest, caller: Caller, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Say that a task is done, or not done after all."""
    at = runtime.clock().now()
    known = whole(request.POST.get("version", ""))

    def act() -> None:
        changes = {"done": request.POST.get("done") == "1"}
        tasks.change_task(caller, case_id, item_id, known, changes, at)

    return _do(request, caller, case_id, act, _("Saved."), "#tasks")


@require_POST
@page(Action.CASE_CHANGE)
def detach(request: HttpRequest, caller: Caller, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Take something out of a case."""
    at = runtime.clock().now()
    return _do(
        request,
        caller,
        case_id,
        lambda: linking.detach(caller, case_id, item_id, at),
        _("Taken out. The timeline has the step that undoes it."),
    )


@require_POST
@page(Action.CASE_CHANGE)
def move(request: HttpRequest, caller: Caller, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Move something to another case."""
    at = runtime.clock().now()
    number = request.POST.get("number", "").strip()

    def act() -> None:
        if not number:
            raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="number")
        linking.move(caller, case_id, item_id, number, at)

    return _do(
        request,
        caller,
        case_id,
        act,
        _("Moved. The timeline has the step that undoes it."),
    )


@require_POST
@page(Action.CASE_CHANGE)
def mark(request: HttpRequest, caller: Caller, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Mark something in the case as a finding, or no longer."""
    at = runtime.clock().now()
    finding = request.POST.get("finding") == "1"
    return _do(
        request,
        caller,
        case_id,
        lambda: case_notes.mark(caller, case_id, item_id, at, finding=finding),
        _("Saved."),
    )


@require_POST
@page(Action.CASE_CHANGE)
def finding(request: HttpRequest, caller: Caller, case_id: UUID) -> HttpResponse:
    """Mark a message of a linked thread as a finding."""
    at = runtime.clock().now()
    message_id = request.POST.get("message_id", "")
    return _do(
        request,
        caller,
        case_id,
        lambda: case_notes.mark_message(caller, case_id, message_id, at),
        _("Saved."),
    )


@require_POST
@page(Action.CASE_CHANGE)
def undo(request: HttpRequest, caller: Caller, case_id: UUID, step_id: UUID) -> HttpResponse:
    """Undo a step."""
    at = runtime.clock().now()
    return _do(request, caller, case_id, lambda: undoing.undo(caller, case_id, step_id, at), _("Undone."))


def _do(  # noqa: PLR0913, PLR0917 - who, where, what, and what is said then
    request: HttpRequest, caller: Caller, case_id: UUID, act: Callable[[], Any], said: str, place: str = ""
) -> HttpResponse:
    """Do one thing and go back to the case; what is refused is said there."""
    at = runtime.clock().now()
    case = reading.own_case(caller, case_id, Action.CASE_CHANGE, at)
    try:
        act()
    except SHOWN_ON_THE_FORM as error:
        return case_page.refused(request, caller, case, error, at, error.status)
    except NotFoundError as error:  # what was named is not there; the case itself is
        return case_page.refused(request, caller, case, error, at, InputError.status)
    notes.success(request, said)
    return redirect(reverse("case", kwargs={"case_id": case.case_id}) + place)


def _about(request: HttpRequest) -> Target:
    try:
        return Target(ItemKind(request.POST.get("kind", "")), str(UUID(request.POST.get("target", ""))))
    except ValueError:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="kind") from None


def _page_of(about: Target) -> str:
    if about.kind is ItemKind.HIT:
        return reverse("hit", kwargs={"hit_id": about.target})
    return reverse("thread", kwargs={"thread_id": about.target})


def _at_tasks(case_id: UUID) -> str:
    return reverse("case", kwargs={"case_id": case_id}) + "#tasks"
