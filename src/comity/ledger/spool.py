"""The journal spool: append-only segments whose entries are on the disk before an append returns (I1).

One writer per directory (a lock file), any number of readers in other processes. A flusher thread
writes whatever waits with one write and one fdatasync, then takes the next batch: the busier, the
larger the batches. States of the writer:

    WRITING ──write or sync fails──► BROKEN ──put right before the next batch──► WRITING
                                        └──cannot be put right──► every append is refused, tried again

After a failed sync the kernel may have dropped the pages and call the next sync a success, so the
segment is cut back to its last durable entry and a new one is begun.
"""

import asyncio
import fcntl
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from comity.kernel.errors import ComityError, ConfigurationError, ErrorCode, UnavailableError
from comity.ledger import frames
from comity.ledger.disk import Disk, LocalDisk
from comity.ledger.positions import START, DurableMark, SpoolPosition
from comity.ledger.reader import SpoolReader
from comity.ledger.segments import SEGMENT_BYTES, Segment, create_segment, open_newest

__all__ = ["START", "Outcome", "SpoolPosition", "SpoolReader", "SpoolWriter"]

MAX_WAITING: Final = 20_000
"""Two seconds of the highest rate one process reaches; more waiting means the disk stands still."""
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
"""One write of this size takes under 50 ms on any disk that can carry a journal."""
MIN_FREE_BYTES: Final = 2 * MAX_BATCH_BYTES
"""Room for one full batch and the file system's own needs."""

Outcome = SpoolPosition | ComityError
"""Of an append: the position behind it, or why it is not on record."""
_Tell = Callable[[Outcome], object]


class _Waiting(NamedTuple):
    frames: bytes
    """Of everything that was appended together."""
    tell: _Tell
    loop: asyncio.AbstractEventLoop | None
    """Where `tell` is to be called; None: in the flusher."""


