"""Log lines as JSON on standard error. Fields are chosen one by one, never taken from a query (I11)."""

import logging
import sys
from typing import Final

import msgspec
import structlog

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)


def set_up() -> None:
    """Send this process's log lines to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_render),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    # The server's own lines tell of connections, not of questions; its access log is off.
    logging.basicConfig(level=logging.WARNING, format='{"logger":"%(name)s","event":"%(levelname)s"}')


def note(event: str, **fields: str | float) -> None:
    """Write one line."""
    structlog.get_logger().info(event, **fields)


def _render(event: object, **_options: object) -> bytes:
    return _ENCODER.encode(event)
