"""Holding the generation in use open, and moving on to the next one without a question failing.

Closing an environment that a thread still reads would end the process. So each opened generation
counts the snapshots taken of it; one that is no longer in use closes when its last one has ended.
Counting is done with appends and pops, which the interpreter does whole: a lock would cost more than
the look-up that it guards.

A thread looks now and then whether another generation is in use: a reader that nobody asks anything
would otherwise keep the disk space of one that was removed long ago.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from weakref import ref

import lmdb
import msgspec

from comity.index import generations
from comity.index.layout import (
    FIRST_MAP_BYTES,
    MAP_LIMIT_BYTES,
    STATE_KEY,
    Databases,
    cut_short,
    is_whole,
    open_environment,
)
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError

LOOK_EVERY_S: Final = 0.05
"""How often a reader looks whether another generation is in use; until then it answers from the one
that was so at most this long ago."""
LET_GO_WITHIN_S: Final = 10.0
"""How long a reader that nobody asks keeps a generation that is not in use."""
FORGET_DEAD_EVERY_S: Final = 30.0
"""How often a writer looks whether readers have died: what they read could never be written over."""
OPENING_ATTEMPTS: Final = 3
"""A generation can be replaced between the look at its number and the opening of its files."""

_Kept = TypeVar("_Kept")


class _FormatOnly(msgspec.Struct, frozen=True):
    """What the state of every format says first."""

    format: int


_FORMAT: Final = msgspec.msgpack.Decoder(_FormatOnly)


class _Local(threading.local):
    """What each thread keeps for one generation."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}


class _Opened:
    """One open environment and who uses it; `borrowed` from somebody who closes it."""

    def __init__(
        self, environment: lmdb.Environment, databases: Databases, *, borrowed: bool = False
    ) -> None:
        self.environment = environment
        self.databases = databases
        self.retired = False
        self.users: list[None] = []
        self.local = _Local()
        self.shared: dict[Any, Any] = {}
        self._borrowed = borrowed
        self._closing = threading.Lock()
        self.closed = False

    def leave(self) -> None:
        """Take one user off; the last one closes what is retired."""
        self.users.pop()
        if self.retired:
            self._close_unused()

    def retire(self) -> None:
        """Close at once, or when the last user has left. New users see `retired` and leave again."""
        self.retired = True
        self._close_unused()

    def _close_unused(self) -> None:
        with self._closing:
            if self.users or self.closed:
                return
            self.closed = True
            if not self._borrowed:
                self.environment.close()


class Snapshot:
    """A read transaction over the newest state, to be used with `with`."""

    __slots__ = ("_opened", "databases", "transaction")

    def __init__(self, opened: _Opened) -> None:
        self._opened = opened
        self.databases = opened.databases
        try:
            self.transaction: Any = opened.environment.begin()
        except lmdb.Error as error:
            opened.leave()
            raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail=type(error).__name__) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.transaction.abort()
        self._opened.leave()

    def kept(self, make: Callable[[], _Kept]) -> _Kept:
        """Return what this thread keeps for this generation, made by `make` when it is first asked for."""
        kept = self._opened.local.kept
        if make not in kept:
            kept[make] = make()
        found: _Kept = kept[make]
        return found

    def shared(self, make: Callable[[], _Kept]) -> _Kept:
        """Like `kept`, for all threads: numbers mean nothing in another generation."""
        shared = self._opened.shared
        found: _Kept = shared[make] if make in shared else shared.setdefault(make, make())
        return found


class LiveIndex:
    """The index in a folder, as it is read: whichever generation is in use."""

    def __init__(self, directory: Path | None, signature: generations.Signature, opened: _Opened) -> None:
        self._directory = directory
        self._signature = signature
        self._opened = opened
        self._opening = threading.Lock()
        self._look_at = time.monotonic() + LOOK_EVERY_S if directory else float("inf")
        self._doubted = False
        self._cut = False
        self._ended = threading.Event()
        if directory is not None:
            watch = threading.Thread(
                target=_look_now_and_then, args=(ref(self), self._ended), name="index-follower", daemon=True
            )
            watch.start()

    @classmethod
    def at(cls, directory: Path) -> Self:
        """Open the index in a folder. Raises `UnavailableError` (index.unavailable)."""
        return cls(directory, *_open(directory))

    @classmethod
    def over(cls, environment: lmdb.Environment, databases: Databases) -> Self:
        """Return the view of an environment that somebody else opens and closes."""
        return cls(None, None, _Opened(environment, databases, borrowed=True))

    def snapshot(self) -> Snapshot:
        """Return a snapshot of the newest state.

        Raises `UnavailableError` (index.unavailable), and `IntegrityError` (integrity.index) while the
        file of the generation in use is shorter than it says.
        """
        if time.monotonic() >= self._look_at:
            self.follow()
        while True:
            opened = self._opened
            opened.users.append(None)
            if not opened.retired:
                return Snapshot(opened)
            opened.leave()
            if opened is self._opened:
                if self._cut:
                    raise cut_short()
                raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail="closed")

    def close(self) -> None:
        """Close as soon as no snapshot is used any more."""
        self._ended.set()
        with self._opening:
            self._directory, self._look_at = None, float("inf")
            self._opened.retire()

    def follow(self) -> None:
        """Open the generation in use when it is another one; the others wait for nothing meanwhile."""
        if not self._opening.acquire(blocking=False):
            return
        try:
            directory = self._directory
            if directory is None:
                return
            self._look_at = time.monotonic() + LOOK_EVERY_S
            before = self._opened
            if generations.signature(directory) == self._signature and not self._must_reopen():
                return
            self._signature, self._opened = _open(directory)
            self._doubted = self._cut = False
            before.retire()
        except (UnavailableError, IntegrityError):
            # The one that is open still answers; how old that is, every answer tells.
            return
        finally:
            self._opening.release()

    def _must_reopen(self) -> bool:
        """Look whether the file is whole, and read it no longer when it was cut.

        It may be too short for a moment, between a writer's transaction and what he does after it: so it
        is only doubted at first.
        """
        opened = self._opened
        if self._cut:
            return opened.closed
        whole = is_whole(opened.environment)
        if not whole and self._doubted:
            self._cut = True
            opened.retire()
        self._doubted = not whole
        return False


