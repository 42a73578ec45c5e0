"""The listening socket and every connection through it: time limits, their number, an orderly end."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.search.connections import RECEIVE_S, Connection, Door

BACKLOG: Final = 2_048
MAX_CONNECTIONS: Final = 4_096
"""File descriptors of one process, with room to spare under the usual limit of 64 Ki."""
SWEEP_EVERY_S: Final = 0.5
"""How far a time limit is passed at most. One look at all connections costs less than a timer for each."""
GOODBYE_S: Final = 2.0
"""For the last words of TLS when a connection is closed."""


class Listener:
    """Accepts connections and hands whole requests to `door`."""

    def __init__(self, door: Door, body_limits: Mapping[bytes, int]) -> None:
        self.door = door
        self.body_limits = body_limits
        self.closing = False
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._empty: asyncio.Event | None = None

    async def open(self, host: str, port: int, tls: ssl.SSLContext) -> None:
        """Begin to listen. Raises `ConfigurationError` (config.in_use) when the port is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: Connection(self),
                host,
                port,
                ssl=tls,
                backlog=BACKLOG,
                ssl_handshake_timeout=RECEIVE_S,
                ssl_shutdown_timeout=GOODBYE_S,
            )
        except OSError as error:
            raise ConfigurationError(ErrorCode.CONFIG_IN_USE, field="search.port") from error
        self._sweep()

    async def close(self, grace_s: float) -> None:
        """Take no more, let what is under way be answered within `grace_s`, and cut what is left."""
        self.closing = True
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            if connection.idle:
                connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._all_left()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in tuple(self._connections):
            connection.cut()

    async def _all_left(self) -> None:
        self._empty = asyncio.Event()
        if self._connections:
            await self._empty.wait()

    def entered(self, connection: Connection) -> bool:
        """Take note of a connection; False when there are too many."""
        self._connections.add(connection)
        return len(self._connections) <= MAX_CONNECTIONS

    def left(self, connection: Connection) -> None:
        """Take note that it is gone."""
        self._connections.discard(connection)
        if not self._connections and self._empty is not None:
            self._empty.set()

    def _sweep(self) -> None:
        now = time.monotonic()
        for connection in tuple(self._connections):
            if connection.deadline < now:
                connection.expire()
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_EVERY_S, self._sweep)
