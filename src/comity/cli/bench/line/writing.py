"""Writing messages as programs do: batches as fast as they are taken, single ones at a steady pace."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from comity.cli.bench.line.nodes import FR, SI, LineWorld
from comity.cli.world.clients import Line, RefusedError
from comity.kernel.codes import Priority

TEXT: Final = "0123456789abcdef" * 512
"""8 KB."""
BATCH: Final = 50
CONNECTIONS: Final = 2
BUSY: Final = frozenset({429, 503})


def draft(
    number: int, priority: Priority = Priority.NORMAL, recipients: Sequence[str] = (FR,)
) -> dict[str, Any]:
    """Return one message of 8 KB."""
    return {"recipients": list(recipients), "subject": f"bench {number}", "text": TEXT, "priority": priority}


def write_all(world: LineWorld, count: int) -> None:
    """Hand in `count` messages to FR in batches; all are durable at SI when this returns."""
    desks = [world.desk(SI) for _ in range(CONNECTIONS)]
    starts = range(0, count, BATCH)

    def share(place: int) -> None:
        for start in starts[place::CONNECTIONS]:
            numbers = range(start, min(start + BATCH, count))
            desks[place].post("/api/v1/messages/batch", {"messages": [draft(number) for number in numbers]})

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(share, range(CONNECTIONS)))
    for desk in desks:
        desk.close()


class Pace:
    """Writes single messages at a steady pace until told to stop, and notes when each was handed in."""

    def __init__(self, world: LineWorld, per_s: float, priority: Priority, lines: int = 4) -> None:
        self.begun: dict[str, float] = {}
        """Instant of the request, by message id."""
        self.acknowledged: dict[str, float] = {}
        """Instant of the answer."""
        self.refused = 0
        self._every_s = 1 / per_s
        self._priority = priority
        self._free = [world.desk(SI) for _ in range(lines)]
        self._pool = ThreadPoolExecutor(lines)
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def run(self, seconds: float) -> None:
        """Write for so long; what could not be begun by then is left out."""
        started = time.perf_counter()
        number = 0
        while (due := started + number * self._every_s) < started + seconds and not self._stop.is_set():
            time.sleep(max(0.0, due - time.perf_counter()))
            self._pool.submit(self._write, number)
            number += 1
        # What was due and found no free line was offered in vain: an overload is more than can be taken.
        self._pool.shutdown(wait=True, cancel_futures=True)
        for line in self._free:
            line.close()

    def _write(self, number: int) -> None:
        with self._lock:
            line: Line = self._free.pop()
        begun = time.perf_counter()
        try:
            answer = line.post("/api/v1/messages", draft(number, self._priority))
        except RefusedError as refused:
            if refused.http_status not in BUSY:
                raise
            self.refused += 1
        else:
            message_id = answer["header"]["message_id"]
            self.acknowledged[message_id] = time.perf_counter()
            self.begun[message_id] = begun
        finally:
            with self._lock:
                self._free.append(line)
