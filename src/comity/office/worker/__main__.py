"""`python -m comity.office.worker --home DIR`: the worker of one node, until SIGTERM."""

import argparse
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from comity.kernel.codes import NodeRole
from comity.kernel.errors import ComityError, ConfigurationError, ErrorCode
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.office import runtime
from comity.office.__main__ import set_up_log
from comity.office.messages.bell import Bell, ring

STATUS_EVERY_S: Final = 2.0
FINISH_WITHIN_S: Final = 3.0
"""A transaction ends by then; a long poll does not and is cut, which harms nothing."""


def main() -> int:
    """Work until SIGTERM; exit code 2 when the installation is set up wrongly, 1 when a lane ended."""
    parser = argparse.ArgumentParser(prog="python -m comity.office.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="data directory of the node")
    options = parser.parse_args()
    set_up_log()
    log = structlog.get_logger("comity.worker")
    stop = threading.Event()
    try:
        home = runtime.boot(options.home)
        _check_role(home)
        with _only_worker(home), Bell(home.run_dir) as bell, PeerClient(home, runtime.clock()) as peer_client:
            _stop_on_signals(stop, home)
            runtime.prepare_database()
            log.info("started")
            return _work(home, peer_client, bell, stop)
    except ComityError as error:
        log.critical("refused", code=str(error.code), field=error.field)
        return 2


def _work(home: NodeHome, peer_client: PeerClient, bell: Bell, stop: threading.Event) -> int:
    # Imported late: models exist only once Django is set up.
    from comity.office.worker.plan import lanes
    from comity.office.worker.status import status_of, write_status

    clock = runtime.clock()
    running = lanes(home, clock, peer_client, stop)
    runtime.settle_memory()
    for lane in running:
        lane.thread.start()
    status_due_at = 0.0
    while not stop.is_set():
        calls = bell.wait(STATUS_EVERY_S)
        for lane in running:
            lane.ring(calls)
        if time.monotonic() >= status_due_at:
            write_status(home.run_dir, status_of(running, clock.now()))
            status_due_at = time.monotonic() + STATUS_EVERY_S
        if not stop.is_set() and not all(lane.thread.is_alive() for lane in running):
            structlog.get_logger("comity.worker").critical("a lane ended")
            return 1
    for lane in running:
        lane.wake()
        lane.thread.join(FINISH_WITHIN_S / len(running))
    structlog.get_logger("comity.worker").info("stopped")
    return 0


def _stop_on_signals(stop: threading.Event, home: NodeHome) -> None:
    def end(_number: int, _frame: object) -> None:
        stop.set()
        ring(home.run_dir)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _check_role(home: NodeHome) -> None:
    if home.settings.node.role is NodeRole.POST:
        raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field="node.role")


@contextmanager
def _only_worker(home: NodeHome) -> Iterator[None]:
    """Hold the node's worker lock; the kernel gives it back however this process ends."""
    descriptor = os.open(home.run_dir / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(ErrorCode.CONFIG_IN_USE, field=str(home.run_dir)) from error
        yield
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
