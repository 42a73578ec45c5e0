"""Asking a process over TLS whether it is ready; the standard library only, as starts are measured in it."""

import http.client
import json
import ssl
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

TIMEOUT_S: Final = 5.0
"""A process that takes longer to say whether it is ready is not."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a process of a node listens, and the node's own files (PEM) that open it."""

    host: str
    port: int
    authority: Path
    certificate: Path
    key: Path


@lru_cache(maxsize=64)
def _context(door: Door, _changed: int) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(door.authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The secretariat's search speaks to members only, so the node asks as itself.
    context.load_cert_chain(door.certificate, door.key)
    return context


def is_ready(door: Door, lacking: Container[str] = ()) -> bool:
    """Tell whether `GET /readyz` answers 200 over trusted TLS, or names an obstacle of `lacking`."""
    try:
        context = _context(door, door.certificate.stat().st_mtime_ns)
        connection = http.client.HTTPSConnection(door.host, door.port, timeout=TIMEOUT_S, context=context)
    except OSError:
        return False
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status == HTTPStatus.OK or json.loads(response.read()).get("obstacle") in lacking
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
