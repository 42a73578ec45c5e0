"""The ASGI application: routes, errors as JSON, one log line per request. Knows no search."""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import structlog

from comity.kernel.errors import BusyError, ComityError, ErrorCode, InputError, NotFoundError
from comity.search import metrics as metrics_page
from comity.search.bodies import read_body
from comity.search.metrics import Metrics
from comity.search.openapi import description
from comity.search.readiness import Readiness
from comity.search.service import Call, SearchService

MAX_UNDER_WAY: Final = 1_024
"""Requests worked on at once: at a hundred milliseconds each more than a process can finish in time."""
CERTIFICATE: Final = "comity.certificate"
"""Where the connection puts the digest of the client's certificate in the scope."""

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Scope = Mapping[str, Any]

_JSON: Final = b"application/json"
_LOOPBACK: Final = frozenset(["127.0.0.1", "::1"])
_ENCODER: Final = msgspec.json.Encoder()
_LOG: Final = structlog.get_logger()


class MethodNotAllowedError(InputError):
    """Shown with status 405 and the methods that are."""

    status = 405


@dataclass(slots=True)
class Answered:
    """What goes out: status, type and bytes, with further headers."""

    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class Visit:
    """One request on its way through; `bureau` and `kind` are filled in on the way, for log and metrics."""

    scope: Scope
    headers: Mapping[bytes, bytes]
    receive: Receive
    bureau: str = ""


Handler = Callable[[Visit], Awaitable[Answered]]


class App:
    """Answers requests; every way out is a JSON body and a log line."""

    def __init__(self, service: SearchService, readiness: Readiness, metrics: Metrics, max_body: int) -> None:
        self._service = service
        self._readiness = readiness
        self._metrics = metrics
        self._max_body = max_body
        self._under_way = 0
        self._description = description()
        self._routes: dict[str, tuple[str, Handler]] = {
            "/v1/search": ("POST", self._search),
            "/v1/openapi.json": ("GET", self._openapi),
            "/livez": ("GET", self._live),
            "/readyz": ("GET", self._ready),
            "/metrics": ("GET", self._page_of_metrics),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.monotonic()
        visit = Visit(scope, dict(scope["headers"]), receive)
        path = scope["path"] if scope["path"] in self._routes else ""
        self._under_way += 1
        try:
            answered = await self._handle(path, visit)
        finally:
            self._under_way -= 1
        await _send(send, answered)
        _LOG.info(
            "request",
            path=path,
            status=answered.status,
            ms=round((time.monotonic() - started) * 1000, 1),
            bureau=visit.bureau,
        )

    async def _handle(self, path: str, visit: Visit) -> Answered:
        if not path:
            return _refused(NotFoundError(ErrorCode.ROUTE_NOT_FOUND))
        method, handler = self._routes[path]
        try:
            if visit.scope["method"] != method:
                return _refused(
                    MethodNotAllowedError(ErrorCode.METHOD_NOT_ALLOWED), [(b"allow", method.encode())]
                )
            return await handler(visit)
        except ComityError as error:
            if path == "/v1/search":
                self._metrics.refused(error.code)
            return _refused(error)
        except Exception as error:  # noqa: BLE001 - the edge of the process: nothing may leave but a code
            _LOG.error("fault", path=path, kind=type(error).__name__, where=_places(error))
            return _refused(ComityError(ErrorCode.INTERNAL))

    async def _search(self, visit: Visit) -> Answered:
        started = time.monotonic()
        if self._under_way > MAX_UNDER_WAY:
            raise BusyError(ErrorCode.LIMIT_RATE)
        call = Call(
            visit.headers.get(b"authorization"),
            visit.scope.get(CERTIFICATE),
            lambda: read_body(visit.headers, visit.receive, self._max_body),
        )
        try:
            answer = await self._service.search(call)
        finally:
            visit.bureau = call.bureau or ""
        self._metrics.answered(answer.state, call.kind, time.monotonic() - started)
        return Answered(200, _ENCODER.encode(answer))

    async def _openapi(self, _visit: Visit) -> Answered:
        return Answered(200, self._description)

    async def _live(self, _visit: Visit) -> Answered:
        return Answered(200, b'{"live":true}')

    async def _ready(self, _visit: Visit) -> Answered:
        await self._readiness.check()
        return Answered(200, b'{"ready":true}')

    async def _page_of_metrics(self, visit: Visit) -> Answered:
        client = visit.scope.get("client")
        if client is None or client[0] not in _LOOPBACK:
            raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
        self._metrics.under_way(self._under_way)
        return Answered(200, self._metrics.page(), metrics_page.CONTENT_TYPE.encode())


def _refused(error: ComityError, headers: list[tuple[bytes, bytes]] | None = None) -> Answered:
    more = list(headers or ())
    if error.status == 401:  # noqa: PLR2004 (RFC 9110 section 15.5.2 demands the header)
        more.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, BusyError):
        more.append((b"retry-after", b"1"))
    return Answered(error.status, _ENCODER.encode(error.public()), headers=more)


async def _send(send: Send, answered: Answered) -> None:
    headers = [
        (b"content-type", answered.content_type),
        (b"content-length", b"%d" % len(answered.body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *answered.headers,
    ]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    await send({"type": "http.response.body", "body": answered.body})


def _places(error: BaseException) -> list[str]:
    """Return where a fault happened, without its text: that may hold data of a query (I11)."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-6:]]
