"""A private PostgreSQL cluster for one test run: durable settings as in production, gone afterwards."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from comity.cli.world.ports import LOOPBACK, free_ports
from comity.kernel.ids import NodeId

CLUSTER_USER = "postgres"
READY_WITHIN_S = 30.0
MAX_CONNECTIONS = 300
"""Two worlds of five nodes, each with an office and a worker of some ten connections, and the tests' own."""


class NoPostgresError(Exception):
    """Why no cluster can be had here; the text says what to install."""


def _binaries() -> Path:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgresError("no PostgreSQL server found: run scripts/debian-packages as root (apt: postgresql)")


def _as_cluster_user() -> list[str]:
    """Return the command prefix: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam(CLUSTER_USER)
    except KeyError:
        raise NoPostgresError(f"root may not run PostgreSQL and there is no user {CLUSTER_USER!r}") from None
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

    @classmethod
    def start(cls) -> "PostgresCluster":
        """Make and start a cluster; raises `NoPostgresError` with the reason when that cannot be."""
        binaries, prefix = _binaries(), _as_cluster_user()
        folder = Path(tempfile.mkdtemp(prefix="comity-pg-"))
        password_file = folder / "password"
        password = secrets.token_urlsafe(16)
        password_file.write_text(password)
        if prefix:
            for path in (folder, password_file):
                shutil.chown(path, CLUSTER_USER, CLUSTER_USER)
        cluster = cls(folder, binaries, prefix, free_ports(1)[0], password)
        cluster._run("initdb", "-D", str(folder / "data"), "-U", CLUSTER_USER, "-A", "scram-sha-256",
                     "--pwfile", str(password_file), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        settings = f"-p {cluster.port} -c listen_addresses={LOOPBACK} -c unix_socket_directories={folder}"
        settings += f" -c fsync=on -c synchronous_commit=on -c max_connections={MAX_CONNECTIONS}"
        cluster._run(
            "pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", settings, "-w", "start"
        )
        cluster._wait()
        return cluster

    def _run(self, binary: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.binaries / binary), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            raise NoPostgresError(f"{binary} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise NoPostgresError(f"the cluster does not answer: {error}") from error
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
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
