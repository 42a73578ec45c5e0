"""Where a node keeps its rows: SQLite in its data directory, or PostgreSQL."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.types.array import ListBinaryDumper

from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.node.home import NodeHome
from comity.office.settings_common import SQLITE_OPTIONS

SQLITE: Final = "sqlite"
CONNECT_TIMEOUT_S: Final = 5
"""A database on the same network answers in milliseconds; after five seconds it is away."""


def database_of(home: NodeHome) -> dict[str, Any]:
    """Return Django's description of the node's database.

    Raises `ConfigurationError` (config.odd_value, database.url) for anything but `sqlite` and
    `postgresql://user:password@host:port/name`.
    """
    url = home.settings.database.url
    if url == SQLITE:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home.database_path),
            "OPTIONS": SQLITE_OPTIONS,
            "CONN_MAX_AGE": None,
        }
    return _postgresql(url)


def _send_lists_as_they_are() -> None:
    """Make psycopg send lists in binary form.

    Written out as text, each row of a message costs half a millisecond at both ends together, for every
    quotation mark in it is marked by one side and unmarked by the other.
    """
    psycopg.adapters.register_dumper(list, ListBinaryDumper)


def _postgresql(url: str) -> dict[str, Any]:
    _send_lists_as_they_are()
    parts = urlsplit(url)
    name = parts.path.removeprefix("/")
    if parts.scheme != "postgresql" or not name:
        raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field="database.url")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": "-c synchronous_commit=on",
            "server_side_binding": True,
        },
    }
