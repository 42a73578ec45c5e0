"""Putting the search of one node together and running it until it is told to stop."""

import asyncio
import gc
import signal
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvloop

from comity.kernel.clock import Clock, SystemClock
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.kernel.ids import IdPool
from comity.ledger.spool import SpoolWriter
from comity.node.home import NodeHome
from comity.protocol.search import MAX_BODY_BYTES
from comity.search import logs
from comity.search.app import BATCH, App
from comity.search.authentication import Doorkeeper
from comity.search.batch import BatchService
from comity.search.copy_source import CopySource
from comity.search.listening import Listener
from comity.search.live_source import LiveSource
from comity.search.metrics import Metrics
from comity.search.names_process import START_WITHIN_S
from comity.search.readiness import Readiness
from comity.search.service import Means, SearchService
from comity.search.sources import Source

STOP_S: Final = 5
"""Searches under way end within their budget; then the process ends."""
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
        self._home = home
        self._clock = clock
        self._spool = SpoolWriter(home.spool_dir)
        self._copies = [
            CopySource(section, home) for section in home.settings.sources if section.kind == "copy"
        ]
        copies = iter(self._copies)
        self._sources: Sequence[Source] = [
            next(copies) if section.kind == "copy" else LiveSource(section, home)
            for section in home.settings.sources
        ]
        self._readiness = Readiness(home, clock, self._spool, self._copies)
        metrics = Metrics()
        metrics.gauge("names_waiting", "Names that wait to be compared.", self._names_waiting)
        self._app = App(clock, self._readiness, metrics, min(settings.max_body_bytes, MAX_BODY_BYTES))
        means = Means(
            home.settings.node.id,
            clock,
            Doorkeeper(home),
            self._sources,
            self._spool,
            settings.total_budget_ms / 1000,
            IdPool(),
        )
        searches = SearchService(means, self._app)
        self._app.search_by(searches.search)
        self._app.post(BATCH, BatchService(means, self._app).search)
        self._listener = Listener(self._app, self._app.body_limits)

    async def open(self) -> None:
        """Warm up, then listen: the first officer does not wait for tables to load."""
        for copy in self._copies:
            copy.names.start()
        await asyncio.to_thread(self._warm_up)
        for copy in self._copies:
            copy.index.read_ahead()
            await copy.names.started(START_WITHIN_S)
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_EVERY)
        self._spool.drive()
        self._readiness.started = True
        search = self._home.settings.search
        await self._listener.open(search.host, search.port, self._tls())

    async def close(self) -> None:
        """Give everything back; the journal last."""
        await self._listener.close(STOP_S)
        for source in self._sources:
            await source.close()
        self._spool.close()

    def _names_waiting(self) -> float:
        return sum(copy.names.waiting for copy in self._copies)

    def _warm_up(self) -> None:
        for copy in self._copies:
            copy.index.warm_up(self._clock.now(), names=False)

    def _tls(self) -> ssl.SSLContext:
        is_secretariat = self._home.settings.node.role is NodeRole.SECRETARIAT
        return self._home.server_tls("required" if is_secretariat else "optional")


async def serve(home: NodeHome, clock: Clock) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    node = SearchNode(home, clock)
    try:
        opening = asyncio.create_task(node.open())
        stopping = asyncio.create_task(told_to_stop.wait())
        await asyncio.wait((opening, stopping), return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            await opening
            await stopping
        opening.cancel()
    finally:
        await node.close()


def run(path: Path) -> None:
    """Run the search of the node in `path`; returns when it was told to stop."""
    logs.set_up()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    home = NodeHome.open(path)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(home, SystemClock()))
