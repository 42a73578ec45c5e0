"""How errors leave the office: JSON for programs and nodes, a short page for people. Details stay inside."""

from http import HTTPStatus
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_scopes.exceptions import ScopeError

from comity.kernel.errors import (
    AccessError,
    AuthenticationError,
    BusyError,
    ComityError,
    ErrorCode,
    InputError,
    IntegrityError,
    NotFoundError,
)
from comity.office.responses import json_response

_MACHINE_PREFIXES: Final = ("/api/", "/node/", "/join/")
RETRY_AFTER_S: Final = 1
"""Whoever is told to wait waits a second: long enough for a burst to drain."""
_log = structlog.get_logger("comity.office")


class MethodError(ComityError):
    """The address exists and does not take this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(ErrorCode.METHOD_NOT_ALLOWED)
        self.allowed = allowed


class InternalError(ComityError):
    """What nobody foresaw; the log says where, the answer says nothing."""


def is_machine(request: HttpRequest) -> bool:
    """Tell whether a program or a node asks, which reads JSON."""
    return request.path.startswith(_MACHINE_PREFIXES)


def respond(request: HttpRequest, error: ComityError) -> HttpResponse:
    """Return `error` in the form that the asker reads."""
    if is_machine(request):
        response = json_response(error.public(), error.status)
    else:
        response = _page(request, error)
        response["Cache-Control"] = "no-store"
    if isinstance(error, MethodError):
        response["Allow"] = ", ".join(error.allowed)
    if isinstance(error, BusyError):
        response["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, AuthenticationError):
        response["WWW-Authenticate"] = 'Bearer realm="comity"'
    return response


def _page(request: HttpRequest, error: ComityError) -> HttpResponse:
    public = error.public()["error"]
    try:
        return render(request, "error.html", {"error": public}, status=error.status)
    except Exception as broken:  # noqa: BLE001 - the last page must come even when the frame cannot be drawn
        _log.error("error.page", kind=type(broken).__name__, where=_places(broken))
        text = f"{public['message']} {public['remedy']} ({public['code']})"
        return HttpResponse(text, status=error.status, content_type="text/plain; charset=utf-8")


def as_comity_error(error: Exception) -> ComityError:
    """Return what the outside may know of `error`, and log where an unforeseen one happened.

    The log gets the type and the places in the code, never the text: it may hold personal data (I11).
    """
    if isinstance(error, ComityError):
        if isinstance(error, IntegrityError):
            _log.error("integrity.failed", code=str(error.code), where=_places(error))
        return error
    _log.error("internal.error", kind=type(error).__name__, where=_places(error))
    if isinstance(error, ScopeError):
        return InternalError(ErrorCode.ACCESS_SCOPE_MISSING)
    return InternalError(ErrorCode.INTERNAL)


def _places(error: BaseException) -> list[str]:
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/site-packages/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return found[-12:]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer an address that leads nowhere."""
    return respond(request, NotFoundError(ErrorCode.ROUTE_NOT_FOUND))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as above
    """Answer a request that Django itself refuses (odd host, too many fields)."""
    return respond(request, InputError(ErrorCode.INPUT_WRONG_TYPE))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - as above
    """Answer what Django refuses for lack of rights."""
    return respond(request, AccessError(ErrorCode.ACCESS_DENIED))


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what broke outside the views."""
    return respond(request, InternalError(ErrorCode.INTERNAL))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer a form that was not sent from this node's own page."""
    return respond(
        request, AccessError(ErrorCode.ACCESS_DENIED, remedy="Load the page again, then send the form.")
    )
