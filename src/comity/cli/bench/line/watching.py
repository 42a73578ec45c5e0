"""Seeing when messages can be read: a look into the recipient's table every few milliseconds."""

import threading
import time
from typing import Final, Self

from comity.cli.bench.line.nodes import LineWorld
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import NodeId

LOOK_EVERY_S: Final = 0.02
CLOSE_LOOK_S: Final = 0.004
"""Where milliseconds are measured; each look takes half a millisecond from the nodes."""
OVERLAP: Final = 300
_NEW: Final = "SELECT id, message_id FROM line_message WHERE id > %s AND state = 'received' ORDER BY id"


class Watcher:
    """Notes for each message when it could be read at a bureau. A `with` block."""

    def __init__(self, world: LineWorld, node: NodeId, look_every_s: float = LOOK_EVERY_S) -> None:
        self.seen: dict[str, float] = {}
        """Instant (`time.perf_counter`) by message id, in the order of becoming readable."""
        self._database = world.database(node)
        self._first = self._last = self._highest()
        self._look_every_s = look_every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._database.close()

    def wait(self, count: int, within_s: float) -> None:
        """Return when `count` messages were seen; raises `UnavailableError` (node.not_ready)."""
        deadline = time.monotonic() + within_s
        while len(self.seen) < count:
            if time.monotonic() > deadline:
                raise UnavailableError(ErrorCode.NOT_READY, detail=f"{len(self.seen)} of {count} messages")
            time.sleep(0.02)

    def _highest(self) -> int:
        row = self._database.execute("SELECT coalesce(max(id), 0) FROM line_message").fetchone()
        return int(str(row[0])) if row else 0

    def _watch(self) -> None:
        while not self._stop.wait(self._look_every_s):
            # Lanes store side by side: a lower number can be committed after a higher one.
            rows = self._database.execute(_NEW, (self._last - OVERLAP,)).fetchall()
            now = time.perf_counter()
            for number, message_id in rows:
                if int(str(number)) > self._first:
                    self.seen.setdefault(str(message_id), now)
                self._last = max(self._last, int(str(number)))
