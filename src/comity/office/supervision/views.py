"""The journal as a supervisor reads it: who did what, when, and what was refused."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from comity.kernel.codes import Action
from comity.office.access import Caller, page
from comity.office.people.models import Account
from comity.office.supervision.models import JournalEvent

PAGE_LENGTH: Final = 100
_LONGEST_ID: Final = 18
"""Digits of the highest id that a database gives."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry and the name of who acted."""

    event: JournalEvent
    by: str


@require_GET
@page(Action.JOURNAL_VIEW)
def journal(request: HttpRequest, caller: Caller) -> HttpResponse:  # noqa: ARG001 - the page's signature
    """Show the journal, newest first; `before` pages by entry number, so that new entries move nothing."""
    refused_only = request.GET.get("view") == "refused"
    events = JournalEvent.objects.order_by("-id")
    if refused_only:
        events = events.filter(allowed=False)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) <= _LONGEST_ID:
        events = events.filter(id__lt=int(before))
    found = list(events[: PAGE_LENGTH + 1])
    shown = found[:PAGE_LENGTH]
    names = dict(Account.objects.filter(id__in={e.officer for e in shown}).values_list("id", "display_name"))
    view = "view=refused&" if refused_only else ""
    context = {
        "rows": [Row(event, names.get(event.officer, event.officer)) for event in shown],
        "refused_only": refused_only,
        "newer": f"?{view}" if before else "",
        "older": f"?{view}before={shown[-1].id}" if len(found) > PAGE_LENGTH else "",
    }
    return render(request, "supervision/journal.html", context)
