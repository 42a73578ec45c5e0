"""The peer: PostgreSQL with an index on the number of the same documents."""

import os
import stat
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import numpy as np
import psycopg

from comity.cli.bench.cluster import DURABLE, PostgresCluster
from comity.cli.bench.documents import Documents
from comity.index.columns import DocumentColumns
from comity.protocol.search import DocumentQuery

DATABASE: Final = "postgres"
SHARED_BUFFERS_MB: Final = 4_096
"""A quarter of the memory as its manual advises, up to what the index of 140 million rows takes."""
CREATE: Final = """
CREATE TABLE envelopes (id integer PRIMARY KEY, body jsonb NOT NULL);
CREATE TABLE documents (
    record_id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    expires_at timestamptz NOT NULL,
    event_date date,
    envelope_id integer NOT NULL
)
"""
COPY: Final = "COPY documents FROM STDIN WITH (FORMAT binary, FREEZE)"
FIND: Final = """
SELECT record_id, version, event_date, body FROM documents JOIN envelopes ON envelopes.id = envelope_id
WHERE number = %s AND expires_at > %s
"""
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_END: Final = struct.pack(">h", -1)
_EPOCH_SECONDS: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_EPOCH_DAYS: Final = _EPOCH_SECONDS // 86_400
_COLUMNS: Final = 6


def start(parent: Path | None) -> PostgresCluster:
    """Start a cluster tuned for filling and reading a large table, in `parent` if its user gets there.

    Raises `NoPostgresError`.
    """
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    tuned = {
        "shared_buffers": f"{min(SHARED_BUFFERS_MB, memory_mb // 4)}MB",
        "maintenance_work_mem": f"{min(1_024, memory_mb // 16)}MB",
        "max_wal_size": "8GB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "autovacuum": "off",
        "checkpoint_timeout": "1h",
        "jit": "off",
    }
    return PostgresCluster.start(_open_to_all(parent), MappingProxyType({**DURABLE, **tuned}))


def _open_to_all(parent: Path | None) -> Path | None:
    """Return `parent` where a user of its own, as root's cluster has, may enter it; else None."""
    if parent is None or os.geteuid() != 0:
        return parent
    folders = [parent.resolve(), *parent.resolve().parents]
    return parent if all(folder.stat().st_mode & stat.S_IXOTH for folder in folders) else None


def fill(cluster: PostgresCluster, documents: Documents, advance: Callable[[int], None]) -> float:
    """Put every document in, index the numbers, and return the seconds that took."""
    began, done = time.perf_counter(), 0
    with psycopg.connect(cluster.url(DATABASE)) as connection:
        for statement in CREATE.split(";"):
            connection.execute(statement)
        with connection.cursor() as cursor:
            bodies = [msgspec.json.encode(each).decode() for each in documents.envelopes]
            cursor.executemany("INSERT INTO envelopes VALUES (%s, %s)", list(enumerate(bodies)))
            with cursor.copy(COPY) as copy, ThreadPoolExecutor(1) as maker:
                copy.write(_HEAD)
                for count, parts in _ahead(maker, documents):
                    for rows in parts:
                        copy.write(rows)
                    done += count
                    advance(done)
                copy.write(_END)
        connection.execute("CREATE INDEX documents_number ON documents (number)")
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute("ANALYZE")
        connection.execute("CHECKPOINT")
    return time.perf_counter() - began


def _ahead(maker: Executor, documents: Documents) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the rows chunk by chunk, the next one being made while the server takes one in."""
    chunks = documents.chunks()

    def make() -> tuple[int, list[bytes]] | None:
        columns = next(chunks, None)
        return None if columns is None else (len(columns.numbers), list(_binary(columns)))

    coming = maker.submit(make)
    while (made := coming.result()) is not None:
        coming = maker.submit(make)
        yield made


def lookups(cluster: PostgresCluster, queries: list[DocumentQuery], at: datetime) -> Iterator[float]:
    """Yield the microseconds of each lookup over one connection with the statement prepared."""
    with (
        psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection,
        connection.cursor(binary=True) as cursor,
    ):
        for query in queries:
            began = time.perf_counter_ns()
            cursor.execute(FIND, (query.number, at), prepare=True)
            cursor.fetchall()
            yield (time.perf_counter_ns() - began) / 1_000


def _binary(columns: DocumentColumns) -> Iterator[bytes]:
    """Yield the rows as COPY takes them, those with numbers of one length together."""
    lengths = np.char.str_len(columns.numbers)
    for length in np.unique(lengths).tolist():
        chosen = np.flatnonzero(lengths == length)
        fields: tuple[tuple[str, str, int, Any], ...] = (
            ("record_id", "V16", 16, columns.record_ids[chosen].view("V16").reshape(-1)),
            ("number", f"S{length}", length, columns.numbers[chosen]),
            ("version", ">i4", 4, columns.versions[chosen]),
            ("expires_at", ">i8", 8, (columns.expires[chosen].astype(np.int64) - _EPOCH_SECONDS) * 1_000_000),
            ("event_date", ">i4", 4, columns.event_days[chosen] - _EPOCH_DAYS),
            ("envelope", ">i4", 4, columns.templates[chosen]),
        )
        layout: list[tuple[str, str]] = [("columns", ">i2")]
        for name, kind, _, _ in fields:
            layout += [(f"length_{name}", ">i4"), (name, kind)]
        rows = np.zeros(len(chosen), dtype=layout)
        rows["columns"] = _COLUMNS
        for name, _, size, values in fields:
            rows[f"length_{name}"] = size
            rows[name] = values
        yield rows.tobytes()
