"""One run from an empty folder to the figures: throughput, latency, broadcast, FLASH, drain."""

import math
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString

from psycopg import sql

from comity.cli.bench.attachments import measure_attachment
from comity.cli.bench.cluster import PostgresCluster
from comity.cli.bench.display import Display
from comity.cli.bench.line.figures import MEGABYTES, QUEUED, RECIPIENTS, WATCHED, MessageFigures
from comity.cli.bench.line.light import LightMembers
from comity.cli.bench.line.nodes import FR, SI, LineWorld
from comity.cli.bench.line.watching import CLOSE_LOOK_S, Watcher
from comity.cli.bench.line.writing import Pace, draft, write_all
from comity.cli.world.clients import Line
from comity.cli.world.plans import BUREAUS
from comity.cli.world.processes import ProcessKind
from comity.kernel.codes import Priority
from comity.kernel.errors import ErrorCode, UnavailableError

WITHIN_S: Final = 900.0
PACE_PER_S: Final = 50.0
OVERLOAD: Final = 3.0
OVERLOAD_LINES: Final = 16
FLASH_PER_S: Final = 5.0
DRAINED: Final = 50_000
"""Of what waits for a bureau that comes back, so many are watched on their way."""
POLL_EVERY_S: Final = 0.2
_NOT_RECEIPTED: Final[LiteralString] = "message_id IS NOT NULL AND state IN ('queued', 'relayed')"
_NOT_RELAYED: Final[LiteralString] = "waiting"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    light: int
    messages: int
    pace_s: float
    broadcasts: int
    queued: int
    flash_s: float
    megabytes: int


FULL: Final = Size(
    light=194, messages=6_000, pace_s=20.0, broadcasts=5, queued=100_000, flash_s=30.0, megabytes=2_048
)
QUICK: Final = Size(light=8, messages=300, pace_s=3.0, broadcasts=2, queued=300, flash_s=4.0, megabytes=16)


