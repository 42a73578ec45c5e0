"""The view "Awaiting release": what waits, what was refused and is to be corrected, what was let go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from comity.kernel.codes import Action
from comity.office.access import Caller, page
from comity.office.approvals.models import Approval, ApprovalState
from comity.office.pages.lists import View
from comity.office.releases.again import address_of
from comity.office.releases.content import Content
from comity.office.releases.models import Submission
from comity.office.releases.services import SUBJECT, asked_by

PAGE_LENGTH: Final = 50
_VIEWS: Final = (
    ("", _("Awaiting release"), ApprovalState.WAITING),
    ("refused", pgettext_lazy("approval", "Refused"), ApprovalState.REFUSED),
    ("released", _("Released"), ApprovalState.APPROVED),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One message of the list."""

    approval: Approval
    submission: Submission
    content: Content | None
    """None once it left or was forgotten."""
    own: bool
    since: datetime


@require_GET
@page(Action.MESSAGE_SEND)
def releases(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List what was handed in, the longest waiting first; a unit's people see what they wrote themselves."""
    states = {code: state for code, _words, state in _VIEWS}
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in states else ""
    context = {
        "views": [View(code, words, _asked(caller, state).count()) for code, words, state in _VIEWS],
        "chosen_view": chosen,
        "list_url": request.get_full_path(),
        "rows": _rows(caller, states[chosen]),
    }
    return render(request, "releases/list.html", context)


@require_GET
@page(Action.MESSAGE_SEND)
def release_again(request: HttpRequest, caller: Caller, submission_id: UUID) -> HttpResponse:  # noqa: ARG001 - the page's signature
    """Lead the author of a refused message to the form in which it is corrected."""
    return redirect(address_of(caller, str(submission_id)))


def _asked(caller: Caller, state: ApprovalState) -> "QuerySet[Approval]":
    return asked_by(caller).filter(state=state)


def _rows(caller: Caller, state: ApprovalState) -> list[Row]:
    order = "requested_at" if state is ApprovalState.WAITING else "-requested_at"
    asked = list(
        _asked(caller, state).select_related("requested_by", "decided_by").order_by(order)[:PAGE_LENGTH]
    )
    ids = [one.subject.removeprefix(SUBJECT) for one in asked]
    known = {one.submission_id: one for one in Submission.objects.filter(submission_id__in=ids)}
    return [_row(caller, one, known[one.subject.removeprefix(SUBJECT)]) for one in asked]


def _row(caller: Caller, approval: Approval, submission: Submission) -> Row:
    content = None if submission.content is None else msgspec.convert(submission.content, Content)
    own = approval.requested_by_id == caller.officer
    return Row(approval, submission, content, own, approval.decided_at or approval.requested_at)
