"""Log lines as JSON on standard error. Fields are chosen one by one, never taken from a query (I11)."""

import atexit
import logging
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

FLUSH_EVERY_S: Final = 0.2
"""Lines wait this long to be written together; a kill loses them, never the journal."""
MAX_WAITING: Final = 100_000
"""Ten seconds of the highest rate; when whoever reads the lines stands still they are counted and dropped."""

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request that was answered."""

    path: str
    """One of those that exist, else empty."""
    status: int
    seconds: float
    """That it took."""
    bureau: str
    at: float
    """Seconds since 1970-01-01T00:00:00Z."""


class _RequestLine(msgspec.Struct, frozen=True, gc=False):
    path: str
    status: int
    ms: float
    bureau: str
    timestamp: datetime
    event: str = "request"
    level: str = "info"


class _Lines:
    """Gathers lines and writes them a few times a second: a write for each costs as much as a search."""

    def __init__(self) -> None:
        self._waiting: list[Request | bytes] = []
        self._dropped = 0
        self._lock = threading.Lock()

    def take(self, line: Request | bytes) -> None:
        """Take one line; a request is written out with the others later."""
        with self._lock:
            count = len(self._waiting)
            if count >= MAX_WAITING:
                self._dropped += 1
                return
            self._waiting.append(line)
        if not count:
            timer = threading.Timer(FLUSH_EVERY_S, self.flush)
            timer.daemon = True
            timer.start()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._waiting = self._waiting, []
            dropped, self._dropped = self._dropped, 0
        written = [line if isinstance(line, bytes) else _request_line(line) for line in lines]
        if dropped:
            written.append(_line("lines_dropped", "warning", {"count": dropped}))
        if written:
            sys.stderr.buffer.write(b"\n".join(written) + b"\n")
            sys.stderr.buffer.flush()


_LINES: Final = _Lines()


def set_up() -> None:
    """Send this process's log lines to standard error."""
    atexit.register(_LINES.flush)
    # The event loop's and the libraries' own lines tell of connections, not of questions.
    logging.basicConfig(level=logging.WARNING, format='{"logger":"%(name)s","event":"%(levelname)s"}')


def request(line: Request) -> None:
    """Write a line for one request."""
    _LINES.take(line)


def note(event: str, **fields: str | float) -> None:
    """Write one line."""
    _LINES.take(_line(event, "info", fields))


def fault(place: str, error: BaseException) -> None:
    """Write where something failed that must not, without its text: that may hold data of a query (I11)."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-6:]]
    _LINES.take(_line("fault", "error", {"path": place, "kind": type(error).__name__, "where": where}))


def _request_line(line: Request) -> bytes:
    at = datetime.fromtimestamp(line.at, UTC)
    return _ENCODER.encode(
        _RequestLine(line.path, line.status, round(line.seconds * 1000, 1), line.bureau, at)
    )


def _line(event: str, level: str, fields: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(
        {**fields, "event": event, "level": level, "timestamp": datetime.fromtimestamp(time.time(), UTC)}
    )
