"""What waits for a second person: the list, one request with exactly what is approved, and the decision."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from comity.kernel.codes import Action
from comity.kernel.errors import AccessError, ComityError, ErrorCode, NotFoundError
from comity.office import runtime
from comity.office.access import Caller, could, page, require
from comity.office.approvals import services
from comity.office.approvals.kinds import Matter, handler_of
from comity.office.approvals.models import Approval, ApprovalState
from comity.office.pages.lists import View
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problem_of
from comity.office.people.proofs import proof_of, prove_at
from comity.rules.decisions import Subject
from comity.rules.release import is_proven

PAGE_LENGTH: Final = 50
_VIEWS: Final = (("", gettext_lazy("Waiting")), ("decided", gettext_lazy("Decided")))


@require_GET
@page(Action.APPROVAL_LIST)
def approvals(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List requests, those that wait first; the page says which of them the reader may decide."""
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in dict(_VIEWS) else ""
    rows = _rows(chosen).select_related("requested_by", "decided_by").order_by("-requested_at")[:PAGE_LENGTH]
    context = {
        "views": [View(code, words, _rows(code).count()) for code, words in _VIEWS],
        "chosen_view": chosen,
        "list_url": request.get_full_path(),
        "approvals": rows,
        "reader": caller.officer,
    }
    return render(request, "approvals/list.html", context)


@require_GET
@page(Action.APPROVAL_LIST)
def approval(request: HttpRequest, caller: Caller, approval_id: UUID) -> HttpResponse:
    """Show one request with what it is about, as it is now."""
    return _show(request, caller, _own(caller, approval_id))


@require_POST
@page(Action.APPROVAL_DECIDE)
def approve(request: HttpRequest, caller: Caller, approval_id: UUID) -> HttpResponse:
    """Approve the content whose hash the page carried, and nothing else."""
    found = _own(caller, approval_id)
    seen = request.POST.get("content_hash", "")
    at = runtime.clock().now()
    caller = replace(caller, proved_at=proof_of(request))
    try:
        services.approve(caller, found.approval_id, seen, at)
    except (*SHOWN_ON_THE_FORM, AccessError) as error:
        if error.code is ErrorCode.APPROVAL_PROOF:
            notes.info(request, _("Confirm who you are, then approve."))
            return redirect(prove_at(request, reverse("approval", args=[approval_id])))
        return _show(request, caller, services.found(found.approval_id), error)
    notes.success(request, _("Approved. It is on its way."))
    return redirect("approval", approval_id=approval_id)


@require_POST
@page(Action.APPROVAL_DECIDE)
def refuse(request: HttpRequest, caller: Caller, approval_id: UUID) -> HttpResponse:
    """Refuse the request."""
    found = _own(caller, approval_id)
    try:
        services.refuse(caller, found.approval_id, request.POST.get("note", ""), runtime.clock().now())
    except (*SHOWN_ON_THE_FORM, AccessError) as error:
        return _show(request, caller, services.found(found.approval_id), error)
    notes.success(request, _("Refused. Nothing leaves."))
    return redirect("approval", approval_id=approval_id)


def _rows(view: str) -> Any:
    waiting = Approval.objects.filter(state=ApprovalState.WAITING)
    return Approval.objects.exclude(state=ApprovalState.WAITING) if view == "decided" else waiting


def _own(caller: Caller, approval_id: UUID) -> Approval:
    found = services.found(str(approval_id))
    subject = Subject(owner=services.subject_of(found).owner)
    at = runtime.clock().now()
    require(caller, Action.APPROVAL_LIST, subject, at, about=f"approval:{approval_id}")
    return found


def _show(
    request: HttpRequest, caller: Caller, found: Approval, error: ComityError | None = None
) -> HttpResponse:
    matter, handler = _matter(found), handler_of(found)
    at = runtime.clock().now()
    own = found.requested_by_id == caller.officer
    context = {
        "approval": found,
        "matter": matter,
        "hash": "" if matter is None else services.hash_of(found, matter),
        "own": own,
        "changed": () if own or matter is None else handler.look(found, caller.officer),
        "needs_proof": handler.needs_proof and not is_proven(proof_of(request), at),
        "may_decide": found.state == ApprovalState.WAITING
        and not own
        and could(caller, Action.APPROVAL_DECIDE, at),
        "problems": [] if error is None else [problem_of(error)],
    }
    return render(request, "approvals/approval.html", context, status=200 if error is None else error.status)


def _matter(found: Approval) -> Matter | None:
    """Return what the request is about, None when that is gone."""
    try:
        return handler_of(found).matter(found)
    except NotFoundError:
        return None
