"""The hits of this desk: the list, one hit with both sides next to each other, and what is done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.contrib import messages as notes
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from comity.kernel.codes import Action, HitState
from comity.kernel.errors import ComityError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import HitId
from comity.office import runtime
from comity.office.access import Caller, could, page, require
from comity.office.hits.models import Hit, HitOutcome, HitSide
from comity.office.hits.services import NEEDS_CONFIRMATION, decide_hit, record_outcome, subject_of, tell_owner
from comity.office.pages.answers import grounds_of, title_of, understood_words
from comity.office.pages.facts import cautions_of, facts_of
from comity.office.pages.lists import View, page_asked
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problem_of
from comity.office.pages.words import OUTCOMES
from comity.office.people.models import Account
from comity.protocol.search import Reason

PAGE_LENGTH: Final = 50
_VIEWS: Final = (
    ("", gettext_lazy("Open")),
    ("late", gettext_lazy("Overdue")),
    ("ours", gettext_lazy("Our records")),
    ("decided", gettext_lazy("Decided")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One hit on the list."""

    hit: Hit
    title: str
    percent: int


@require_GET
@page(Action.HIT_LIST)
def hits(request: HttpRequest, caller: Caller) -> HttpResponse:  # noqa: ARG001 - the page's signature
    """List hits; the open ones with the nearest clock first."""
    at = runtime.clock().now()
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in dict(_VIEWS) else ""
    found = _rows(chosen, at)
    number = page_asked(request)
    rows = list(found[number * PAGE_LENGTH : (number + 1) * PAGE_LENGTH + 1])
    context = {
        "views": [View(code, words, _rows(code, at).count()) for code, words in _VIEWS],
        "chosen_view": chosen,
        "list_url": request.get_full_path(),
        "hits": [Line(hit, _title(hit), round(hit.score / 10)) for hit in rows[:PAGE_LENGTH]],
        "newer": f"?view={chosen}&page={number - 1}" if number else "",
        "older": f"?view={chosen}&page={number + 1}" if len(rows) > PAGE_LENGTH else "",
    }
    return render(request, "hits/list.html", context)


@require_GET
@page(Action.HIT_VIEW)
def hit(request: HttpRequest, caller: Caller, hit_id: UUID) -> HttpResponse:
    """Show one hit."""
    return _show(request, caller, _own_hit(caller, hit_id))


@require_GET
@page(Action.HIT_VIEW, journal=False)
def hit_of_search(request: HttpRequest, caller: Caller, search_id: UUID, record_id: UUID) -> HttpResponse:
    """Lead from a search's answer to its hit, which the worker opens within two seconds.

    Until then the open page asks again by itself; what it is led to is journaled there.
    """
    by_itself = request.headers.get("HX-Request") == "true"
    found = Hit.objects.filter(search_id=str(search_id), record_id=str(record_id)).first()
    if found is None:
        return HttpResponse(status=204) if by_itself else render(request, "hits/waiting.html")
    require(caller, Action.HIT_VIEW, subject_of(found), runtime.clock().now(), about=f"hit:{found.hit_id}")
    address = reverse("hit", kwargs={"hit_id": found.hit_id})
    return HttpResponse(status=204, headers={"HX-Redirect": address}) if by_itself else redirect(address)


@require_http_methods(["POST"])
@page(Action.HIT_DECIDE)
def decide(request: HttpRequest, caller: Caller, hit_id: UUID) -> HttpResponse:
    """Give the owner's answer."""
    found = _own_hit(caller, hit_id)
    try:
        state = _choice(HitState, request.POST.get("state", ""), "state")
        decide_hit(
            caller, HitId(found.hit_id), state, request.POST.get("note", "").strip(), runtime.clock().now()
        )
    except SHOWN_ON_THE_FORM as error:
        return _show(request, caller, found, error)
    notes.success(request, _("The answer was given; the searching bureau sees it at once."))
    return redirect("hit", hit_id=hit_id)


