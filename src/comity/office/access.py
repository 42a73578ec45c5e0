"""Who asks, and may they? Every page and machine operation passes here; `rules.decide` is the one judge.

    @page(Action.RECORD_LIST)
    def records(request: HttpRequest, caller: Caller) -> HttpResponse: ...

asks for the action itself; what concerns one thing is asked again with that thing:

    require(caller, Action.RECORD_VIEW, Subject(owner=record.bureau), at, about=f"record:{record_id}")
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from comity.kernel.codes import Action, Purpose, Role
from comity.kernel.errors import AccessError, AuthenticationError, ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, NodeId, OfficerId, UnitId
from comity.node.grants import verify_grant
from comity.office import runtime
from comity.office.people.models import Account
from comity.office.supervision.journal import Event, record_events
from comity.office.units.models import is_open
from comity.protocol.members import Member
from comity.rules.decisions import Actor, Context, Decision, Subject, decide
from comity.rules.permissions import NEEDS_PURPOSE

P = ParamSpec("P")
PageView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
CallerView = Callable[Concatenate[HttpRequest, "Caller", P], HttpResponseBase]
_BEARER = "Bearer "
_HIDING = frozenset({ErrorCode.ACCESS_DENIED, ErrorCode.ACCESS_NOT_FOUND})
"""Refusals that become 404: a stranger learns nothing. Others (a missing purpose) are told to the asker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who acts: a person signed in, a machine with a grant, or (officer empty) a node."""

    actor: Actor
    node: NodeId
    bureau: BureauId
    officer: OfficerId
    language: str = "en"
    proved_at: datetime | None = None
    """When the person behind it last showed who they are; None where nobody asked."""


def caller_for_account(account: Account) -> Caller:
    """Return the caller that a signed-in account is."""
    home = runtime.home()
    officer = OfficerId(account.id)
    actor = Actor(
        bureau=home.bureau,
        node_role=home.settings.node.role,
        country=home.settings.node.country,
        roles=_roles(account),
        officer=officer,
        node=home.node,
        unit=UnitId(account.unit),
    )
    return Caller(actor=actor, node=home.node, bureau=home.bureau, officer=officer, language=account.language)


def caller_for_node(peer: Member) -> Caller:
    """Return the caller that a node is, acting for itself."""
    actor = Actor(bureau=peer.bureau, node_role=peer.role, country=peer.country, node=peer.node)
    return Caller(actor=actor, node=peer.node, bureau=peer.bureau, officer=OfficerId(""))


def caller_for_grant(token: str, at: datetime) -> Caller:
    """Return the caller that presents a grant of this bureau.

    The account behind it must still be active here, and only roles that it still has count: a right
    that was taken away is gone with the next request, not with the grant's end. Raises
    `AuthenticationError` (grant.…).
    """
    home = runtime.home()
    grant = verify_grant(token, home.directory.current(at), at, home.bureau)
    account = Account.objects.filter(id=grant.officer, is_active=True).first()
    if account is None:
        raise AuthenticationError(ErrorCode.GRANT_FOREIGN)
    actor = Actor(
        bureau=grant.bureau,
        node_role=home.settings.node.role,
        country=home.settings.node.country,
        roles=grant.roles & _roles(account),
        officer=grant.officer,
        node=home.node,
        unit=UnitId(account.unit),
        purposes=grant.purposes,
    )
    return Caller(
        actor=actor,
        node=home.node,
        bureau=grant.bureau,
        officer=grant.officer,
        language=account.language,
        proved_at=datetime.fromtimestamp(grant.issued_at, UTC),
    )


def caller_of(request: HttpRequest) -> Caller:
    """Return who sends this request.

    Raises `AuthenticationError`: grant.missing when there is neither a session nor a grant, grant.…
    for a grant that does not hold.
    """
    header = request.headers.get("Authorization", "")
    if header.startswith(_BEARER):
        return caller_for_grant(header.removeprefix(_BEARER).strip(), runtime.clock().now())
    if isinstance(request.user, Account):
        return caller_for_account(request.user)
    raise AuthenticationError(ErrorCode.GRANT_MISSING)


def could(caller: Caller, action: Action, at: datetime) -> bool:
    """Tell whether `caller` may do `action` to something of the own bureau, for some purpose.

    For menus and as the first question of a page; the thing itself is asked about with `require`.
    """
    return _first_answer(caller, action, at).allowed


def require(  # noqa: PLR0913 - who, what, to what, when, what for, and how the journal calls it
    caller: Caller,
    action: Action,
    subject: Subject,
    at: datetime,
    purpose: Purpose | None = None,
    *,
    about: str = "",
    detail: dict[str, Any] | None = None,
) -> Decision:
    """Ask `rules.decide`, write the answer into the journal, and raise unless it is yes.

    `about` names the thing as `kind:id`; `detail` is the journal's erasable body. Inside a
    transaction the entry belongs to it, so ask before you open one: a refusal must outlive the rollback.
    Raises `NotFoundError` (access.not_found, 404) where existence is a secret, else `AccessError`.
    """
    decision = decide(caller.actor, action, subject, Context(at=at, purpose=purpose))
    journal_decision(caller, action, decision, at, about=about, detail=detail)
    _raise_unless(decision)
    return decision


def require_all(caller: Caller, action: Action, subjects: Sequence[Subject], at: datetime) -> list[Event]:
    """Ask about several things at once; return what to journal with what is done to them.

    The entries belong into the transaction that acts. A refusal is written down here, and raised as
    by `require`: one thing that is not allowed refuses them all.
    """
    events = []
    for subject in subjects:
        decision = decide(caller.actor, action, subject, Context(at=at))
        if not decision.allowed:
            journal_decision(caller, action, decision, at)
            _raise_unless(decision)
        events.append(_event(caller, action, decision, at, about="", detail=None))
    return events


def journal_decision(  # noqa: PLR0913 - as `require`
    caller: Caller,
    action: Action,
    decision: Decision,
    at: datetime,
    *,
    about: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write what was decided into the journal."""
    record_events([_event(caller, action, decision, at, about=about, detail=detail)])


