"""The composition root: which node this process serves, and its clock. Nothing else reads the environment."""

import fcntl
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import django

from comity.kernel.clock import Clock, SystemClock
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.node.home import NodeHome

HOME_VARIABLE: Final = "COMITY_HOME"
HOMES_OPEN: Final = 8
"""A process serves one node; programs that stand for several at once go back and forth between them."""
LOOK_FOR_GARBAGE_EVERY: Final = 20_000
"""Objects: a page of a hundred messages makes some ten thousand and leaves no circles behind."""
SETTINGS_MODULE: Final = "comity.office.settings"


def home() -> NodeHome:
    """Return the node that this process serves, opened once.

    Raises `ConfigurationError` (config.missing) when the environment names none.
    """
    path = os.environ.get(HOME_VARIABLE)
    if not path:
        raise ConfigurationError(ErrorCode.CONFIG_MISSING, field=HOME_VARIABLE)
    return _opened(path)


@lru_cache(maxsize=HOMES_OPEN)
def _opened(path: str) -> NodeHome:
    return NodeHome.open(Path(path))


@cache
def clock() -> Clock:
    """Return the clock of this process; read it once per operation and pass the instant on."""
    return SystemClock()


def boot(path: Path) -> NodeHome:
    """Make this process one of the node at `path`: Django is set up when this returns."""
    os.environ[HOME_VARIABLE] = str(path.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    node = home()
    django.setup()
    return node


def prepare_database() -> None:
    """Bring the database to this version's tables; processes that start together wait for one another."""
    from django.core.management import call_command
    from django.db import connections

    with _only_one("migrate.lock"):
        call_command("migrate", interactive=False, verbosity=0)
        from comity.office.releases.demand import write_down

        write_down(clock().now())
    connections.close_all()


def settle_memory() -> None:
    """Take what start-up made out of the garbage collector's rounds; call when everything is loaded.

    Django's classes alone are half a million objects that would be looked through again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOK_FOR_GARBAGE_EVERY, 20, 20)


@contextmanager
def _only_one(name: str) -> Iterator[None]:
    descriptor = os.open(home().run_dir / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
