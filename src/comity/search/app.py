"""The application: routes, errors as JSON, one log line per request. Knows no search."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

import msgspec

from comity.kernel.clock import Clock
from comity.kernel.errors import BusyError, ComityError, ErrorCode, InputError, NotFoundError
from comity.protocol.search import MAX_BATCH_BODY_BYTES
from comity.search import logs
from comity.search.exchanges import JSON, Exchange, Headers
from comity.search.metrics import CONTENT_TYPE, Metrics
from comity.search.openapi import description
from comity.search.readiness import NotReadyError, Readiness
from comity.search.service import Due

MAX_UNDER_WAY: Final = 1_024
"""Requests worked on at once: at the slowest that is allowed more than a process can finish in time."""
SEARCH: Final = b"/v1/search"
BATCH: Final = b"/v1/search/batch"

_LOOPBACK: Final = frozenset(["127.0.0.1", "::1"])
_ENCODER: Final = msgspec.json.Encoder()

Handler = Callable[[Exchange], None]


class MethodNotAllowedError(InputError):
    """Shown with status 405 and the methods that are."""

    status = 405


class App:
    """Answers requests; every way out is a JSON body and a log line. Owned by the event loop."""

    def __init__(self, clock: Clock, readiness: Readiness, metrics: Metrics, max_body: int) -> None:
        self._now = clock.now
        self._readiness = readiness
        self._metrics = metrics
        self._under_way = 0
        self._round: list[Exchange] = []
        self._searches: list[Exchange] = []
        self._search: Callable[[Sequence[Exchange]], None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._description = description()
        self.body_limits: Mapping[bytes, int] = {SEARCH: max_body, BATCH: MAX_BATCH_BODY_BYTES}
        self._routes: dict[bytes, tuple[bytes, Handler]] = {
            b"/v1/openapi.json": (b"GET", self._openapi),
            b"/livez": (b"GET", self._live),
            b"/readyz": (b"GET", self._ready),
            b"/metrics": (b"GET", self._page_of_metrics),
        }
        metrics.gauge("under_way", "Requests under way.", lambda: self._under_way)

    def post(self, path: bytes, handler: Handler) -> None:
        """Let `handler` take the questions that are posted to `path`."""
        self._routes[path] = (b"POST", handler)

    def search_by(self, search: Callable[[Sequence[Exchange]], None]) -> None:
        """Let `search` take all searches of one round together; it raises no `ComityError`."""
        self._search = search
        self._routes[SEARCH] = (b"POST", self._searches.append)

    def __call__(self, exchange: Exchange) -> None:
        """Take one request; it is answered once, now or later."""
        self._under_way += 1
        self._round.append(exchange)
        if len(self._round) == 1:
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        """Work on everything that came in one round of the event loop.

        Connections first, then questions: each part of the code stays in the processor's caches.
        """
        exchanges, self._round = self._round, []
        for exchange in exchanges:
            try:
                self._handler(exchange)(exchange)
            except ComityError as error:
                self.refused(exchange, error)
            except Exception as error:  # noqa: BLE001 - the edge of the process: nothing may leave but a code
                self.failed(exchange, error)
        searches = self._searches[:]
        self._searches.clear()
        if searches and self._search is not None:
            self._search(searches)

    def later(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        """Run the rest of the work on an exchange; what it raises is told to who asked."""
        task = asyncio.get_running_loop().create_task(self._guarded(exchange, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def told(self, dues: Sequence[Due]) -> None:
        """Send what is due, then count it."""
        told = list[Exchange]()
        counted = list[tuple[str, str]]()
        for due in dues:
            exchange = due.exchange
            if due.refusal is not None:
                self.refused(exchange, due.refusal)
            elif due.state is not None:
                exchange.found(due.body)
                told.append(exchange)
                counted.append((due.state, exchange.kind))
        if not told:
            return
        self._under_way -= len(told)
        now = time.monotonic()
        seconds = [now - exchange.began for exchange in told]
        self._metrics.answered(counted, seconds)
        bureaus = [exchange.bureau for exchange in told]
        logs.requests(told[-1].path, 200, self._now(), seconds, bureaus)

    def batch_told(self, exchange: Exchange, body: bytes, counts: Counter[tuple[str, str]]) -> None:
        """Send the answers to a batch."""
        self._metrics.batch_answered(counts)
        self.answered(exchange, 200, body)

    def refused(self, exchange: Exchange, error: ComityError) -> None:
        """Send a refusal."""
        if exchange.path in self.body_limits:
            self._metrics.refused(error.code)
        headers: Headers = ()
        if error.status == 401:  # noqa: PLR2004 (RFC 9110 section 15.5.2 demands the header)
            headers = ((b"www-authenticate", b"Bearer"),)
        elif isinstance(error, BusyError):
            headers = ((b"retry-after", b"1"),)
        elif isinstance(error, MethodNotAllowedError):
            headers = ((b"allow", self._routes[exchange.path][0]),)
        body = error.page() if isinstance(error, NotReadyError) else error.public()
        self.answered(exchange, error.status, _ENCODER.encode(body), headers=headers)

    def answered(
        self, exchange: Exchange, status: int, body: bytes, content_type: bytes = JSON, headers: Headers = ()
    ) -> None:
        """Send what goes out, and write it down."""
        self._under_way -= 1
        exchange.answer(status, body, content_type, headers)
        seconds = time.monotonic() - exchange.began
        logs.requests(exchange.path, status, self._now(), [seconds], [exchange.bureau])

    def _handler(self, exchange: Exchange) -> Handler:
        route = self._routes.get(exchange.path)
        if route is None:
            exchange.path = b""
            raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
        method, handler = route
        if exchange.method != method:
            raise MethodNotAllowedError(ErrorCode.METHOD_NOT_ALLOWED)
        if self._under_way > MAX_UNDER_WAY and method == b"POST":
            raise BusyError(ErrorCode.LIMIT_RATE)
        return handler

    async def _guarded(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ComityError as error:
            self.refused(exchange, error)
        except Exception as error:  # noqa: BLE001 - as above
            self.failed(exchange, error)

    def failed(self, exchange: Exchange, error: Exception) -> None:
        """Write down what may not happen, and send that it did."""
        logs.fault(exchange.path.decode(), error)
        self.refused(exchange, ComityError(ErrorCode.INTERNAL))

    def _openapi(self, exchange: Exchange) -> None:
        self.answered(exchange, 200, self._description)

    def _live(self, exchange: Exchange) -> None:
        self.answered(exchange, 200, b'{"live":true}')

    def _ready(self, exchange: Exchange) -> None:
        self.later(exchange, self._check_readiness(exchange))

    async def _check_readiness(self, exchange: Exchange) -> None:
        await self._readiness.check()
        self.answered(exchange, 200, b'{"ready":true}')

    def _page_of_metrics(self, exchange: Exchange) -> None:
        if exchange.client not in _LOOPBACK:
            raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
        self.answered(exchange, 200, self._metrics.page(), CONTENT_TYPE)
