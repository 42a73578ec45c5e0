"""The servers that are compared, each a node with keys, certificate and grant; and the load on them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from comity.cli.world.ports import free_ports
from comity.cli.world.processes import POLL_S, STOP_WITHIN_S
from comity.cli.world.readiness import Door, is_ready
from comity.kernel.clock import Clock
from comity.kernel.codes import NodeRole, Purpose, Role
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import NodeId, OfficerId, new_id
from comity.node.grants import issue_grant
from comity.node.home import NodeHome
from comity.node.settings import NodeSection, OfficeSection, SearchSection, Settings
from comity.protocol.grants import Grant
from comity.protocol.search import Query

READY_WITHIN_S: Final = 60.0
"""A server is up in a second or two; its first look at an index of 140 million may take longer."""
GRANT_SECONDS: Final = 4 * 3_600
"""A run of 140 million documents ends within the hour."""
WARM_S: Final = 0.5
"""Before each load; connections are opened and the server's caches filled in it."""
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
LOG_BYTES: Final = 2_000
"""Of a server's last words, when it does not come up."""


class Loaded(msgspec.Struct, frozen=True):
    """What a client saw, and what it cost both sides."""

    answers: int
    """Within the time that is measured."""
    asked: int
    """All, warming up included."""
    per_s: float
    median_ms: float
    p99_ms: float
    worst_ms: float
    client_cpu_us: float
    """Of the client's processor per answer."""
    refused: dict[str, int]
    """Answers other than 200, by status."""
    server_cpu_us: float = 0.0
    """Of the server's processor per answer, all its processes."""


def make_node(folder: Path, clock: Clock) -> NodeHome:
    """Make a secretariat on free ports; it asks itself."""
    search, office = free_ports(2)
    node = NodeSection(
        id=NodeId("SEC"), role=NodeRole.SECRETARIAT, country="XPO", name="Measured", network="Measured"
    )
    settings = Settings(node=node, search=SearchSection(port=search), office=OfficeSection(port=office))
    return NodeHome.create(folder, settings, clock)


def grant_of(home: NodeHome, clock: Clock) -> str:
    """Return a grant for every purpose."""
    now = clock.now()
    seconds = int(now.timestamp())
    return issue_grant(
        home.signing,
        Grant(
            grant_id=new_id(now),
            issuer=home.node,
            bureau=home.bureau,
            officer=OfficerId("bench"),
            roles=frozenset([Role.OFFICER]),
            purposes=frozenset(Purpose),
            issued_at=seconds,
            expires_at=seconds + GRANT_SECONDS,
        ),
    )


def bodies_of(queries: Sequence[Query]) -> list[bytes]:
    """Return the body of one request for each query."""
    return [
        msgspec.json.encode({"purpose": Purpose.BORDER_CONTROL, "query": query}, order="sorted")
        for query in queries
    ]


@dataclass
class Server:
    """A running server and where it listens."""

    home: NodeHome
    port: int
    token: str
    process: subprocess.Popen[bytes]

    def load(self, bodies: Sequence[bytes], seconds: float, **options: float | str) -> Loaded:
        """Let the client load it. Raises `UnavailableError` (node.not_ready) when that ends badly."""
        home = self.home
        command = [sys.executable, "-m", "comity.cli.bench.load", "--port", str(self.port)]
        command += ["--ca", str(home.network_ca), "--certificate", str(home.tls_certificate)]
        command += ["--key", str(home.tls_key), "--seconds", str(seconds)]
        command += ["--warm", str(min(WARM_S, seconds / 2))]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        asked = b"\n".join([self.token.encode(), *bodies])
        before = self.cpu_s()
        done = subprocess.run(command, input=asked, capture_output=True, check=False)  # noqa: S603 - our own module
        if done.returncode:
            raise UnavailableError(ErrorCode.NOT_READY, detail=done.stderr.decode()[-LOG_BYTES:])
        loaded = msgspec.json.decode(done.stdout, type=Loaded)
        spent = (self.cpu_s() - before) / max(loaded.asked, 1)
        return msgspec.structs.replace(loaded, server_cpu_us=round(spent * 1e6, 1))

    def family(self) -> list[int]:
        """Return the process and its children."""
        number = self.process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
        return [number, *map(int, children)]

    def cpu_s(self) -> float:
        """Return the processor seconds that its processes have used (proc(5): utime and stime)."""
        states = [
            Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2] for number in self.family()
        ]
        return sum(int(ticks) for state in states for ticks in state.split()[11:13]) / TICKS_PER_S

    def memory_mb(self) -> dict[str, float]:
        """Return the resident memory of its processes: all of it, and what is not pages of files."""
        totals = dict.fromkeys(("VmRSS", "RssAnon", "RssFile"), 0.0)
        for number in self.family():
            lines = Path(f"/proc/{number}/status").read_text("utf-8").splitlines()
            pairs = dict(line.split(":", 1) for line in lines)
            for name in totals:
                totals[name] += int(pairs[name].split()[0]) / 1024
        return {name: round(total, 1) for name, total in totals.items()}


@contextmanager
def serving(module: str, home: NodeHome, port: int, clock: Clock, first_line: str = "") -> Iterator[Server]:
    """Run `python -m MODULE --home HOME` until the block ends. Raises `UnavailableError` (node.not_ready)."""
    log = home.log_dir / f"{module}.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the interpreter and one of three module names
            [sys.executable, "-m", module, "--home", str(home.path)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if process.stdin is not None:
            with process.stdin as stdin:
                stdin.write(first_line.encode() + b"\n")
        _wait(process, Door("127.0.0.1", port, home.network_ca, home.tls_certificate, home.tls_key), log)
        yield Server(home, port, grant_of(home, clock), process)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], door: Door, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_ready(door):
        if process.poll() is not None or time.monotonic() > deadline:
            words = log.read_text("utf-8", "replace")[-LOG_BYTES:]
            raise UnavailableError(ErrorCode.NOT_READY, field=log.stem, detail=words)
        time.sleep(POLL_S)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started; the group is its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
