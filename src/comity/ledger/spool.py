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
from collections import defaultdict
from concurrent.futures import Future
from pathlib import Path
from typing import Final, NamedTuple

from comity.kernel.errors import ComityError, ConfigurationError, ErrorCode, UnavailableError
from comity.ledger import frames
from comity.ledger.commitments import SaltPool
from comity.ledger.disk import Disk, LocalDisk
from comity.ledger.positions import START, DurableMark, SpoolPosition
from comity.ledger.reader import SpoolReader
from comity.ledger.segments import SEGMENT_BYTES, Segment, create_segment, open_newest

__all__ = ["START", "SpoolPosition", "SpoolReader", "SpoolWriter"]

MAX_WAITING: Final = 20_000
"""Two seconds of the highest rate one process reaches; more waiting means the disk stands still."""
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
"""One write of this size takes under 50 ms on any disk that can carry a journal."""
MIN_FREE_BYTES: Final = 2 * MAX_BATCH_BYTES
"""Room for one full batch and the file system's own needs."""


class _Waiting(NamedTuple):
    frame: bytes
    future: "Future[SpoolPosition] | asyncio.Future[SpoolPosition]"
    loop: asyncio.AbstractEventLoop | None


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
        self._salts = SaltPool()
        self._condition = threading.Condition()
        # Guarded by the condition.
        self._waiting: list[_Waiting] = []
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
        self._enqueue(_Waiting(frames.encode(body, self._salts.take()), future, None))
        return future

    def append_wait(self, body: bytes) -> SpoolPosition:
        """Append and wait until durable. Raises `UnavailableError` (journal.unavailable)."""
        return self.append(body).result()

    def append_async(self, body: bytes) -> "asyncio.Future[SpoolPosition]":
        """Like `append`, for the running event loop; all of a batch wakes the loop once."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[SpoolPosition] = loop.create_future()
        self._enqueue(_Waiting(frames.encode(body, self._salts.take()), future, loop))
        return future

    def probe(self) -> None:
        """Tell whether the next entry could be stored, and put the spool right if it was broken.

        Raises `UnavailableError` (journal.unavailable). Blocks as long as one sync takes.
        """
        room = os.statvfs(self._directory)
        if room.f_bavail * room.f_frsize < MIN_FREE_BYTES:
            raise UnavailableError(ErrorCode.JOURNAL_UNAVAILABLE, detail="disk full")
        future: Future[SpoolPosition] = Future()
        self._enqueue(_Waiting(b"", future, None))
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

    def _enqueue(self, entry: _Waiting) -> None:
        with self._condition:
            if self._closing or len(self._waiting) >= MAX_WAITING:
                raise UnavailableError(ErrorCode.JOURNAL_UNAVAILABLE, detail="closing or too many waiting")
            self._waiting.append(entry)
            if len(self._waiting) == 1:
                self._condition.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                positions = self._store([entry.frame for entry in batch])
            except OSError as error:
                self._healthy = False
                _finish(batch, _unavailable(error))
            else:
                self._healthy = True
                _finish(batch, positions)

    def _next_batch(self) -> list[_Waiting]:
        with self._condition:
            while not self._waiting and not self._closing:
                self._condition.wait()
            size = count = 0
            for entry in self._waiting:
                size += len(entry.frame)
                if count and size > MAX_BATCH_BYTES:
                    break
                count += 1
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            return batch

    def _store(self, batch: list[bytes]) -> list[SpoolPosition]:
        """Make `batch` durable and published, or raise OSError with nothing of it readable."""
        segment = self._put_right()
        data = b"".join(batch)
        if segment.end and segment.end + len(data) > self._segment_bytes:
            segment = self._roll(segment)
        try:
            self._disk.write(segment.descriptor, data, segment.end)
            self._disk.sync(segment.descriptor)
        except OSError:
            self._cut_to = segment.position()
            raise
        positions = []
        for frame in batch:
            segment.end += len(frame)
            positions.append(segment.position())
        try:
            self._mark.set(positions[-1])
        except OSError:
            segment.end -= len(data)
            self._cut_to = segment.position()
            raise
        return positions

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


def _finish(batch: list[_Waiting], outcome: "list[SpoolPosition] | ComityError") -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[SpoolPosition], object]]]
    by_loop = defaultdict(list)
    for number, entry in enumerate(batch):
        result = outcome if isinstance(outcome, ComityError) else outcome[number]
        if entry.loop is not None and isinstance(entry.future, asyncio.Future):
            by_loop[entry.loop].append((entry.future, result))
        elif isinstance(result, ComityError):
            entry.future.set_exception(result)
        else:
            entry.future.set_result(result)
    for loop, results in by_loop.items():
        # A loop that was closed meanwhile has nobody left to tell; the entries are durable all the same.
        if not loop.is_closed():
            loop.call_soon_threadsafe(_finish_in_loop, results)


def _finish_in_loop(results: "list[tuple[asyncio.Future[SpoolPosition], object]]") -> None:
    for future, result in results:
        if future.cancelled():
            continue
        if isinstance(result, ComityError):
            future.set_exception(result)
        elif isinstance(result, SpoolPosition):
            future.set_result(result)
