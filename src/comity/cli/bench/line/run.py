"""One run from an empty folder to the figures: throughput, latency, broadcast, FLASH, drain."""

import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from comity.cli.bench.attachments import measure_attachment
from comity.cli.bench.cluster import PostgresCluster
from comity.cli.bench.display import Display
from comity.cli.bench.line.figures import MessageFigures
from comity.cli.bench.line.light import LightMembers
from comity.cli.bench.line.nodes import FR, SI, LineWorld
from comity.cli.bench.line.watching import Watcher
from comity.cli.bench.line.writing import Pace, draft, write_all
from comity.cli.world.plans import BUREAUS
from comity.cli.world.processes import ProcessKind
from comity.kernel.codes import Priority
from comity.kernel.errors import ErrorCode, UnavailableError

WITHIN_S: Final = 900.0
PACE_PER_S: Final = 50.0
OVERLOAD: Final = 3.0
FLASH_PER_S: Final = 5.0
_WAITING: Final = "SELECT count(*) FROM line_delivery WHERE message_id IS NOT NULL AND {}"


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
    light=194, messages=4_000, pace_s=20.0, broadcasts=5, queued=50_000, flash_s=30.0, megabytes=2_048
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
        with display.step(f"{size.light} light members"):
            homes = world.add_light_members(folder / "light", size.light)
        members = stack.enter_context(LightMembers(homes))
        per_s, details = _throughput(world, size, display)
        latency = _latency(world, size, display)
        broadcast = _broadcast(world, members, size, display)
        flash, inversions, drain = _flash_and_drain(world, per_s, size, display)
        with display.step(f"An attachment of {size.megabytes:,} MB"):
            growth = measure_attachment(world, SI, FR, size.megabytes).attachment_growth_mb
    return MessageFigures(
        messages_per_s=round(per_s, 1),
        submit_to_readable_p95_ms=round(_percentile(latency, 95), 1),
        broadcast_196_s=round(broadcast, 2),
        flash_p99_ms=round(_percentile(flash, 99), 1),
        inversions=inversions,
        drain_per_s=round(drain, 1),
        attachment_growth_mb=growth,
        details={
            **details,
            "recipients of a broadcast": size.light + 2,
            "queued": size.queued,
            "flash sent": len(flash),
            "attachment megabytes": size.megabytes,
        },
    )


def _throughput(world: LineWorld, size: Size, display: Display) -> tuple[float, dict[str, Any]]:
    with display.step(f"{size.messages:,} messages in batches"), Watcher(world, FR) as watcher:
        before, begun = world.cpu_s(), time.perf_counter()
        write_all(world, size.messages)
        accepted = time.perf_counter() - begun
        watcher.wait(size.messages, WITHIN_S)
        readable = time.perf_counter() - begun
        _wait_until_none(world, "state <> 'delivered'")
        receipted = time.perf_counter() - begun
        spent = {name: used - before[name] for name, used in world.cpu_s().items()}
    return size.messages / receipted, {
        "accepted_per_s": round(size.messages / accepted, 1),
        "readable_per_s": round(size.messages / readable, 1),
        **{f"cpu ms each, {name}": round(used / size.messages * 1000, 2) for name, used in spent.items()},
    }


def _latency(world: LineWorld, size: Size, display: Display) -> list[float]:
    with display.step(f"{PACE_PER_S:.0f} single messages a second"), Watcher(world, FR) as watcher:
        pace = Pace(world, PACE_PER_S, Priority.NORMAL)
        pace.run(size.pace_s)
        watcher.wait(len(pace.begun), WITHIN_S)
        return [(watcher.seen[one] - begun) * 1000 for one, begun in pace.begun.items()]


def _broadcast(world: LineWorld, members: LightMembers, size: Size, display: Display) -> float:
    """Return the slowest of some broadcasts, in seconds from the request to the last inbox."""
    taken = []
    desk = world.desk(SI)
    with display.step("Broadcasts", size.broadcasts) as advance, Watcher(world, FR) as watcher:
        for number in range(size.broadcasts):
            begun = time.perf_counter()
            body = draft(number, Priority.URGENT, [FR, "SEC", *members.bureaus])
            message_id = desk.post("/api/v1/messages", body)["header"]["message_id"]
            watcher.wait(number + 1, WITHIN_S)
            deadline = time.monotonic() + WITHIN_S
            while len(reached := members.reached(message_id)) < len(members.members):
                if time.monotonic() > deadline:
                    raise UnavailableError(ErrorCode.NOT_READY, detail=f"broadcast reached {len(reached)}")
                time.sleep(0.01)
            taken.append(max([*reached, watcher.seen[message_id]]) - begun)
            advance(number + 1)
    desk.close()
    return max(taken)


def _flash_and_drain(
    world: LineWorld, per_s: float, size: Size, display: Display
) -> tuple[list[float], int, float]:
    """Queue messages for a bureau that is off; let it come back under overload; then let it drain."""
    world.processes[FR].stop([ProcessKind.WORKER])
    with display.step(f"{size.queued:,} messages queued"):
        write_all(world, size.queued)
        _wait_until_none(world, "relayed_at IS NULL")
    with Watcher(world, FR) as watcher:
        world.processes[FR].start([ProcessKind.WORKER])
        watcher.wait(1, WITHIN_S)
        with display.step(f"FLASH under {OVERLOAD:.0f}x overload"):
            flash, load = (
                Pace(world, FLASH_PER_S, Priority.FLASH),
                Pace(world, per_s * OVERLOAD, Priority.NORMAL),
            )
            loading = threading.Thread(target=load.run, args=(size.flash_s,))
            loading.start()
            flash.run(size.flash_s)
            loading.join()
            _wait_seen(watcher, list(flash.begun))
        with display.step("The rest of the queue"):
            begun, before = time.perf_counter(), len(watcher.seen)
            total = size.queued + len(flash.begun) + len(load.begun)
            watcher.wait(total, WITHIN_S)
            left = total - before
            drain = left / (time.perf_counter() - begun) if left else 0.0
        times = [(watcher.seen[one] - begun) * 1000 for one, begun in flash.begun.items()]
        return times, _inversions(flash, load, watcher), drain


def _inversions(flash: Pace, load: Pace, watcher: Watcher) -> int:
    """Count NORMAL messages that were handed in after a FLASH was taken and could be read before it."""
    return sum(
        1
        for urgent, taken in flash.acknowledged.items()
        for normal, begun in load.begun.items()
        if begun > taken and watcher.seen[normal] < watcher.seen[urgent]
    )


def _wait_seen(watcher: Watcher, ids: Sequence[str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not set(ids) <= watcher.seen.keys():
        if time.monotonic() > deadline:
            raise UnavailableError(ErrorCode.NOT_READY, detail="a FLASH did not arrive")
        time.sleep(0.02)


def _wait_until_none(world: LineWorld, condition: str) -> None:
    """Return when no delivery of SI stands as `condition` says."""
    deadline = time.monotonic() + WITHIN_S
    with world.database(SI) as database:
        while (row := database.execute(_WAITING.format(condition)).fetchone()) and row[0]:
            if time.monotonic() > deadline:
                raise UnavailableError(ErrorCode.NOT_READY, detail=f"{row[0]} deliveries: {condition}")
            time.sleep(0.05)


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
