"""`python -m comity.cli.bench.constant --home DIR`: the search's own server with one answer to everything.

At the address of searches the answer goes the way of every answer: taken with others of its round, told,
counted, written down. What a search takes beyond this is the price of grant, rules, index and journal. At
two other addresses connections answer by themselves, with nothing behind them: at once, or after grant and
request were checked as a search does.
"""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from comity.kernel.clock import SystemClock
from comity.kernel.codes import AnswerState, SourceKind
from comity.kernel.errors import ComityError
from comity.kernel.ids import SearchId
from comity.ledger.spool import SpoolWriter
from comity.node.home import NodeHome
from comity.protocol.search import MAX_BODY_BYTES, Asked, SearchAnswer, SourceReport
from comity.search import logs
from comity.search.app import SEARCH, App
from comity.search.authentication import Doorkeeper
from comity.search.exchanges import Exchange
from comity.search.input import read_request
from comity.search.listening import Listener
from comity.search.metrics import Metrics
from comity.search.readiness import Readiness
from comity.search.server import GC_EVERY, SWITCH_INTERVAL_S
from comity.search.service import Due

BARE: Final = b"/v1/bare"
"""Where the connection answers, and nobody takes note."""
CHECKED: Final = b"/v1/checked"
"""Where grant and request are checked before that."""
GRACE_S: Final = 1.0
LIMITS: Final = {SEARCH: MAX_BODY_BYTES, BARE: MAX_BODY_BYTES, CHECKED: MAX_BODY_BYTES}
BODY: Final = msgspec.json.encode(
    SearchAnswer(
        search_id=SearchId("00000000-0000-7000-8000-000000000000"),
        state=AnswerState.NO_RECORD,
        finding=AnswerState.NO_RECORD,
        asked=[Asked(kind="document", shown="Passport X00000000 (Slovenia)")],
        warnings=[],
        candidates=[],
        sources=[SourceReport(name="international", kind=SourceKind.COPY, answered=True, version=1, age_s=0)],
        answered_at="2030-01-01T00:00:00.000000Z",
        took_ms=0,
    )
)
"""As long as what a search answers as a rule."""


class Constant:
    """Answers every whole request alike."""

    def __init__(self, home: NodeHome, spool: SpoolWriter) -> None:
        self._keeper = Doorkeeper(home)
        self._clock = SystemClock()
        self._app = App(self._clock, Readiness(home, self._clock, spool, []), Metrics(), MAX_BODY_BYTES)
        self._app.search_by(self._tell)

    def __call__(self, exchange: Exchange) -> None:
        """Answer, as its address says."""
        if exchange.path == SEARCH:
            self._app(exchange)
            return
        if exchange.path == CHECKED:
            try:
                self._check(exchange)
            except ComityError as error:
                exchange.answer(error.status, msgspec.json.encode(error.public()))
                return
        exchange.answer(200, BODY)

    def _tell(self, exchanges: Sequence[Exchange]) -> None:
        self._app.told([Due(exchange, AnswerState.NO_RECORD, BODY) for exchange in exchanges])

    def _check(self, exchange: Exchange) -> None:
        at = self._clock.now()
        asker = self._keeper.admit(exchange.authorization, exchange.certificate, at)
        self._keeper.require_right(asker, read_request(exchange).purpose, at)


async def serve(home: NodeHome) -> None:
    """Serve until told to stop."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    spool = SpoolWriter(home.spool_dir)
    listener = Listener(Constant(home, spool), LIMITS)
    await listener.open(home.settings.search.host, home.settings.search.port, home.server_tls("required"))
    gc.freeze()
    gc.set_threshold(GC_EVERY)
    await told.wait()
    await listener.close(GRACE_S)
    spool.close()


def main() -> int:
    """Open the node and serve."""
    logs.set_up()
    parser = argparse.ArgumentParser(prog="comity.cli.bench.constant")
    parser.add_argument("--home", type=Path, required=True)
    home = NodeHome.open(parser.parse_args().home)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        runner.run(serve(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
