"""`comity run`: start a node's processes, watch them, end them together."""

import signal
import time
from pathlib import Path
from threading import Event
from typing import Final

import click

from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.kernel.errors import ComityError

LOOK_EVERY_S: Final = 0.5
"""A process that ended is missed for at most this long before it is started again."""
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 30.0
"""A process that cannot start (a full disk, a database away) is tried twice a minute, not in a tight loop."""


def supervise(home: Path, *, restart: bool) -> None:
    """Run the node in `home` until SIGTERM or SIGINT; returns when all its processes have ended.

    Raises `UnavailableError` (node.not_ready) when the node does not come up.
    """
    processes, ended = NodeProcesses.at(home), Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    try:
        processes.start()
        # A copy that is missing or too old is made good by a process of this very node.
        processes.wait_ready(unless=ended.is_set, lacking=("index_missing", "index_too_old"))
        if not ended.is_set():
            _announce(processes)
        _watch(processes, ended, restart=restart)
    finally:
        processes.stop()


def _announce(processes: NodeProcesses) -> None:
    settings = processes.home.settings
    click.echo(f"{settings.node.id} is ready.")
    if settings.office_url:
        click.echo(f"  office  {settings.office_url}/")
    click.echo(f"  search  {settings.search_url}/v1/search")
    click.echo(f"  logs    {processes.home.log_dir}")


def _watch(processes: NodeProcesses, ended: Event, *, restart: bool) -> None:
    pauses = dict.fromkeys(processes.kinds, FIRST_PAUSE_S)
    due: dict[ProcessKind, float] = {}
    while not ended.wait(LOOK_EVERY_S):
        now = time.monotonic()
        for kind in processes.kinds:
            if processes.is_running(kind):
                continue
            if not restart:
                click.echo(f"{kind} ended; stopping the node", err=True)
                return
            if kind not in due:
                click.echo(f"{kind} ended; starting it again in {pauses[kind]:.0f} s", err=True)
                due[kind] = now + pauses[kind]
                pauses[kind] = min(LONGEST_PAUSE_S, 2 * pauses[kind])
            elif now >= due.pop(kind):
                _start(processes, kind)


def _start(processes: NodeProcesses, kind: ProcessKind) -> None:
    try:
        processes.start([kind])
    except (ComityError, OSError) as error:
        click.echo(f"{kind} does not start: {type(error).__name__}", err=True)
