"""Log lines as JSON on standard error. Fields are chosen one by one, never taken from a query (I11)."""

import atexit
import logging
import sys
import threading
from typing import Final

import msgspec
import structlog

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)
FLUSH_EVERY_S: Final = 0.2
"""Lines wait this long to be written together; a kill loses them, never the journal."""


class _Lines:
    """Gathers lines and writes them a few times a second: a write for each costs as much as a search."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._lock = threading.Lock()

    def msg(self, line: bytes) -> None:
        """Take one line."""
        with self._lock:
            self._waiting.append(line)
            first = len(self._waiting) == 1
        if first:
            timer = threading.Timer(FLUSH_EVERY_S, self.flush)
            timer.daemon = True
            timer.start()

    log = debug = info = warning = error = critical = msg

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._waiting = self._waiting, []
        if lines:
            sys.stderr.buffer.write(b"\n".join(lines) + b"\n")
            sys.stderr.buffer.flush()


_LINES: Final = _Lines()


def set_up() -> None:
    """Send this process's log lines to standard error."""
    atexit.register(_LINES.flush)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_render),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _LINES,
        cache_logger_on_first_use=True,
    )
    # The server's own lines tell of connections, not of questions; its access log is off.
    logging.basicConfig(level=logging.WARNING, format='{"logger":"%(name)s","event":"%(levelname)s"}')


def note(event: str, **fields: str | float) -> None:
    """Write one line."""
    structlog.get_logger().info(event, **fields)


def _render(event: object, **_options: object) -> bytes:
    return _ENCODER.encode(event)
