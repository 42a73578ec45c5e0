"""`python -m comity.cli.bench.constant --home DIR`: the search's own server answering 200 to everything.

What a search takes beyond this is the price of grant, rules, index and journal.
"""

import argparse
import asyncio
import gc
import signal
import sys
from pathlib import Path
from typing import Final

import uvloop

from comity.node.home import NodeHome
from comity.protocol.search import MAX_BATCH_BODY_BYTES
from comity.search.exchanges import Exchange
from comity.search.listening import Listener

BODY: Final = b'{"live":true}'
GRACE_S: Final = 1.0
LIMITS: Final = {b"/v1/search": MAX_BATCH_BODY_BYTES}


def answer(exchange: Exchange) -> None:
    """Answer at once, whatever was asked."""
    exchange.answer(200, BODY)


async def serve(home: NodeHome) -> None:
    """Serve until told to stop."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    listener = Listener(answer, LIMITS)
    await listener.open(home.settings.search.host, home.settings.search.port, home.server_tls("required"))
    gc.freeze()
    await told.wait()
    await listener.close(GRACE_S)


def main() -> int:
    """Open the node and serve."""
    parser = argparse.ArgumentParser(prog="comity.cli.bench.constant")
    parser.add_argument("--home", type=Path, required=True)
    home = NodeHome.open(parser.parse_args().home)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
