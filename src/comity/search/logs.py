"""Log lines as JSON on standard error. Fields are chosen one by one, never taken from a query (I11)."""

import atexit
import logging
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.clock import SystemClock

FLUSH_EVERY_S: Final = 0.2
"""Lines wait this long to be written together; a kill loses them, never the journal."""
MAX_WAITING: Final = 100_000
"""Ten seconds of the highest rate; when whoever reads the lines stands still they are counted and dropped."""

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)


class _Lines:
    """Gathers lines and writes them a few times a second: a write for each costs as much as a search."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._dropped = 0
        self._lock = threading.Lock()

    def take(self, lines: list[bytes]) -> None:
        """Take lines; they are written out with others later."""
        with self._lock:
            count = len(self._waiting)
            if count >= MAX_WAITING:
                self._dropped += len(lines)
                return
            self._waiting += lines
        if not count and lines:
            timer = threading.Timer(FLUSH_EVERY_S, self.flush)
            timer.daemon = True
            timer.start()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._waiting = self._waiting, []
            dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(_line("lines_dropped", "warning", {"count": dropped}))
        if lines:
            # One call for all of them: the searches wait for no line.
            sys.stderr.buffer.write(b"".join(lines))
            sys.stderr.buffer.flush()


_LINES: Final = _Lines()


def set_up() -> None:
    """Send this process's log lines to standard error."""
    atexit.register(_LINES.flush)
    # The event loop's and the libraries' own lines tell of connections, not of questions.
    logging.basicConfig(level=logging.WARNING, format='{"logger":"%(name)s","event":"%(levelname)s"}')


def requests(
    path: bytes, status: int, at: datetime, seconds: Sequence[float], bureaus: Sequence[str]
) -> None:
    """Write a line for each request that was answered at `at`: how many seconds it took, and whose it was.

    `path` is one of those that exist, else empty; bureaus come from grants.
    """
    began = b'{"path":"%b","status":%d,"ms":' % (path, status)
    ends = {bureau: _end_of_request(bureau, at) for bureau in set(bureaus)}
    _LINES.take(
        [
            b"%b%.1f%b" % (began, each * 1_000, ends[bureau])
            for each, bureau in zip(seconds, bureaus, strict=True)
        ]
    )


def _end_of_request(bureau: str, at: datetime) -> bytes:
    rest = {"bureau": bureau, "timestamp": at, "event": "request", "level": "info"}
    return b",%b\n" % _ENCODER.encode(rest)[1:]


def note(event: str, **fields: str | float) -> None:
    """Write one line."""
    _LINES.take([_line(event, "info", fields)])


def fault(place: str, error: BaseException) -> None:
    """Write where something failed that must not, without its text: that may hold data of a query (I11)."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-6:]]
    _LINES.take([_line("fault", "error", {"path": place, "kind": type(error).__name__, "where": where})])


def _line(event: str, level: str, fields: Mapping[str, object]) -> bytes:
    line = {**fields, "event": event, "level": level, "timestamp": SystemClock().now()}
    return _ENCODER.encode(line) + b"\n"