@require_http_methods(["POST"])
@page(Action.HIT_OUTCOME)
def outcome(request: HttpRequest, caller: Caller, hit_id: UUID) -> HttpResponse:
    """Write down what came of a hit."""
    found = _own_hit(caller, hit_id)
    try:
        chosen = _choice(HitOutcome, request.POST.get("outcome", ""), "outcome")
        record_outcome(caller, HitId(found.hit_id), chosen, runtime.clock().now())
    except SHOWN_ON_THE_FORM as error:
        return _show(request, caller, found, error)
    notes.success(request, _("The outcome was recorded."))
    return redirect("hit", hit_id=hit_id)


@require_http_methods(["POST"])
@page(Action.HIT_OUTCOME)
def tell(request: HttpRequest, caller: Caller, hit_id: UUID) -> HttpResponse:
    """Tell the owner of the record that it was found."""
    found = _own_hit(caller, hit_id)
    try:
        tell_owner(caller, HitId(found.hit_id), runtime.clock().now())
    except SHOWN_ON_THE_FORM as error:
        return _show(request, caller, found, error)
    notes.success(request, _("The owner is being told."))
    return redirect("hit", hit_id=hit_id)


def _rows(view: str, at: datetime) -> "QuerySet[Hit]":
    rows = Hit.objects.all()
    if view == "decided":
        return rows.exclude(state=HitState.OPEN).order_by("-decided_at", "-id")
    if view == "ours":
        return rows.filter(side=HitSide.OWNER).order_by("-opened_at", "-id")
    rows = rows.filter(state=HitState.OPEN)
    if view == "late":
        rows = rows.filter(due_at__lt=at)
    return rows.order_by("due_at", "id")


def _own_hit(caller: Caller, hit_id: UUID) -> Hit:
    found = Hit.objects.filter(bureau=caller.bureau, hit_id=str(hit_id)).first()
    if found is None:
        raise NotFoundError(ErrorCode.HIT_NOT_FOUND)
    require(caller, Action.HIT_VIEW, subject_of(found), runtime.clock().now(), about=f"hit:{hit_id}")
    return found


def _choice(choices: Any, text: str, field: str) -> Any:
    try:
        return choices(text)
    except ValueError:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field=field) from None


def _title(found: Hit) -> str:
    return title_of(found.view) or _("content erased")


def _show(request: HttpRequest, caller: Caller, found: Hit, error: ComityError | None = None) -> HttpResponse:
    at = runtime.clock().now()
    mine, owned = found.side == HitSide.SEARCHER, found.owner == caller.bureau
    is_open = found.state == HitState.OPEN
    officer = Account.objects.filter(id=found.officer).first() if mine and found.officer else None
    names = {m.bureau: m.name for m in runtime.home().directory.current(at).active_members()}
    context = {
        "hit": found,
        "title": _title(found),
        "percent": round(found.score / 10),
        "asked": [understood_words(str(words)) for words in found.asked],
        "facts": facts_of(found.view, found.reasons),
        "cautions": cautions_of(found.view),
        "grounds": grounds_of([msgspec.convert(reason, Reason) for reason in found.reasons]),
        "officer_name": officer.display_name if officer else "",
        "owner_name": names.get(found.owner, found.owner),  # type: ignore[call-overload]  # a code is a BureauId
        "is_owner_self": owned and mine,
        "own_record": owned and could(caller, Action.RECORD_VIEW, at),
        "may_decide": owned and is_open and could(caller, Action.HIT_DECIDE, at),
        "may_tell": mine
        and not owned
        and is_open
        and found.owner_told_at is None
        and could(caller, Action.HIT_OUTCOME, at),
        "may_record_outcome": mine and could(caller, Action.HIT_OUTCOME, at),
        "outcomes": [
            (code, words, found.state == HitState.CONFIRMED or code not in NEEDS_CONFIRMATION)
            for code, words in OUTCOMES.items()
        ],
        "problems": [] if error is None else [problem_of(error)],
    }
    return render(request, "hits/hit.html", context, status=200 if error is None else error.status)
