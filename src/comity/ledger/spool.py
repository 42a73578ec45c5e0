"""The journal spool: append-only segments whose entries are on the disk before an append returns (I1).

One writer per directory (a lock file), any number of readers in other processes. Whatever waits is
written with one write and one fdatasync, then the next batch is taken: the busier, the larger the
batches. A flusher thread does that; where an event loop may do it (`drive`), the loop writes and the
kernel syncs by itself, and only what is not everyday is left to the thread: new segments, repairs,
the last batch. One of the two at a time has the segment. States of the writer:

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
from enum import Enum, auto
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
from comity.ledger.syncing import KernelSync

__all__ = ["START", "Outcome", "SpoolPosition", "SpoolReader", "SpoolWriter"]

MAX_WAITING_BYTES: Final = 32 * 1024 * 1024
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


class _Holder(Enum):
    """Who has the segment."""

    NOBODY = auto()
    THREAD = auto()
    LOOP = auto()


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
        self._has_segment: _Holder = _Holder.NOBODY
        self._wanted = False
        # Owned by whoever has the segment.
        self._under_way: list[_Waiting] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sync: KernelSync | None = None
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

    def drive(self) -> bool:
        """Let the running event loop write what it appends, without the thread; tell whether it can.

        To be called before the loop appends anything.
        """
        segment = self._segment
        sync = None if segment is None else self._disk.kernel_sync(segment.descriptor)
        if sync is None:
            return False
        self._loop, self._sync = asyncio.get_running_loop(), sync
        self._loop.add_reader(sync.descriptor, self._end)
        return True

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
        if self._sync is not None and self._loop is not None:
            if not self._loop.is_closed():
                self._loop.remove_reader(self._sync.descriptor)
            if self._has_segment is _Holder.LOOP:
                self._end(wait=True)
            self._sync.close()
        with self._condition:
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
            if self._closing or self._waiting_bytes >= MAX_WAITING_BYTES:
                raise UnavailableError(ErrorCode.JOURNAL_UNAVAILABLE, detail="closing or too many waiting")
            self._waiting += entries
            self._waiting_bytes += size
            # While somebody has the segment he takes what waits when he is done.
            driven = self._loop is not None and entries[0].loop is self._loop
            if self._has_segment is _Holder.NOBODY and not driven:
                self._wanted = True
                self._condition.notify()
        if driven:
            self._begin()

    def _begin(self) -> None:
        """Write what waits and have it synced, unless somebody has the segment or it takes more than that."""
        segment, sync = self._segment, self._sync
        if segment is None or sync is None:
            return
        with self._condition:
            if self._has_segment is not _Holder.NOBODY or not self._waiting:
                return
            full = segment.end and segment.end + self._waiting_bytes > self._segment_bytes
            if full or self._cut_to is not None or self._closing:
                self._wanted = True
                self._condition.notify()
                return
            self._has_segment = _Holder.LOOP
            self._under_way = self._take_batch()
        try:
            data = b"".join([entry.frames for entry in self._under_way])
            self._disk.write(segment.descriptor, data, segment.end)
            sync.start(segment.descriptor)
        except OSError as error:
            asyncio.get_running_loop().call_soon(self._ended, segment, error)

    def _end(self, *, wait: bool = False) -> None:
        """Take note that a sync has ended, begin the next one, and tell whom it concerns."""
        segment, sync, failure = self._segment, self._sync, None
        if segment is None or sync is None:
            return
        sync.heard()
        if self._has_segment is not _Holder.LOOP:
            return
        try:
            if not sync.end(wait=wait):
                return
        except OSError as error:
            failure = error
        self._ended(segment, failure)

    def _ended(self, segment: Segment, failure: OSError | None) -> None:
        batch, self._under_way = self._under_way, []
        outcomes: Sequence[Outcome]
        if failure is None:
            outcomes = self._publish(segment, [entry.frames for entry in batch])
        else:
            self._cut_to = segment.position()
            outcomes = [_unavailable(failure)] * len(batch)
        self._healthy = failure is None
        with self._condition:
            self._has_segment = _Holder.NOBODY
        self._begin()
        _finish(batch, outcomes)

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
            if self._has_segment is _Holder.THREAD:
                self._has_segment = _Holder.NOBODY
                self._hand_back()
            while self._has_segment is _Holder.LOOP or not self._must_go_on():
                if self._closing and not self._waiting and self._has_segment is _Holder.NOBODY:
                    return []
                self._condition.wait()
            self._wanted = False
            self._has_segment = _Holder.THREAD
            return self._take_batch()

    def _must_go_on(self) -> bool:
        """Tell whether the thread has something to write. To be called with the condition held."""
        return bool(self._waiting) and (self._wanted or self._closing or self._loop is None)

    def _hand_back(self) -> None:
        """Let the loop go on where it may: the thread has done what was not everyday."""
        loop = self._loop
        if loop is not None and self._waiting and not self._closing and not loop.is_closed():
            loop.call_soon_threadsafe(self._begin)

    def _take_batch(self) -> list[_Waiting]:
        """Return what waits, as much as may be written at once. To be called with the condition held."""
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
        return self._publish(segment, batch)

    def _publish(self, segment: Segment, batch: list[bytes]) -> list[Outcome]:
        """Let readers see what is durable now; return the position behind each of `batch`."""
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
    here = asyncio._get_running_loop()  # noqa: SLF001 (documented for this use: None outside of a loop)
    for loop in loops:
        told = [
            (entry.tell, outcome)
            for entry, outcome in zip(batch, outcomes, strict=True)
            if entry.loop is loop
        ]
        if loop is None or loop is here:
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
