"""Lines that can be cut: TCP proxies on loopback, one for each line between nodes.

They carry sealed bytes of TLS and understand none of them. Where the network is the command's own, the kernel
drops the packets of a direction that is shut; elsewhere the proxy holds what comes in. When it opens again
the bytes go on late, or the connection breaks.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeVar

from comity.cli.faults.packets import Packets
from comity.cli.world.ports import LOOPBACK

T = TypeVar("T")
_BLOCK: Final = 64 * 1024
_RESET: Final = struct.pack("ii", 1, 0)
"""Linger for no time: closing a socket then resets its connection."""


@dataclass(eq=False)
class _Connection:
    """A client's connection and the one to the server that goes with it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter

    def abort(self) -> None:
        for writer in (self.client, self.server):
            _break(writer)


@dataclass(eq=False)
class Line:
    """One line: whoever connects to `port` reaches `target` while the line is whole."""

    port: int
    target: int
    there: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: what clients say gets through."""
    back: asyncio.Event = field(default_factory=asyncio.Event)
    """Set: what servers answer gets through."""
    refusing: bool = False
    connections: set[_Connection] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.there.set()
        self.back.set()


class Switchboard:
    """All lines of a world, in a thread of its own. Use it as a `with` block."""

    def __init__(self, packets: Packets | None = None) -> None:
        self._packets = packets
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lines", daemon=True)
        self._servers: list[asyncio.Server] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def line(self, port: int, target: int) -> Line:
        """Open a line from the loopback port `port` to `target`."""
        return self._run(self._open(port, target))

    def cut(self, line: Line, *, there: bool = True, back: bool = True) -> None:
        """Hold what goes `there`, what comes `back`, or both; connections stay open."""
        if self._packets is not None:
            self._packets.drop(line.port, there=there, back=back)
        else:
            self._run(self._shut(line, there=there, back=back))

    def reset(self, line: Line) -> None:
        """Break every connection and refuse new ones."""
        self._run(self._reset(line))

    def mend(self, line: Line, *, lossy: bool = False) -> None:
        """Make the line whole. `lossy`: what was held never arrives, its connections break."""
        self._run(self._mend(line, lossy=lossy))
        if self._packets is not None:
            self._packets.let_through(line.port)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self, port: int, target: int) -> Line:
        line = Line(port, target)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _carry(line, reader, writer)

        self._servers.append(await asyncio.start_server(accept, LOOPBACK, port))
        return line

    async def _shut(self, line: Line, *, there: bool, back: bool) -> None:
        if there:
            line.there.clear()
        if back:
            line.back.clear()

    async def _reset(self, line: Line) -> None:
        line.refusing = True
        for connection in tuple(line.connections):
            connection.abort()

    async def _mend(self, line: Line, *, lossy: bool) -> None:
        if lossy:
            for connection in tuple(line.connections):
                connection.abort()
        line.refusing = False
        line.there.set()
        line.back.set()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)


async def _carry(line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if line.refusing:
        _break(writer)
        return
    await line.there.wait()
    try:
        answers, server = await asyncio.open_connection(LOOPBACK, line.target)
    except OSError:
        _break(writer)
        return
    connection = _Connection(writer, server)
    line.connections.add(connection)
    try:
        await asyncio.gather(_pump(reader, server, line.there), _pump(answers, writer, line.back))
    except asyncio.CancelledError:
        connection.abort()
        raise
    finally:
        line.connections.discard(connection)


def _break(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset: what is still to be sent is dropped, the other side gets an error."""
    if not writer.transport.is_closing():
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    with suppress(OSError):
        while block := await reader.read(_BLOCK):
            await gate.wait()
            writer.write(block)
            await writer.drain()
    # One side has ended, so the other side is told, once the line lets it through.
    await gate.wait()
    with suppress(OSError, RuntimeError):
        writer.close()