def _look_now_and_then(index: "ref[LiveIndex]", ended: threading.Event) -> None:
    """Let an index that nobody asks follow too, as long as somebody has it."""
    while not ended.wait(LET_GO_WITHIN_S):
        found = index()
        if found is None:
            return
        found.follow()
        del found


class WritableIndex:
    """The index in a folder, as its one writer has it open. Used by one thread.

    A folder without an index becomes one with an empty first generation. With `beside` the folder is
    itself a generation that is being built, which nobody else reads or writes.
    """

    def __init__(self, directory: Path, map_bytes: int, *, beside: bool) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = None if beside else directory
        self._map_bytes = map_bytes
        self._signature: generations.Signature = None
        self._forget_at = float("-inf")
        if beside:
            self._open(directory)
            return
        with generations.writing(directory):
            generations.sweep(directory)
            if generations.current_number(directory) is None:
                _publish_empty(directory)
            self._reopen(directory)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the right to write into the generation in use.

        Raises `UnavailableError` (index.rebuilding) when a rebuild has it.
        """
        if self._directory is None:
            yield
            return
        with generations.writing(self._directory):
            self._move_on(self._directory)
            self._forget_dead_readers()
            yield

    def follow(self) -> None:
        """Move on to the generation in use where that is another one by now."""
        if self._directory is not None and generations.signature(self._directory) != self._signature:
            with self.turn():
                pass

    def close(self) -> None:
        """Give the files back; a second time changes nothing."""
        self.environment.close()

    def _move_on(self, directory: Path) -> None:
        if generations.signature(directory) != self._signature:
            self.close()
            self._reopen(directory)

    def _forget_dead_readers(self) -> None:
        now = time.monotonic()
        if now >= self._forget_at:
            self.environment.reader_check()
            self._forget_at = now + FORGET_DEAD_EVERY_S

    def _reopen(self, directory: Path) -> None:
        self._signature = generations.signature(directory)
        self._open(generations.current(directory))

    def _open(self, place: Path) -> None:
        self.environment, self.databases = open_environment(place, map_bytes=self._map_bytes, writable=True)


def format_in_use(directory: Path) -> int | None:
    """Return the format of the index in a folder; None where there is none, or nothing in it yet."""
    try:
        with closing(lmdb.open(str(generations.current(directory)), readonly=True, max_dbs=1)) as environment:
            meta = environment.open_db(b"meta", create=False)
            with environment.begin() as transaction:
                data = transaction.get(STATE_KEY, db=meta)
    except (lmdb.Error, UnavailableError):
        return None
    return None if data is None else _FORMAT.decode(data).format


def start_over(directory: Path) -> None:
    """Put an empty generation into use, to be filled from the first entry of the feed.

    Searches of it are INCOMPLETE until it has caught up, because it has no `as_of`.
    """
    with generations.writing(directory):
        _publish_empty(directory)


def _publish_empty(directory: Path) -> None:
    begun = generations.unfinished(directory, "empty")
    begun.mkdir(mode=0o700, exist_ok=True)
    open_environment(begun, map_bytes=FIRST_MAP_BYTES, writable=True)[0].close()
    generations.publish(directory, begun)


def _open(directory: Path) -> tuple[generations.Signature, _Opened]:
    """Open the generation in use. Raises `UnavailableError` (index.unavailable)."""
    for attempt in range(OPENING_ATTEMPTS):
        signature = generations.signature(directory)
        try:
            return signature, _open_folder(generations.current(directory))
        except UnavailableError:
            if attempt == OPENING_ATTEMPTS - 1 or generations.signature(directory) == signature:
                raise
    raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE)


def _open_folder(place: Path) -> _Opened:
    return _Opened(*open_environment(place, map_bytes=MAP_LIMIT_BYTES, writable=False))
