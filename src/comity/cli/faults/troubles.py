"""Making trouble: each fault is done to real processes, disks, lines and databases, and undone."""

import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from comity.cli.bench.cluster import PostgresFailedError
from comity.cli.faults.keeper import Keeper
from comity.cli.faults.replays import Carrier
from comity.cli.faults.schedules import Kind, Trouble
from comity.cli.faults.world import FaultWorld
from comity.cli.world.processes import ProcessKind


@dataclass(frozen=True)
class Reach:
    """What troublemakers have in reach."""

    world: FaultWorld
    keeper: Keeper
    carrier: Carrier


def perform(reach: Reach, trouble: Trouble, chance: random.Random) -> None:
    """Do it, let it last, undo it."""
    _PERFORMERS[trouble.kind](reach, trouble, chance)


def undo_all(reach: Reach) -> None:
    """Mend whatever may still be broken; what is whole stays so."""
    for lines in reach.world.lines.values():
        for line in lines:
            reach.world.switchboard.mend(line)
    for disk in reach.world.disks.values():
        disk.free()
    for clock in reach.world.clocks.values():
        clock.seconds = 0
    for node, processes in reach.world.processes.items():
        for kind in processes.kinds:
            reach.keeper.signal(node, kind, signal.SIGCONT)
    for cluster in reach.world.clusters.values():
        cluster.begin()


def _kill(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    if trouble.how == "serving office":
        reach.keeper.kill_serving(trouble.node)
    else:
        reach.keeper.signal(trouble.node, ProcessKind(trouble.how), signal.SIGKILL)


def _stop(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    kind = ProcessKind(trouble.how)
    reach.keeper.signal(trouble.node, kind, signal.SIGSTOP)
    time.sleep(trouble.for_s)
    reach.keeper.signal(trouble.node, kind, signal.SIGCONT)


def _disk_full(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    disk = reach.world.disks[trouble.node]
    disk.fill(trouble.size)
    time.sleep(trouble.for_s)
    disk.free()


def _database_restart(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    cluster = reach.world.clusters[trouble.node]
    # It may be down already because its disk is full: then that is the fault.
    with suppress(PostgresFailedError):
        cluster.end(trouble.how)
    time.sleep(trouble.for_s)
    # Where that does not do, `undo_all` has more patience: its disk may be full until then.
    with suppress(PostgresFailedError):
        cluster.begin(patience_s=0)


def _cut(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    board, lossy = reach.world.switchboard, trouble.how.endswith("lossy")
    lines = reach.world.lines[trouble.node]
    for line in lines:
        if trouble.how == "reset":
            board.reset(line)
        else:
            board.cut(line)
    time.sleep(trouble.for_s)
    for line in lines:
        board.mend(line, lossy=lossy)


def _cut_one_way(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    board, lossy = reach.world.switchboard, trouble.how.endswith("lossy")
    there = trouble.how.startswith("there")
    for line in reach.world.lines[trouble.node]:
        board.cut(line, there=there, back=not there)
    time.sleep(trouble.for_s)
    for line in reach.world.lines[trouble.node]:
        board.mend(line, lossy=lossy)


def _clock(reach: Reach, trouble: Trouble, _: random.Random) -> None:
    reach.world.clocks[trouble.node].seconds = trouble.size
    time.sleep(trouble.for_s)
    reach.world.clocks[trouble.node].seconds = 0


def _duplicates(reach: Reach, trouble: Trouble, chance: random.Random) -> None:
    to_relay = reach.world.lines[trouble.node][0]
    reach.world.switchboard.cut(to_relay)
    time.sleep(trouble.for_s)
    taken = reach.carrier.take(trouble.node)
    reach.world.switchboard.mend(to_relay)
    reach.carrier.again(taken, chance)


def _reordered(reach: Reach, trouble: Trouble, chance: random.Random) -> None:
    to_relay = reach.world.lines[trouble.node][0]
    reach.world.switchboard.cut(to_relay)
    time.sleep(trouble.for_s)
    reach.carrier.shuffled(trouble.node, reach.carrier.take(trouble.node), chance)
    reach.world.switchboard.mend(to_relay)


_PERFORMERS: Final = MappingProxyType[Kind, Callable[[Reach, Trouble, random.Random], None]](
    {
        Kind.KILL: _kill,
        Kind.STOP: _stop,
        Kind.DISK_FULL: _disk_full,
        Kind.DATABASE_RESTART: _database_restart,
        Kind.CUT: _cut,
        Kind.CUT_ONE_WAY: _cut_one_way,
        Kind.CLOCK: _clock,
        Kind.DUPLICATES: _duplicates,
        Kind.REORDERED: _reordered,
    }
)
