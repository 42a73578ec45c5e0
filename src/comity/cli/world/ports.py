"""Free ports on the loopback interface."""

import secrets
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
FIRST_PORT: Final = 20_000
LAST_PORT: Final = 32_000
"""Below the range of outgoing connections in Linux, so that none takes a port before its node does."""
NO_PORTS: Final = f"no {{}} free loopback ports between {FIRST_PORT} and {LAST_PORT}"
ATTEMPTS: Final = 2_000
"""A sixth of the range; a machine on which so many in a row are taken has another problem."""


def free_ports(count: int) -> list[int]:
    """Return `count` different loopback ports on which nothing listens now.

    Raises `OSError` when none can be found.
    """
    found: list[int] = []
    for _ in range(ATTEMPTS):
        if len(found) == count:
            return found
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - FIRST_PORT)
        if port not in found and _is_free(port):
            found.append(port)
    raise OSError(NO_PORTS.format(count))


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
