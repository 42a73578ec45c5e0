"""Starts again whatever ended, as the supervisor of a production node does."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from comity.cli.bench.cluster import PostgresFailedError
from comity.cli.faults.world import FaultWorld
from comity.cli.world.processes import ProcessKind
from comity.cli.world.readiness import is_ready
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import NodeId

LOOK_EVERY_S: Final = 0.05
STARTING_AT_ONCE: Final = 2
"""As many as a small machine has cores."""
PAUSE_S: Final = 0.5
"""Between an end and the next start; what cannot start because its disk is full tries that often."""
UP_WITHIN_S: Final = 180.0
"""A process is up in two seconds; a machine may be fifty times as busy as it should be."""

_Part = tuple[str, ProcessKind]


class Keeper:
    """Watches over the processes and databases of a world. Use it as a `with` block."""

    def __init__(self, world: FaultWorld) -> None:
        self._world = world
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
        self._pool = ThreadPoolExecutor(STARTING_AT_ONCE)
        self._starting: dict[_Part, float] = {}
        self._held: set[str] = set()
        self._at_work = {node: threading.Lock() for node in world.processes}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def signal(self, node: str, kind: ProcessKind, number: signal.Signals) -> None:
        """Send a signal to a process and all that it started, if it runs."""
        with suppress(ProcessLookupError, KeyError):
            self._world.processes[NodeId(node)].signal(kind, number)

    def kill_serving(self, node: str) -> None:
        """Kill the process that serves requests; its master starts another at once."""
        process = self._world.processes[NodeId(node)].running.get(ProcessKind.OFFICE)
        if process is None:
            return
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text().split():
                os.kill(int(child), signal.SIGKILL)

    def hold(self, node: str) -> None:
        """Leave the processes of a node alone until `release`; no start is under way when this returns."""
        self._held.add(node)
        with self._at_work[NodeId(node)]:
            return

    def release(self, node: str) -> None:
        """Watch over a node again."""
        self._held.discard(node)

    def wait_up(self) -> None:
        """Return when every process of every node works.

        Raises `UnavailableError` (node.not_ready) naming the one that does not.
        """
        deadline = time.monotonic() + UP_WITHIN_S
        for node, processes in self._world.processes.items():
            for kind in processes.kinds:
                while not self._is_up(node, kind):
                    if time.monotonic() > deadline:
                        raise UnavailableError(
                            ErrorCode.NOT_READY, field=f"{node}.{kind}", detail=processes.tail(kind)
                        )
                    time.sleep(LOOK_EVERY_S)

    def _is_up(self, node: str, kind: ProcessKind) -> bool:
        processes = self._world.processes[NodeId(node)]
        if not processes.is_running(kind):
            return False
        door = processes.door(kind)
        if door is not None:
            return is_ready(door)
        status = processes.home.run_dir / "worker.json"
        try:
            told = msgspec.json.decode(status.read_bytes())
        except (OSError, msgspec.DecodeError):
            return False
        return bool(told["pid"] == processes.running[kind].pid)

    def _start_database(self, node: str) -> None:
        """Start a server that ended by itself, as it does when its disk is full."""
        cluster = self._world.clusters.get(node)
        if cluster is not None:
            with suppress(PostgresFailedError):
                cluster.begin(patience_s=0)

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_EVERY_S):
            for node, processes in self._world.processes.items():
                for kind in processes.kinds:
                    self._look_at(node, kind)

    def _look_at(self, node: str, kind: ProcessKind) -> None:
        processes, now = self._world.processes[NodeId(node)], time.monotonic()
        if node in self._held or processes.is_running(kind) or self._starting.get((node, kind), 0.0) > now:
            return
        self._starting[node, kind] = now + PAUSE_S
        self._pool.submit(self._start, node, kind)

    def _start(self, node: str, kind: ProcessKind) -> None:
        with self._at_work[NodeId(node)]:
            self._start_database(node)
            if node in self._held or self._ending.is_set():
                return
            self._world.processes[NodeId(node)].start([kind])
        # Others wait for their turn meanwhile: more starts at once are only slower.
        deadline = time.monotonic() + PAUSE_S * 4
        while time.monotonic() < deadline and not self._ending.is_set():
            if not self._world.processes[NodeId(node)].is_running(kind) or self._is_up(node, kind):
                return
            time.sleep(LOOK_EVERY_S)
