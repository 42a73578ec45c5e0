"""Which fields the relay keeps of what passes through it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

import msgspec

from comity.node.home import NodeHome

TABLES: Final = ("line_relay", "attachments_blob")
"""How the names of the relay's tables begin."""
ROWS: Final = 100


def stored_fields(home: NodeHome) -> list[str]:
    """Return `table.column` for each column of the relay's tables, with `.key` for the JSON stored in it."""
    return sorted(
        {field for table, columns, rows in _tables(home) for field in _fields(table, columns, rows)}
    )


def _fields(table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> Iterator[str]:
    for column in columns:
        yield f"{table}.{column}"
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            for key in _keys(value):
                yield f"{table}.{column}.{key}"


def _keys(value: Any) -> Iterator[str]:
    """Yield the names in a JSON object and in the objects in it."""
    if isinstance(value, str) and value.startswith("{"):
        value = msgspec.json.decode(value)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner if isinstance(inner, dict | list) else None)
    if isinstance(value, list):
        for inner in value:
            yield from _keys(inner if isinstance(inner, dict | list) else None)


def _tables(home: NodeHome) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    url = home.settings.database.url
    return _sqlite(home) if url == "sqlite" else _postgresql(url)


def _sqlite(home: NodeHome) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    uri = f"{home.database_path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in filter(_is_relays, names):
            found = connection.execute(f'SELECT * FROM "{name}" LIMIT {ROWS}')  # noqa: S608 - name from the catalogue
            yield name, [column[0] for column in found.description], found.fetchall()


def _postgresql(url: str) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables")]
        for name in filter(_is_relays, names):
            query = sql.SQL("SELECT * FROM {} LIMIT {}").format(sql.Identifier(name), sql.Literal(ROWS))
            found = connection.execute(query)
            yield name, [column.name for column in found.description or ()], found.fetchall()


def _is_relays(name: str) -> bool:
    return name.startswith(TABLES)
