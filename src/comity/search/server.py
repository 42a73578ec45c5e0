"""Putting the search of one node together and running it until it is told to stop."""

import asyncio
import gc
import signal
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import uvicorn
import uvloop

from comity.index.planning import plan_query
from comity.index.questions import Plan
from comity.kernel.clock import Clock, SystemClock
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ComityError, ConfigurationError, ErrorCode
from comity.ledger.spool import SpoolWriter
from comity.node.home import NodeHome
from comity.protocol.search import MAX_BODY_BYTES, TextQuery
from comity.search import logs
from comity.search.app import App
from comity.search.authentication import Doorkeeper
from comity.search.connections import Connection
from comity.search.copy_source import CopySource
from comity.search.journaling import Journal
from comity.search.live_source import LiveSource
from comity.search.metrics import Metrics
from comity.search.readiness import Readiness
from comity.search.service import SearchService
from comity.search.sources import Source

KEEP_ALIVE_S: Final = 30
"""Border kiosks ask every few seconds; a new TLS connection costs as much as a hundred searches."""
STOP_S: Final = 5
"""Searches under way end within their budget; then the process ends."""
BACKLOG: Final = 2_048
MAX_CONNECTIONS: Final = 4_096
"""File descriptors of one process, with room to spare under the usual limit of 64 Ki."""
GC_EVERY: Final = 50_000
"""Requests leave no cycles behind, so the collector looks seldom: each look is a pause."""
SWITCH_INTERVAL_S: Final = 0.0005
"""The flusher and the event loop share the interpreter; ten times the default rate keeps both prompt."""


class SearchNode:
    """Everything that one search process holds."""

    def __init__(self, home: NodeHome, clock: Clock) -> None:
        settings = home.settings.search
        if settings.workers != 1:
            # The journal has one writer; more processes would each need their own.
            raise ConfigurationError(
                ErrorCode.CONFIG_ODD_VALUE, field="search.workers", remedy="One worker is supported."
            )
        self.home = home
        self.clock = clock
        self.spool = SpoolWriter(home.spool_dir)
        self.sources: Sequence[Source] = [
            CopySource(section, home) if section.kind == "copy" else LiveSource(section, home)
            for section in home.settings.sources
        ]
        self.readiness = Readiness(home, clock, self.spool, self.sources)
        service = SearchService(
            clock,
            Doorkeeper(home),
            self.sources,
            Journal(self.spool, home.node),
            total_s=settings.total_budget_ms / 1000,
        )
        self.app = App(service, self.readiness, Metrics(), min(settings.max_body_bytes, MAX_BODY_BYTES))

    def config(self) -> uvicorn.Config:
        """Return how this node serves."""
        settings = self.home.settings.search
        return uvicorn.Config(
            self.app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan="off",
            interface="asgi3",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
            ssl_context_factory=lambda _config, _default: self._tls(),
        )

    def warm_up(self, at: datetime) -> None:
        """Run every kind of question once, so that the first officer does not wait for tables to load."""
        for text in ("Jana Izmišljena 1980", "яна измишлена", "يانا", "LJ AB-123", "1M8GDM9AXKP042788"):
            plan = plan_query(TextQuery(text=text), at)
            for source in self.sources:
                if isinstance(source, CopySource):
                    _warm(source, plan, at)
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_EVERY)

    async def close(self) -> None:
        """Give everything back; the journal last."""
        for source in self.sources:
            await source.close()
        self.spool.close()

    def _tls(self) -> ssl.SSLContext:
        is_secretariat = self.home.settings.node.role is NodeRole.SECRETARIAT
        return self.home.server_tls("required" if is_secretariat else "optional")


def _warm(source: CopySource, plan: Plan, at: datetime) -> None:
    try:
        source.reader().find(plan, "XXX", at)
    except ComityError as error:
        # Not ready yet is for the readiness probe to tell; the source looks again by itself.
        logs.note("warm_up", code=error.code)


class _Server(uvicorn.Server):
    """Stops when told to and comes back, so that everything is closed in order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the word to stop; the base would end the process after that."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
        for number in signals:
            loop.remove_signal_handler(number)


async def serve(home: NodeHome, clock: Clock) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    node = SearchNode(home, clock)
    try:
        server = _Server(node.config())
        await asyncio.to_thread(node.warm_up, clock.now())
        node.readiness.started = True
        await server.serve()
    finally:
        await node.close()


def run(path: Path) -> None:
    """Run the search of the node in `path`; returns when it was told to stop."""
    logs.set_up()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    home = NodeHome.open(path)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(home, SystemClock()))