def run(size: Size, parent: Path | None, display: Display) -> MessageFigures:
    """Measure in a temporary folder of `parent`; raises `NoPostgresError`, `UnavailableError`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comity-bench-", dir=parent)))
        cluster = PostgresCluster.start(parent)
        stack.callback(cluster.stop)
        with display.step("Secretariat and two bureaus"):
            world = LineWorld.create(folder / "world", BUREAUS[:2], database=cluster.new_database)
            stack.callback(world.close)
            world.open_desks()
        per_s, details = _throughput(world, cluster, size, display)
        latency = _latency(world, size, display)
        with display.step(f"An attachment of {size.megabytes:,} MB"):
            film = measure_attachment(world, SI, FR, size.megabytes)
        broadcast = _broadcast(world, folder / "light", size, display)
        urgent = _flash_and_drain(world, per_s, size, display)
    return MessageFigures(
        messages_per_s=round(per_s, 1),
        submit_to_readable_p95_ms=round(_percentile(latency, 95), 1),
        broadcast_196_s=round(broadcast, 2),
        flash_p99_ms=round(_percentile(urgent.flash_ms, 99), 1),
        inversions=urgent.inversions,
        drain_per_s=round(urgent.drain_per_s, 1),
        attachment_growth_mb=film.attachment_growth_mb,
        details={
            **details,
            "submit_to_readable_median_ms": round(_percentile(latency, 50), 1),
            "flash_median_ms": round(_percentile(urgent.flash_ms, 50), 1),
            RECIPIENTS: size.light + 2,
            QUEUED: size.queued,
            "flash sent": len(urgent.flash_ms),
            **urgent.details,
            MEGABYTES: size.megabytes,
            **{f"grown mb, {name}": grown for name, grown in film.growth_mb.items()},
        },
    )


def _throughput(
    world: LineWorld, cluster: PostgresCluster, size: Size, display: Display
) -> tuple[float, dict[str, Any]]:
    def spent() -> dict[str, float]:
        return {**world.cpu_s(), "PostgreSQL": cluster.cpu_s(), "this program": time.process_time()}

    with display.step(f"{size.messages:,} messages in batches"), Watcher(world, FR) as watcher:
        before, begun = spent(), time.perf_counter()
        write_all(world, size.messages)
        accepted = time.perf_counter() - begun
        watcher.wait(size.messages, WITHIN_S)
        readable = time.perf_counter() - begun
        _wait_until_none(world, _NOT_RECEIPTED)
        receipted = time.perf_counter() - begun
        after = spent()
    return size.messages / receipted, {
        "accepted_per_s": round(size.messages / accepted, 1),
        "readable_per_s": round(size.messages / readable, 1),
        **{
            f"cpu ms each, {name}": round((used - before[name]) / size.messages * 1000, 2)
            for name, used in after.items()
        },
    }


def _latency(world: LineWorld, size: Size, display: Display) -> list[float]:
    watcher = Watcher(world, FR, look_every_s=CLOSE_LOOK_S)
    with display.step(f"{PACE_PER_S:.0f} single messages a second"), watcher:
        pace = Pace(world, PACE_PER_S, Priority.NORMAL)
        pace.run(size.pace_s)
        watcher.wait(len(pace.begun), WITHIN_S)
        return [(watcher.seen[one] - begun) * 1000 for one, begun in pace.begun.items()]


def _broadcast(world: LineWorld, folder: Path, size: Size, display: Display) -> float:
    """Return the slowest of some broadcasts, in seconds from the request to the last inbox."""
    with display.step(f"{size.light} light members"):
        homes = world.add_light_members(folder, size.light)
    desk = world.desk(SI)
    with (
        display.step("Broadcasts", size.broadcasts) as advance,
        LightMembers(homes) as members,
        Watcher(world, FR) as watcher,
    ):
        taken = []
        for number in range(size.broadcasts):
            taken.append(_broadcast_once(desk, members, watcher, number))
            advance(number + 1)
    desk.close()
    return max(taken)


def _broadcast_once(desk: Line, members: LightMembers, watcher: Watcher, number: int) -> float:
    begun, deadline = time.perf_counter(), time.monotonic() + WITHIN_S
    body = draft(number, Priority.URGENT, [FR, "SEC", *members.bureaus])
    message_id = desk.post("/api/v1/messages", body)["header"]["message_id"]
    watcher.wait(number + 1, WITHIN_S)
    while len(reached := members.reached(message_id)) < len(members.members):
        if time.monotonic() > deadline:
            raise UnavailableError(ErrorCode.NOT_READY, detail=f"broadcast reached {len(reached)}")
        time.sleep(0.01)
    return max([*reached, watcher.seen[message_id]]) - begun


@dataclass(frozen=True, slots=True)
class _Urgent:
    """What was seen of FLASH before a long queue, and of the queue."""

    flash_ms: list[float]
    inversions: int
    drain_per_s: float
    details: dict[str, Any]


def _flash_and_drain(world: LineWorld, per_s: float, size: Size, display: Display) -> _Urgent:
    """Queue messages for a bureau that is off; let it come back under overload; then let it drain."""
    world.processes[FR].stop([ProcessKind.WORKER])
    with display.step(f"{size.queued:,} messages queued"):
        write_all(world, size.queued)
        _wait_until_none(world, _NOT_RELAYED)
    with Watcher(world, FR) as watcher:
        world.processes[FR].start([ProcessKind.WORKER])
        watcher.wait(1, WITHIN_S)
        flash, load = _overload(world, per_s, size, display)
        _wait_seen(watcher, list(flash.begun))
        with display.step("The rest of the queue"):
            begun, before = time.perf_counter(), len(watcher.seen)
            total = size.queued + len(flash.begun) + len(load.begun)
            watched = min(DRAINED, total - before)
            watcher.wait(before + watched, WITHIN_S)
            drain = watched / (time.perf_counter() - begun) if watched else 0.0
        times = [(watcher.seen[one] - begun) * 1000 for one, begun in flash.begun.items()]
        return _Urgent(
            times,
            _inversions(flash, load, watcher),
            drain,
            {
                "overload taken per s": round(len(load.begun) / size.flash_s, 1),
                "overload told to wait": load.refused,
                "flash told to wait": flash.refused,
                WATCHED: watched,
            },
        )


def _overload(world: LineWorld, per_s: float, size: Size, display: Display) -> tuple[Pace, Pace]:
    with display.step(f"FLASH under {OVERLOAD:.0f}x overload"):
        flash = Pace(world, FLASH_PER_S, Priority.FLASH)
        load = Pace(world, per_s * OVERLOAD, Priority.NORMAL, OVERLOAD_LINES)
        loading = threading.Thread(target=load.run, args=(size.flash_s,))
        loading.start()
        flash.run(size.flash_s)
        loading.join()
    return flash, load


def _inversions(flash: Pace, load: Pace, watcher: Watcher) -> int:
    """Count NORMAL messages that were handed in after a FLASH was taken and could be read before it."""
    return sum(
        1
        for urgent, taken in flash.acknowledged.items()
        for normal, begun in load.begun.items()
        if begun > taken and watcher.seen.get(normal, math.inf) < watcher.seen[urgent]
    )


def _wait_seen(watcher: Watcher, ids: Sequence[str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not set(ids) <= watcher.seen.keys():
        if time.monotonic() > deadline:
            raise UnavailableError(ErrorCode.NOT_READY, detail="a FLASH did not arrive")
        time.sleep(0.02)


def _wait_until_none(world: LineWorld, condition: LiteralString) -> None:
    """Return when no delivery of SI stands as `condition` says."""
    deadline = time.monotonic() + WITHIN_S
    query = sql.SQL("SELECT EXISTS (SELECT 1 FROM line_delivery WHERE {})").format(sql.SQL(condition))
    with world.database(SI) as database:
        while (row := database.execute(query).fetchone()) and row[0]:
            if time.monotonic() > deadline:
                raise UnavailableError(ErrorCode.NOT_READY, detail=f"deliveries: {condition}")
            time.sleep(POLL_EVERY_S)


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