class SpoolWriter:
    """Appends entries durably. Thread-safe. `segment_bytes` is smaller in tests only.

    Raises `ConfigurationError` (config.in_use) when another process writes here, and
    `UnavailableError` (journal.unavailable) when the directory cannot be written at all.
    """

    def __init__(
        self, directory: Path, *, disk: Disk | None = None, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._directory = directory
        self._disk = disk or LocalDisk()
        self._segment_bytes = segment_bytes
        self._mark = DurableMark(directory)
        self._condition = threading.Condition()
        # Guarded by the condition.
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._closing = False
        # Owned by the flusher after the constructor.
        self._segment: Segment | None = None
        self._cut_to: SpoolPosition | None = None
        self._lock = _take_lock(directory)
        try:
            self._segment = open_newest(directory, self._disk)
            self._mark.set(self._segment.position())
        except OSError as error:
            os.close(self._lock)
            raise _unavailable(error) from error
        self._healthy = True
        self._flusher = threading.Thread(target=self._run, name="spool-flusher", daemon=True)
        self._flusher.start()

    @property
    def healthy(self) -> bool:
        """Whether the last batch reached the disk; a search node that is not healthy is not ready."""
        return self._healthy and self._flusher.is_alive()

    def append(self, body: bytes) -> "Future[SpoolPosition]":
        """Return a future that is done when `body` is durable, with the position after it.

        It fails with `UnavailableError` (journal.unavailable); the entry may then still be on the disk.
        """
        future: Future[SpoolPosition] = Future()
        self.enqueue([_Waiting(self.frame(body), partial(_settle, future), None)])
        return future

    def append_wait(self, body: bytes) -> SpoolPosition:
        """Append and wait until durable. Raises `UnavailableError` (journal.unavailable)."""
        return self.append(body).result()

    def append_async(self, body: bytes) -> "asyncio.Future[SpoolPosition]":
        """Like `append`, for the running event loop; all of a batch wakes the loop once."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[SpoolPosition] = loop.create_future()
        self.enqueue([_Waiting(self.frame(body), partial(_settle, future), loop)])
        return future

    def append_all(self, bodies: Sequence[bytes], tell: _Tell) -> None:
        """Append `bodies` together; `tell` is called in the running event loop, never from within this call.

        It gets the position after the last one once all are durable, or the `UnavailableError`
        (journal.unavailable); some may then still be on the disk. Raises `LimitError` for a body that
        is empty or too long. For thousands of entries a second: what it costs, it costs for each group.
        """
        loop = asyncio.get_running_loop()
        framed = frames.encode_all(bodies)
        try:
            self.enqueue([_Waiting(framed, tell, loop)])
        except UnavailableError as error:
            loop.call_soon(tell, error)

    def probe(self) -> None:
        """Tell whether the next entry could be stored, and put the spool right if it was broken.

        Raises `UnavailableError` (journal.unavailable). Blocks as long as one sync takes.
        """
        room = os.statvfs(self._directory)
        if room.f_bavail * room.f_frsize < MIN_FREE_BYTES:
            raise UnavailableError(ErrorCode.JOURNAL_UNAVAILABLE, detail="disk full")
        future: Future[SpoolPosition] = Future()
        self.enqueue([_Waiting(b"", partial(_settle, future), None)])
        future.result()

    def close(self) -> None:
        """Write what waits, then give the directory back. Later appends are refused."""
        with self._condition:
            if self._closing:
                return
            self._closing = True
            self._condition.notify()
        self._flusher.join()
        if self._segment is not None:
            self._segment.close()
        self._mark.close()
        os.close(self._lock)

    def frame(self, body: bytes) -> bytes:
        """Return `body` as it will lie in the spool. Raises `LimitError` when it is empty or too long."""
        return frames.encode(body)

    def enqueue(self, entries: list[_Waiting]) -> None:
        """Hand entries to the flusher, all or none. Raises `UnavailableError` (journal.unavailable)."""
        size = sum([len(entry.frames) for entry in entries])
        with self._condition:
            if self._closing or len(self._waiting) >= MAX_WAITING:
                raise UnavailableError(ErrorCode.JOURNAL_UNAVAILABLE, detail="closing or too many waiting")
            was_empty = not self._waiting
            self._waiting += entries
            self._waiting_bytes += size
            if was_empty:
                self._condition.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                ends = self._store([entry.frames for entry in batch])
            except OSError as error:
                self._healthy = False
                _finish(batch, [_unavailable(error)] * len(batch))
            else:
                self._healthy = True
                _finish(batch, ends)

    def _next_batch(self) -> list[_Waiting]:
        with self._condition:
            while not self._waiting and not self._closing:
                self._condition.wait()
            count = len(self._waiting)
            if self._waiting_bytes > MAX_BATCH_BYTES:
                sizes = accumulate(len(entry.frames) for entry in self._waiting)
                count = max(1, sum(size <= MAX_BATCH_BYTES for size in sizes))
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            self._waiting_bytes = sum(len(entry.frames) for entry in self._waiting)
            return batch

    def _store(self, batch: list[bytes]) -> list[Outcome]:
        """Make `batch` durable and published, or raise OSError with nothing of it readable."""
        segment = self._put_right()
        data = b"".join(batch)
        if segment.end and segment.end + len(data) > self._segment_bytes:
            segment = self._roll(segment)
        try:
            self._disk.store(segment.descriptor, data, segment.end)
        except OSError:
            self._cut_to = segment.position()
            raise
        ends = [
            SpoolPosition(segment.number, end) for end in accumulate(map(len, batch), initial=segment.end)
        ][1:]
        self._mark.set(ends[-1])
        segment.end = ends[-1].offset
        return [*ends]

    def _put_right(self) -> Segment:
        """Return a segment whose file ends at its durable end. Raises OSError while that is impossible."""
        segment = self._segment
        if segment is None:
            raise OSError("the spool is not open")
        if self._cut_to is None:
            return segment
        self._disk.cut(segment.descriptor, self._cut_to.offset)
        segment = self._roll(segment) if segment.end else segment
        self._cut_to = None
        return segment

    def _roll(self, segment: Segment) -> Segment:
        following = create_segment(self._directory, segment.number + 1, self._disk)
        segment.close()
        self._segment = following
        return following


def _take_lock(directory: Path) -> int:
    descriptor = os.open(directory / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise ConfigurationError(ErrorCode.CONFIG_IN_USE, detail=f"spool {directory.name}") from error
    return descriptor


def _unavailable(error: OSError) -> UnavailableError:
    return UnavailableError(ErrorCode.JOURNAL_UNAVAILABLE, detail=f"errno {error.errno}")


def _finish(batch: list[_Waiting], outcomes: Sequence[Outcome]) -> None:
    """Tell everyone of a batch; an event loop is woken once for all that wait in it."""
    loops = {entry.loop for entry in batch}
    for loop in loops:
        told = [
            (entry.tell, outcome)
            for entry, outcome in zip(batch, outcomes, strict=True)
            if entry.loop is loop
        ]
        if loop is None:
            _tell_all(told)
        # A loop that was closed meanwhile has nobody left to tell; the entries are durable all the same.
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_tell_all, told)


def _tell_all(told: list[tuple[_Tell, Outcome]]) -> None:
    for tell, outcome in told:
        tell(outcome)


def _settle(future: "Future[SpoolPosition] | asyncio.Future[SpoolPosition]", outcome: Outcome) -> None:
    if future.cancelled():
        return
    if isinstance(outcome, ComityError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
