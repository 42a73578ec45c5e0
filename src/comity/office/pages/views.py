"""The start page, the officer's search, counts for the open page, and how a reader likes the pages."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from comity.kernel.codes import Action, Purpose
from comity.kernel.errors import ComityError, ErrorCode, InputError, LimitError, UnavailableError
from comity.office import runtime
from comity.office.access import Caller, could, page
from comity.office.pages.answers import answer_page
from comity.office.pages.forms import SearchForm
from comity.office.pages.live import counts_for
from comity.office.pages.preferences import CHOICES, Preferences
from comity.office.pages.search_line import ask
from comity.office.people.services import issue_grant
from comity.protocol.search import SearchAnswer

_LAST_PURPOSE: Final = "search_purpose"
"""Session key: a shift at one gate asks for one purpose; the officer still sees it and may change it."""
_TOLD_ON_THE_PAGE: Final = (InputError, LimitError, UnavailableError)


@require_GET
@page(Action.DIRECTORY_VIEW, journal=False)
def home(request: HttpRequest, caller: Caller) -> HttpResponse:  # noqa: ARG001 - the page's signature
    """Lead a reader to where the work is: the desk, or the search, or the first place that is open."""
    at = runtime.clock().now()
    for action, name in (
        (Action.MESSAGE_VIEW, "inbox"),
        (Action.SEARCH_RUN, "search"),
        (Action.RECORD_SUBMIT, "records"),
        (Action.JOURNAL_VIEW, "journal"),
    ):
        if could(caller, action, at):
            return redirect(name)
    return redirect("directory")


@require_http_methods(["GET", "POST"])
@page(Action.SEARCH_RUN)
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the box; on POST ask, and show the answer below it. The question is in the body only (I11)."""
    if request.method != "POST":
        form = SearchForm(initial={"purpose": request.session.get(_LAST_PURPOSE, "")})
        return render(request, "search/search.html", {"form": form})
    form = SearchForm(request.POST)
    if not form.is_valid():
        return render(request, "search/search.html", {"form": form, "refused": True}, status=422)
    request.session[_LAST_PURPOSE] = form.cleaned_data["purpose"]
    try:
        answer = _answer(form, caller)
    except _TOLD_ON_THE_PAGE as error:
        return _refused(request, form, error)
    context = {"form": form, "answer": answer_page(answer), "desk": _has_desk(caller)}
    return render(request, "search/search.html", context)


def _answer(form: SearchForm, caller: Caller) -> SearchAnswer:
    at = runtime.clock().now()
    question = form.request()
    grant = issue_grant(caller, frozenset({Purpose(question.purpose)}), at)
    return ask(question, grant)


def _refused(request: HttpRequest, form: SearchForm, error: ComityError) -> HttpResponse:
    context = {
        "form": form,
        "error": error,
        "may_accept": error.code is ErrorCode.INPUT_WRONG_CHECK_DIGIT,
    }
    return render(request, "search/search.html", context, status=error.status)


def _has_desk(caller: Caller) -> bool:
    return could(caller, Action.HIT_VIEW, runtime.clock().now())


@require_GET
@page(Action.DIRECTORY_VIEW, journal=False)
def live(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the open page's question what waits; `desk-changed` tells its lists to load again."""
    counts = counts_for(caller, runtime.clock().now())
    response = render(request, "parts/counts.html", {"counts": counts})
    if request.GET.get("mark", "") != counts.mark:
        response["HX-Trigger"] = "desk-changed"
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages for this browser."""
    return _changed(request, "language")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Change colours, sound or keys for this browser."""
    name = next((name for name in CHOICES if name in request.POST), "")
    return _changed(request, name)


def _changed(request: HttpRequest, name: str) -> HttpResponse:
    response = HttpResponseRedirect(_back(request))
    Preferences.of(request).with_choice(name, request.POST.get(name, "")).write(response)
    return response


def _back(request: HttpRequest) -> str:
    """Return the page the reader came from, as the form says it: referrers are switched off."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=True)
    return back if safe else "/"
