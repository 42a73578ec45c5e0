"""Around every request: a log line without personal data, errors in their form, scope, idle limit."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from comity.kernel.errors import ErrorCode, LimitError
from comity.office import runtime
from comity.office.errors import as_comity_error, is_machine, respond
from comity.office.scoping import acting_for
from comity.office.settings_common import (
    MAX_PAGE_REQUEST_BYTES,
    SESSION_IDLE_SECONDS,
    SESSION_LONGEST_SECONDS,
)

Handler = Callable[[HttpRequest], HttpResponse]

_STARTED: Final = "comity_started"
_LAST: Final = "comity_last"
_TOUCH_EVERY_S: Final = 60
"""The session's instant of last use is exact to a minute, so that reading pages does not write each time."""
_UNATTENDED_ROUTES: Final = frozenset({"live"})
"""Asked by the open page itself: no sign that somebody sits there."""

_log = structlog.get_logger("comity.access")


def route_of(request: HttpRequest) -> str:
    """Return the template of the request's path (`/threads/<uuid:thread_id>/`), or `-` when there is none."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return "-"
    return f"/{match.route}"


class AccessLog:
    """Writes a line per request: method, path template, status, milliseconds; no ids, no queries (I11)."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer and log."""
        begun = time.perf_counter()
        response = self._get_response(request)
        took_ms = round((time.perf_counter() - begun) * 1000, 1)
        _log.info(
            "request",
            method=request.method if request.method in _METHODS else "-",
            route=route_of(request),
            status=response.status_code,
            ms=took_ms,
        )
        return response


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"})


class Errors:
    """Turns every exception into its public form."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what is too large for a page is refused before a byte of it is read.

        Door and machine API have limits of their own for each operation (`bodies`).
        """
        if not is_machine(request) and _announced_bytes(request) > MAX_PAGE_REQUEST_BYTES:
            return respond(request, LimitError(ErrorCode.LIMIT_BODY))
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer an exception of a view; Django's own (404, suspicious requests) go to the handlers."""
        if type(exception).__module__.startswith("django.") or _is_immediate(exception):
            from django.core.exceptions import PermissionDenied, SuspiciousOperation
            from django.http import Http404

            if isinstance(exception, Http404 | PermissionDenied | SuspiciousOperation) or _is_immediate(
                exception
            ):
                return None
        return respond(request, as_comity_error(exception))


def _announced_bytes(request: HttpRequest) -> int:
    length = request.headers.get("Content-Length") or "0"
    return int(length) if length.isdecimal() else 0


def _is_immediate(exception: Exception) -> bool:
    """Tell whether this is allauth's way to hand a ready answer up the stack."""
    return type(exception).__name__ == "ImmediateHttpResponse"


class Scope:
    """Runs each request inside the own bureau's scope; queries outside of any scope raise."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the scope."""
        with acting_for(runtime.home().bureau):
            return self._get_response(request)


class SessionLifetime:
    """Ends a session that was idle too long or has lasted a whole shift."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with a session that is still in its time."""
        if request.user.is_authenticated:
            self._check(request, runtime.clock().now())
        return self._get_response(request)

    def _check(self, request: HttpRequest, at: datetime) -> None:
        now = int(at.timestamp())
        started = request.session.setdefault(_STARTED, now)
        last = request.session.setdefault(_LAST, now)
        if now - last > SESSION_IDLE_SECONDS or now - started > SESSION_LONGEST_SECONDS:
            from django.contrib.auth import logout

            logout(request)
        elif now - last >= _TOUCH_EVERY_S and not _is_unattended(request):
            request.session[_LAST] = now


def _is_unattended(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).url_name in _UNATTENDED_ROUTES
    except Resolver404:
        return False
