"""Serving the office: gunicorn with threads, TLS 1.3, the client's certificate shown to the door."""

import re
import resource
import ssl
from collections.abc import Callable
from typing import Any, Final

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from comity.kernel.codes import NodeRole
from comity.node.home import NodeHome
from comity.office import runtime
from comity.office.turns import IN_LINE
from comity.office.waiting import MAX_WAITING, MAX_WAITING_FOR_MAIL

GRACE_S: Final = 12
"""A long poll lasts 10 s at most; whatever still runs after that is cut, and repeated by its sender."""
KEEP_ALIVE_S: Final = 75
"""Longer than any client's pause between polls: a new TLS line costs a hundred times more than a request."""
MAX_HEADER_BYTES: Final = 8190
MAX_HEADERS: Final = 60
MAX_LINES: Final = 2000
"""Open connections: 200 members with eight lines each, and some hundred browsers."""
FILES: Final = 4096
"""Open connections, and what else the process has open; the usual limit of 1,024 is below them."""


_FIXED: Final = re.compile(r"[A-Za-z ()%.-]{0,40}")
"""The beginning of a message, up to the first sign that can only stem from what was filled in."""


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class QuietLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's log without what it was given to fill in: request lines may hold personal data (I11)."""

    def setup(self, cfg: Any) -> None:  # noqa: ARG002 - gunicorn's signature
        """Take over no handlers: lines go through structlog."""
        self._lines = structlog.get_logger("comity.server")

    def reopen_files(self) -> None:
        """Do nothing: there are no files."""

    def close_on_exec(self) -> None:
        """Do nothing: there are no files."""

    def access(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing: `middleware.AccessLog` writes the line."""

    def critical(self, msg: Any, *_args: Any, **_kwargs: Any) -> None:
        """Log the fixed part of a message."""
        self._lines.critical("server", said=_fixed_part(msg))

    def error(self, msg: Any, *_args: Any, **_kwargs: Any) -> None:
        """Log the fixed part of a message."""
        self._lines.error("server", said=_fixed_part(msg))

    def exception(self, msg: Any, *_args: Any, **_kwargs: Any) -> None:
        """Log the fixed part of a message."""
        self._lines.error("server", said=_fixed_part(msg))

    def warning(self, msg: Any, *_args: Any, **_kwargs: Any) -> None:
        """Log the fixed part of a message."""
        self._lines.warning("server", said=_fixed_part(msg))

    def info(self, msg: Any, *_args: Any, **_kwargs: Any) -> None:
        """Log the fixed part of a message."""
        self._lines.info("server", said=_fixed_part(msg))

    def debug(self, *_args: Any, **_kwargs: Any) -> None:
        """Do nothing."""

    def log(self, lvl: Any, msg: Any, *_args: Any, **_kwargs: Any) -> None:  # noqa: ARG002 - as above
        """Log the fixed part of a message."""
        self._lines.info("server", said=_fixed_part(msg))


def _fixed_part(message: Any) -> str:
    """Return what of a message was written by gunicorn: some come with request data filled in already."""
    found = _FIXED.match(str(message))
    return found.group().strip() if found else ""


class OfficeServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One worker process with threads; the database and the journal want one writer."""

    def __init__(self, home: NodeHome, load: Callable[[], Any]) -> None:
        self._home = home
        self._load = load
        _allow_files()
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn needs; nothing is read from its own files or environment."""
        office = self._home.settings.office
        host = f"[{office.host}]" if ":" in office.host else office.host
        values = {
            "bind": f"{host}:{office.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": office.threads + IN_LINE + MAX_WAITING + self._waiting_for_mail(),
            "worker_connections": MAX_LINES,
            "keepalive": KEEP_ALIVE_S,
            "graceful_timeout": GRACE_S,
            "timeout": 120,
            "preload_app": True,
            "certfile": str(self._home.tls_certificate),
            "keyfile": str(self._home.tls_key),
            "ssl_context": self._tls,
            "do_handshake_on_connect": False,
            "logger_class": QuietLog,
            "limit_request_line": 2048,
            "limit_request_fields": MAX_HEADERS,
            "limit_request_field_size": MAX_HEADER_BYTES,
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def _waiting_for_mail(self) -> int:
        """A thread that waits for mail sleeps; 400 of them take some ten megabytes."""
        return MAX_WAITING_FOR_MAIL if self._home.settings.node.role is NodeRole.SECRETARIAT else 0

    def load(self) -> Any:
        """Return the WSGI application; called before the worker process is forked off."""
        application = self._load()
        runtime.settle_memory()
        return application

    def _tls(self, _config: Any, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        if self._context is None:
            joined = self._home.network_ca.exists()
            self._context = self._home.server_tls("optional" if joined else "none")
        return self._context

    _context: ssl.SSLContext | None = None
