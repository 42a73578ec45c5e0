"""Calling the office services of several nodes from one program: each node gets a process of its own.

The functions handed over are the same that the commands call; what they take and give is pickled.
"""

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from comity.cli.office import open_office

P = ParamSpec("P")
R = TypeVar("R")

PRELOADED: Final = ["comity.cli.world.preload"]
"""Imported once; the processes of all nodes are forks of it and so start in a fraction of a second."""


class OfficeSession:
    """A process in which the office of one node is open, apart from the node's own processes."""

    def __init__(self, home: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_enter, initargs=(home,))

    def submit(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Start `function` in the office; its errors come back with the result."""
        return self._pool.submit(function, *args, **kwargs)

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `function` in the office and return what it returns."""
        return self.submit(function, *args, **kwargs).result()

    def close(self) -> None:
        """End the process once it has finished what it does."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _enter(home: Path) -> None:
    # Ctrl-C reaches every process of the terminal; whoever opened the session ends it in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open_office(home)
