"""Looking for one text in everything a node keeps: every file under its directory, every row of its tables.

The text is looked for as it stands and in the encodings in which it could hide by accident: UTF-16,
hexadecimal, base64 at every offset, JSON and URL escapes. Sealed text must be found in none of them.
"""

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from comity.node.home import NodeHome

BLOCK: Final = 4 * 1024 * 1024
"""Files are read in pieces of this size, overlapping by the longest disguise."""
SHORTEST: Final = 12
"""A shorter canary would turn up by chance."""


def disguises(canary: str) -> list[bytes]:
    """Return every byte sequence that would give `canary` away."""
    if len(canary) < SHORTEST:
        raise ValueError(canary)
    plain = canary.encode("utf-8")
    found = {plain, canary.encode("utf-16-le"), canary.encode("utf-16-be"), plain.hex().encode()}
    found |= {plain.hex().upper().encode(), quote(canary, safe="").encode()}
    found.add(canary.encode("ascii", "backslashreplace"))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found |= {_inner_base64(encode, plain, offset) for offset in range(3)}
    return sorted(found)


def _inner_base64(encode: Any, plain: bytes, offset: int) -> bytes:
    """Return the part of the base64 text that does not depend on what stands before and after `plain`."""
    encoded: bytes = encode(b"\0" * offset + plain).rstrip(b"=")
    return encoded[(offset * 8 + 5) // 6 : -2]


def files_with(canary: str, folder: Path) -> list[Path]:
    """Return the files under `folder` that hold the canary in any disguise."""
    wanted = disguises(canary)
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _holds(path, wanted)]


def _holds(path: Path, wanted: list[bytes]) -> bool:
    overlap = max(map(len, wanted))
    before = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            window = before + block
            if any(each in window for each in wanted):
                return True
            before = window[-overlap:]
    return False


def tables_with(canary: str, home: NodeHome) -> list[str]:
    """Return the tables of the node's database of which a row holds the canary in any disguise."""
    wanted = disguises(canary)
    return sorted({table for table, row in _rows(home) if any(each in row for each in wanted)})


def _rows(home: NodeHome) -> Iterator[tuple[str, bytes]]:
    url = home.settings.database.url
    return _sqlite_rows(home.database_path) if url == "sqlite" else _postgresql_rows(url)


def _sqlite_rows(path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            quoted = table.replace('"', '""')
            for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - name from the catalogue
                yield table, _as_bytes(row)


def _postgresql_rows(url: str) -> Iterator[tuple[str, bytes]]:
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
            for row in connection.execute(query):
                yield table, _as_bytes(row)


def _as_bytes(row: tuple[Any, ...]) -> bytes:
    return b"\n".join(
        bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row
    )
