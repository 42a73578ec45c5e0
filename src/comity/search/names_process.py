"""The process that compares names, seen from the search: one question at a time, started again when it dies.

A comparison takes milliseconds of pure computing. In a thread it would hold the interpreter against the
keys, which take microseconds; in a process of its own it cannot.
"""

import asyncio
import sys
from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.codes import FailureReason
from comity.node.home import NodeHome
from comity.protocol.search import Query
from comity.search import logs
from comity.search.names_wire import LENGTH_BYTES, MAX_REPLY_BYTES, NamesQuestion, framed, read_reply
from comity.search.sources import Reply

MAX_NAMES_WAITING: Final = 64
"""At 5 ms each the last one waits a third of a second: half of a search's budget."""
STUCK_AFTER_S: Final = 5.0
"""No name takes a hundredth of this; a process that is silent for so long is ended."""
START_WITHIN_S: Final = 60.0
"""Loading tables and the first pages of a large index from a slow disk."""
RESTART_AFTER_S: Final = 0.5
"""So that a process that cannot live does not eat the machine."""

_NOT_READY: Final = Reply(reason=FailureReason.NOT_READY)


class NamesProcess:
    """Hands questions over in order. Owned by the event loop."""

    def __init__(self, home: NodeHome) -> None:
        self._home = home
        self._queue: deque[tuple[bytes, asyncio.Future[Reply]]] = deque()
        self._asked: asyncio.Future[Reply] | None = None
        self._something = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self.ready = asyncio.Event()
        """Set while the process takes questions."""

    @property
    def waiting(self) -> int:
        """How many questions wait, the one that is being worked on included."""
        return len(self._queue) + (self._asked is not None)

    def start(self) -> None:
        """Start the process; `ready` is set once it has warmed up."""
        self._runner = asyncio.get_running_loop().create_task(self._run(), name="names")

    async def started(self, within_s: float) -> None:
        """Return when the process takes questions or has failed to, at the latest after that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._tried.wait()

    async def ask(self, query: Query, viewer: str, at: datetime) -> Reply:
        """Return the reply, not ready while there is no process. When cancelled, the place is free again."""
        if not self.ready.is_set():
            return _NOT_READY
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        place = (framed(NamesQuestion(query, viewer, at)), future)
        self._queue.append(place)
        self._something.set()
        try:
            return await future
        finally:
            with suppress(ValueError):
                self._queue.remove(place)

    async def close(self) -> None:
        """End the process; what waits is told that nobody is ready."""
        if self._runner is not None:
            self._runner.cancel()
            with suppress(asyncio.CancelledError):
                await self._runner

    async def _run(self) -> None:
        while True:
            await self._one_life()
            await asyncio.sleep(RESTART_AFTER_S)

    async def _one_life(self) -> None:
        """Start a process and serve with it until it dies, is silent for too long, or talks nonsense."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "comity.search.names_worker", "--home", str(self._home.path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_REPLY_BYTES,
        )
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._serve(process))
                both.create_task(_outlive(process))
        except* (OSError, EOFError, msgspec.DecodeError) as errors:
            logs.note("names_process", kind=type(errors.exceptions[0]).__name__)
        finally:
            self.ready.clear()
            self._tried.set()
            self._give_up()
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _serve(self, process: asyncio.subprocess.Process) -> None:
        questions, replies = process.stdin, process.stdout
        if questions is None or replies is None:
            raise EOFError
        await _read(replies, START_WITHIN_S)
        self.ready.set()
        self._tried.set()
        while True:
            while not self._queue:
                self._something.clear()
                await self._something.wait()
            frame, self._asked = self._queue.popleft()
            questions.write(frame)
            await questions.drain()
            reply = await _read(replies, STUCK_AFTER_S)
            _tell(self._asked, reply)
            self._asked = None

    def _give_up(self) -> None:
        """Tell everyone who waits that nobody is ready."""
        _tell(self._asked, _NOT_READY)
        self._asked = None
        while self._queue:
            _tell(self._queue.popleft()[1], _NOT_READY)


def _tell(future: asyncio.Future[Reply] | None, reply: Reply) -> None:
    if future is not None and not future.done():
        future.set_result(reply)


async def _outlive(process: asyncio.subprocess.Process) -> None:
    """Return never; raises EOFError when the process is dead."""
    await process.wait()
    raise EOFError


async def _read(replies: asyncio.StreamReader, within_s: float) -> Reply:
    """Return the next reply. Raises EOFError, TimeoutError, `msgspec.DecodeError`."""
    async with asyncio.timeout(within_s):
        length = int.from_bytes(await replies.readexactly(LENGTH_BYTES), "big")
        if length > MAX_REPLY_BYTES:
            raise EOFError
        return read_reply(await replies.readexactly(length))
