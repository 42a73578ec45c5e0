"""Is the office alive, and can it work? For supervisors and load balancers; nothing in it is secret."""

import os
from typing import Final

from django.db import connection
from django.http import HttpRequest, HttpResponse

from comity.kernel.errors import ConfigurationError, TrustError
from comity.office import runtime
from comity.office.responses import json_response

MIN_FREE_BYTES: Final = 64 * 1024 * 1024
"""Below this a write-ahead log can no longer be checkpointed safely."""


def livez(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer that the process runs."""
    return json_response({"live": True})


def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Answer whether database, disk and member directory allow work; 503 names what is missing."""
    checks = {"database": _database(), "disk": _disk(), "directory": _directory()}
    ready = all(checks.values())
    return json_response({"ready": ready, "checks": checks}, 200 if ready else 503)


def _database() -> bool:
    from django.db import DatabaseError

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


def _disk() -> bool:
    state = os.statvfs(runtime.home().path)
    return state.f_bavail * state.f_frsize >= MIN_FREE_BYTES


def _directory() -> bool:
    try:
        runtime.home().directory.current(runtime.clock().now())
    except (TrustError, ConfigurationError):
        return False
    return True
