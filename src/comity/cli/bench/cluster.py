"""A private PostgreSQL on loopback with durable settings, from Debian's packages, gone afterwards."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

import psycopg
from psycopg import sql

from comity.cli.world.ports import LOOPBACK, free_ports
from comity.kernel.ids import NodeId

CLUSTER_USER: Final = "postgres"
READY_WITHIN_S: Final = 30.0
PATIENCE_S: Final = 120.0
"""A server whose disk was full, or whose machine is very busy, may need more than one attempt."""
TRY_AGAIN_S: Final = 0.5
LOG_LINES: Final = 12
"""Of the server's log in an error: why it ended stands there, not in what `pg_ctl` says."""
MAX_CONNECTIONS: Final = 300
"""Two worlds of five nodes, each with an office and a worker of some ten connections, and the tests' own."""
DURABLE: Final = MappingProxyType(
    {"fsync": "on", "synchronous_commit": "on", "max_connections": str(MAX_CONNECTIONS)}
)


class NoPostgresError(Exception):
    """Why no cluster can be had here; the text says what to install."""


class PostgresFailedError(NoPostgresError):
    """PostgreSQL is installed and did not do what it was told; the text has the end of the server's log."""


def _binaries() -> Path:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgresError("no PostgreSQL server found: run scripts/debian-packages as root (apt: postgresql)")


def _ticks(pid: str, fields: int) -> int:
    """Return the first of: own time in user and system mode, and both again of ended children."""
    times = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[11:]
    return sum(map(int, times[:fields]))


def _as_cluster_user() -> list[str]:
    """Return the command prefix: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam(CLUSTER_USER)
    except KeyError:
        message = f"root may not run PostgreSQL and there is no user {CLUSTER_USER!r}"
        raise NoPostgresError(message) from None
    runuser = shutil.which("runuser")
    if not runuser:
        raise NoPostgresError("root may not run PostgreSQL and there is no runuser")
    return [runuser, "-u", CLUSTER_USER, "--"]


@dataclass
class PostgresCluster:
    """A running cluster on loopback with a password of its own."""

    folder: Path
    binaries: Path
    prefix: list[str]
    port: int
    password: str
    _changing: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Of two that start one server the second finds it locked and ends: they do it in turn."""

    @classmethod
    def start(cls, parent: Path | None = None, settings: Mapping[str, str] = DURABLE) -> "PostgresCluster":
        """Make and start a cluster in a new folder of `parent`, by default the one for temporary files.

        Raises `NoPostgresError` with the reason when that cannot be.
        """
        binaries, prefix = _binaries(), _as_cluster_user()
        folder = Path(tempfile.mkdtemp(prefix="comity-pg-", dir=parent))
        cluster = cls(folder, binaries, prefix, free_ports(1)[0], secrets.token_urlsafe(16))
        try:
            cluster._create(settings)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cluster

    def _create(self, settings: Mapping[str, str]) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self.prefix:
            for path in (self.folder, password_file):
                shutil.chown(path, CLUSTER_USER, CLUSTER_USER)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", CLUSTER_USER, "-A", "scram-sha-256",
                  "--pwfile", str(password_file), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        values = {"port": self.port, "listen_addresses": f"'{LOOPBACK}'",
                  "unix_socket_directories": f"'{self.folder}'", **settings}  # fmt: skip
        with (self.folder / "data" / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in values.items())
        self.begin()

    def begin(self, patience_s: float = PATIENCE_S) -> None:
        """Start the server on what is there, unless it runs.

        What does not come up is tried again for `patience_s`; raises `PostgresFailedError` after that.
        """
        deadline = time.monotonic() + patience_s
        while not self._started():
            if time.monotonic() > deadline:
                message = f"the server does not start; its log ends:\n{self._log_tail()}"
                raise PostgresFailedError(message)
            time.sleep(TRY_AGAIN_S)
        self._wait(max(READY_WITHIN_S, deadline - time.monotonic()))

    def end(self, mode: str) -> None:
        """Stop the server: `fast` as an administrator does, `immediate` as a crash does."""
        with self._changing:
            self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def _started(self) -> bool:
        """Start the server, unless it runs; tell whether it runs now."""
        with self._changing:
            if not self.is_running():
                log = str(self.folder / "log")
                with suppress(PostgresFailedError):  # the log says why, and another attempt may do
                    self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "start")
            return self.is_running()

    def _log_tail(self) -> str:
        with suppress(FileNotFoundError):
            lines = (self.folder / "log").read_text("utf-8", "replace").splitlines()
            return "\n".join(lines[-LOG_LINES:])
        return "(there is none)"

    def cpu_s(self) -> float:
        """Return the processor seconds that the server has used, ended sessions included (proc(5))."""
        first = (self.folder / "data" / "postmaster.pid").read_text("ascii").split()[0]
        living = Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split()
        ticks = _ticks(first, 4)
        for pid in living:
            with suppress(FileNotFoundError):  # a session that has just ended
                ticks += _ticks(pid, 2)
        return ticks / os.sysconf("SC_CLK_TCK")

    def is_running(self) -> bool:
        """Tell whether the server runs, if only to recover."""
        try:
            self._run("pg_ctl", "-D", str(self.folder / "data"), "status")
        except PostgresFailedError:
            return False
        return True

    def dump(self, url: str, file: Path) -> None:
        """Write one consistent copy of a database into `file`, while others go on."""
        self._run("pg_dump", "-Fc", "-Z0", "-d", url, "-f", str(file))

    def load(self, url: str, file: Path) -> None:
        """Put a copy that `dump` wrote in the place of a database; who is connected is cut off."""
        name = sql.Identifier(url.rpartition("/")[2])
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        self._run("pg_restore", "-d", url, "-1", str(file))

    def _run(self, binary: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.binaries / binary), *arguments]
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            start_new_session=True,  # Ctrl-C is for the program that runs them
        )
        if done.returncode:
            message = f"{binary} failed: {done.stderr.strip() or done.stdout.strip()}"
            raise PostgresFailedError(message)

    def _wait(self, within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    message = f"the server does not answer: {error}; its log ends:\n{self._log_tail()}"
                    raise PostgresFailedError(message) from error
                time.sleep(0.05)
            else:
                return

    def url(self, database: str) -> str:
        """Return the address of a database in the form of the settings file."""
        return f"postgresql://{CLUSTER_USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def new_database(self, node: NodeId) -> str:
        """Create an empty database for a node and return its address."""
        name = f"{node.lower().replace('-', '_')}_{secrets.token_hex(4)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def copy_database(self, template: str, name: str) -> None:
        """Create the database `name` as a copy of `template`, to which nobody may be connected."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def stop(self) -> None:
        """Stop the cluster and remove its files."""
        try:
            if self.is_running():
                self.end("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
