"""The processes of one node: start, readiness, stop, kill.

Each process has its own group and writes to its own file in the node's log directory. This
module starts what the packages offer as `python -m comity.<part> --home DIR` and nothing else.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from comity.cli.world.readiness import Door, is_ready
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.node.home import NodeHome

READY_WITHIN_S: Final = 60.0
"""A node is up in 5 s on an idle machine of 2 cores; a test machine may be ten times as busy."""
STOP_WITHIN_S: Final = 10.0
"""Long enough to end requests under way; after that the process is killed."""
POLL_S: Final = 0.05
"""How often readiness is asked; a fraction of what a start takes."""
TAIL_LINES: Final = 15
"""Lines of a log that a failed start names: one traceback of a wrong setting fits."""


class ProcessKind(StrEnum):
    """The parts of a node that run on their own."""

    OFFICE = "office"
    WORKER = "worker"
    SEARCH = "search"
    COPIES = "copies"


MODULES: Final = MappingProxyType(
    {
        ProcessKind.OFFICE: "comity.office",
        ProcessKind.WORKER: "comity.office.worker",
        ProcessKind.SEARCH: "comity.search",
        ProcessKind.COPIES: "comity.copies",
    }
)

KINDS_OF: Final = MappingProxyType(
    {
        NodeRole.SECRETARIAT: tuple(ProcessKind),
        NodeRole.BUREAU: tuple(ProcessKind),
        NodeRole.POST: (ProcessKind.SEARCH, ProcessKind.COPIES),
    }
)
"""Which processes a node of each role has; a post searches a copy and does nothing else."""


@dataclass
class NodeProcesses:
    """The running processes of the node in `home`."""

    home: NodeHome
    running: dict[ProcessKind, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path) -> "NodeProcesses":
        """Return the processes, none started yet, of the node in the directory `path`."""
        return cls(NodeHome.open(path))

    @property
    def kinds(self) -> tuple[ProcessKind, ...]:
        """Every kind of process that this node has."""
        return KINDS_OF[self.home.settings.node.role]

    def log_file(self, kind: ProcessKind) -> Path:
        """Return the file that takes what a process says."""
        return self.home.log_dir / f"{kind}.log"

    def start(self, kinds: Iterable[ProcessKind] | None = None) -> None:
        """Start `kinds` (default: all) that do not run yet; returns before they are ready."""
        for kind in kinds or self.kinds:
            if not self.is_running(kind):
                self.running[kind] = self._spawn(kind)

    def command(self, kind: ProcessKind) -> list[str]:
        """Return the module that is a process of this kind, and its arguments."""
        return [MODULES[kind], "--home", str(self.home.path)]

    def _spawn(self, kind: ProcessKind) -> subprocess.Popen[bytes]:
        self.home.log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.log_file(kind), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            return subprocess.Popen(  # noqa: S603 - the interpreter and one of four module names
                [sys.executable, "-m", *self.command(kind)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_running(self, kind: ProcessKind) -> bool:
        """Tell whether the process was started here and has not ended."""
        process = self.running.get(kind)
        return process is not None and process.poll() is None

    def door(self, kind: ProcessKind) -> Door | None:
        """Return where a kind listens, None for those that only work."""
        home, settings = self.home, self.home.settings
        if kind is ProcessKind.OFFICE:
            host, port = settings.office.host, settings.office.port
        elif kind is ProcessKind.SEARCH:
            host, port = settings.search.host, settings.search.port
        else:
            return None
        return Door(host, port, home.network_ca, home.tls_certificate, home.tls_key)

    def wait_ready(
        self,
        kinds: Iterable[ProcessKind] | None = None,
        within_s: float = READY_WITHIN_S,
        unless: Callable[[], bool] = lambda: False,
        lacking: Container[str] = (),
    ) -> None:
        """Return when every one of `kinds` (default: all started) answers `/readyz` with 200.

        An obstacle of `lacking` is none here (`search.readiness.Obstacle`).

        Returns early when `unless` says so. Raises `UnavailableError` (node.not_ready) with the end of
        its log as detail when one ends or is not ready in time.
        """
        deadline = time.monotonic() + within_s
        for kind in tuple(kinds or self.running):
            while not self._is_up(kind, lacking) and not unless():
                if not self.is_running(kind) or time.monotonic() > deadline:
                    raise UnavailableError(
                        ErrorCode.NOT_READY, field=f"{self.home.node}.{kind}", detail=self.tail(kind)
                    )
                time.sleep(POLL_S)

    def _is_up(self, kind: ProcessKind, lacking: Container[str]) -> bool:
        door = self.door(kind)
        return self.is_running(kind) and (door is None or is_ready(door, lacking))

    def tail(self, kind: ProcessKind) -> str:
        """Return the last lines of a process's log."""
        path = self.log_file(kind)
        lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
        return "\n".join(lines[-TAIL_LINES:])

    def stop(self, kinds: Iterable[ProcessKind] | None = None, within_s: float = STOP_WITHIN_S) -> None:
        """Ask `kinds` (default: all) to end, kill those that have not after `within_s` seconds."""
        ending = [kind for kind in kinds or tuple(self.running) if kind in self.running]
        for kind in ending:
            self.signal(kind, signal.SIGTERM)
        deadline = time.monotonic() + within_s
        for kind in ending:
            try:
                self.running[kind].wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill(kind)
            del self.running[kind]

    def kill(self, kind: ProcessKind) -> None:
        """End a process and all it started at once, as a power cut would (`kill -9`)."""
        self.signal(kind, signal.SIGKILL)
        self.running[kind].wait()

    def signal(self, kind: ProcessKind, number: signal.Signals) -> None:
        """Send a signal to the group of a process; nothing happens when it has ended."""
        process = self.running[kind]
        if process.poll() is None:
            os.killpg(process.pid, number)

    def restart(self, kind: ProcessKind) -> None:
        """Start a process again after it was stopped or killed, and wait until it is ready."""
        if self.is_running(kind):
            self.stop([kind])
        self.start([kind])
        self.wait_ready([kind])
