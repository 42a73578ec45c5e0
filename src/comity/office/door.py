"""The one door for node-to-node traffic: verify, authorise, journal, act, answer.

    @node_endpoint(Action.FEED_READ, method="GET", query=FeedQuery)
    def feed(request: HttpRequest, peer: Member, query: FeedQuery) -> FeedPage: ...

A peer is known by the certificate of its TLS line, looked up in the member directory on every
request: a removed member's certificate opens nothing from the moment the directory says so.
"""

import ssl
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from comity.crypto.certificates import fingerprint
from comity.kernel.codes import Action
from comity.kernel.errors import ErrorCode, InputError, LimitError, TrustError
from comity.kernel.ids import OfficerId
from comity.office import runtime
from comity.office.access import admit, caller_for_node
from comity.office.bodies import read_body, read_canonical, read_query
from comity.office.errors import MethodError
from comity.office.machine import NoQuery
from comity.office.responses import answer_response
from comity.office.scoping import acting_for
from comity.office.supervision.journal import record_event
from comity.protocol.members import Member

MAX_BODY_BYTES: Final = 64 * 1024
"""Receipts and acknowledgements; what carries records or messages states its own limit."""

DoorView = Callable[..., HttpResponseBase]


def peer_certificate(request: HttpRequest) -> bytes | None:
    """Return the client's certificate (DER) as the TLS layer verified it, or None when it sent none."""
    line = request.META.get("gunicorn.socket")
    return line.getpeercert(binary_form=True) if isinstance(line, ssl.SSLSocket) else None


def verify_peer(request: HttpRequest) -> Member:
    """Return the active member on the other end.

    Raises `TrustError`: member.certificate (none, or nobody's), member.not_active.
    """
    certificate = peer_certificate(request)
    if certificate is None:
        raise TrustError(ErrorCode.MEMBER_CERTIFICATE)
    directory = runtime.home().directory.current(runtime.clock().now())
    return directory.by_certificate(fingerprint(certificate))


def node_endpoint(  # noqa: PLR0913 - what a door takes; all by name
    action: Action,
    *,
    method: str = "POST",
    body: Any = None,
    query: Any = NoQuery,
    max_bytes: int = MAX_BODY_BYTES,
    journal: bool = True,
    canonical: bool = False,
) -> Callable[[Callable[..., Any]], DoorView]:
    """Make a door of `(request, peer, [body], [query], **route values)` that returns a struct or dict.

    With `body=bytes` the body is octets; a view may return octets as a response of its own.

    `journal=False` is for what a peer asks many times a second without anything changing (feeds,
    inboxes); refusals are written down all the same. `canonical=True` is for what is signed: a body that
    cannot be read, or is not the one text of its value, is refused and written down. The view runs in the
    peer's bureau scope.
    """

    def decorate(view: Callable[..., Any]) -> DoorView:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, **values: Any) -> HttpResponseBase:
            if request.method != method:
                raise MethodError([method])
            peer = verify_peer(request)
            with acting_for(peer.bureau):
                admit(caller_for_node(peer), action, runtime.clock().now(), journal=journal)
                asked = read_query(request.GET, query)
                if query is not NoQuery:
                    values["query"] = asked
                if canonical:
                    values["body"] = _read_canonical(request, peer, action, body, max_bytes)
                elif body is not None:
                    values["body"] = read_body(request, body, max_bytes)
                return answer_response(view(request, peer, **values))

        guarded.comity_action = action  # type: ignore[attr-defined]  # read by the test of all routes
        return guarded

    return decorate


def _read_canonical(request: HttpRequest, peer: Member, action: Action, body: Any, max_bytes: int) -> Any:
    try:
        return read_canonical(request, body, max_bytes)
    except (InputError, LimitError, TrustError) as error:
        record_event(
            bureau=peer.bureau,
            node=peer.node,
            officer=OfficerId(""),
            action=action,
            subject="envelope",
            allowed=False,
            code=str(error.code),
            at=runtime.clock().now(),
        )
        raise


def by_method(**views: DoorView) -> DoorView:
    """Return one door of several at the same address: `by_method(GET=look, PUT=put)`."""

    @csrf_exempt
    def chosen(request: HttpRequest, **values: Any) -> HttpResponseBase:
        view = views.get(request.method or "")
        if view is None:
            raise MethodError(sorted(views))
        return view(request, **values)

    first = next(iter(views.values()))
    chosen.comity_action = first.comity_action  # type: ignore[attr-defined]  # read by the test of all routes
    return chosen
