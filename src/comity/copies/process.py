"""The process: starts one errand for each thing to do, stops them all when told to."""

import signal
import threading
from pathlib import Path
from typing import Final

import structlog

from comity.copies.errands import Errand, Step
from comity.copies.feed import FeedFollower
from comity.copies.handover import JournalHandover
from comity.copies.receipts import ReceiptBox
from comity.copies.status import StatusFile
from comity.kernel.clock import Clock, SystemClock
from comity.kernel.codes import NodeRole
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.protocol.feed import SignedCopyReceipt
from comity.protocol.messages import Accepted

STOP_TIMEOUT_S: Final = 10.0
"""A stop waits for the question that is out (two seconds) and for a page that is being applied."""

_LOG = structlog.get_logger("comity.copies")


def run(path: Path) -> None:
    """Open the node at `path` and keep its copy until SIGTERM or SIGINT; raises what opening raises."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    CopiesProcess(NodeHome.open(path), SystemClock()).run(stop)


class CopiesProcess:
    """All errands of one node."""

    def __init__(self, home: NodeHome, clock: Clock) -> None:
        self._home = home
        self._clock = clock
        self._peer = PeerClient(home, clock)
        self._status = StatusFile(home.run_dir, clock)
        self._box = ReceiptBox(home.receipts_dir, home.node, home.signing)
        self._feed = FeedFollower(home, self._peer, self._box, self._status, clock)

    def run(self, stop: threading.Event) -> None:
        """Run all errands until `stop` is set."""
        errands = [
            Errand(name, step, self._status.errand_ended, stop) for name, step in self._steps().items()
        ]
        threads = [threading.Thread(target=errand.run, name=errand.name, daemon=True) for errand in errands]
        for thread in threads:
            thread.start()
        _LOG.info("copies:process:started", node=self._home.node, errands=[errand.name for errand in errands])
        stop.wait()
        for thread in threads:
            thread.join(STOP_TIMEOUT_S)
        self._close(threads)

    def _close(self, threads: list[threading.Thread]) -> None:
        left = [thread.name for thread in threads if thread.is_alive()]
        self._status.close()
        # Closing what a thread still uses would end in a fault of the process; leaving it loses nothing.
        if not left:
            self._feed.close()
            self._peer.close()
        _LOG.info("copies:process:stopped", unfinished=left)

    def _steps(self) -> dict[str, Step]:
        steps: dict[str, Step] = {"feed": self._feed.step, "receipts": self._send_receipts}
        # At the secretariat the office itself signs the directory that this node reads.
        if self._home.settings.node.role is not NodeRole.SECRETARIAT:
            steps["directory"] = self._refresh_directory
        if self._home.settings.post is not None:
            handover = JournalHandover(self._home, self._peer, self._home.settings.post.bureau_url)
            steps["journal"] = handover.step
        return steps

    def _refresh_directory(self) -> float:
        self._home.directory.accept(self._peer.fetch_directory(), self._clock.now())
        return float(self._home.settings.worker.directory_refresh_s)

    def _send_receipts(self) -> float:
        self._status.receipts_wait(len(self._box.unsent()))
        self._status.receipts_wait(self._box.send(self._send))
        return self._home.settings.worker.poll_ms / 1000

    def _send(self, receipt: SignedCopyReceipt) -> None:
        url = self._home.settings.secretariat_url + "/node/v1/copy-receipts"
        self._peer.post(url, receipt, Accepted)