def _event(  # noqa: PLR0913 - as `require`
    caller: Caller,
    action: Action,
    decision: Decision,
    at: datetime,
    *,
    about: str,
    detail: dict[str, Any] | None,
) -> Event:
    return Event(
        bureau=caller.bureau,
        node=caller.node,
        officer=caller.officer,
        action=action,
        subject=about,
        allowed=decision.allowed,
        code="" if decision.code is None else str(decision.code),
        body=detail,
        at=at,
    )


def page(action: Action, *, journal: bool = True) -> Callable[[CallerView[P]], PageView[P]]:
    """Make a page of a view `(request, caller, ...)`: signed-in accounts that could do `action` only.

    Others get 404, nobody signed in is led to the sign-in page. `journal=False` is for what an open
    page asks by itself every second; refusals are written down all the same.
    """

    def decorate(view: CallerView[P]) -> PageView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, Account):
                return _to_sign_in(request)
            caller = caller_for_account(request.user)
            admit(caller, action, runtime.clock().now(), journal=journal)
            response = view(request, caller, *args, **kwargs)
            response.setdefault("Cache-Control", "no-store")
            return response

        guarded.comity_action = action  # type: ignore[attr-defined]  # read by the test of all routes
        return cast("PageView[P]", guarded)

    return decorate


def admit(caller: Caller, action: Action, at: datetime, *, journal: bool = True) -> None:
    """Raise unless `caller` could do `action` here at all, and write the answer into the journal."""
    decision = _first_answer(caller, action, at)
    if journal or not decision.allowed:
        journal_decision(caller, action, decision, at)
    _raise_unless(decision)


def _first_answer(caller: Caller, action: Action, at: datetime) -> Decision:
    subject = Subject(
        owner=caller.bureau,
        recipients=frozenset({caller.bureau}),
        officer=caller.officer or None,
        node=caller.node,
        units=frozenset({caller.actor.unit}),
    )
    purposes = list(Purpose) if action in NEEDS_PURPOSE else [None]
    answers = [decide(caller.actor, action, subject, Context(at=at, purpose=p)) for p in purposes]
    return next((answer for answer in answers if answer.allowed), answers[0])


def _roles(account: Account) -> frozenset[Role]:
    """Return what an account may still do: with its unit closed, nothing."""
    if account.unit and not is_open(runtime.home().bureau, UnitId(account.unit)):
        return frozenset()
    return account.role_set()


def _raise_unless(decision: Decision) -> None:
    if decision.allowed:
        return
    code = decision.code or ErrorCode.ACCESS_DENIED
    if code in _HIDING:
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND)
    raise AccessError(code, remedy=decision.reasons[0])


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    back = f"?next={quote(request.path)}" if request.method == "GET" else ""
    response = HttpResponseRedirect(reverse("account_login") + back)
    if request.headers.get("HX-Request") == "true":
        # htmx would put the sign-in page into a corner of the present one
        response = HttpResponseRedirect(reverse("account_login"))
        response.status_code = 204
        response["HX-Redirect"] = response["Location"]
        del response["Location"]
    return response
