"""One run of `comity test faults`: worlds on each database, schedules in them, the judge at the end."""

import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.cli.bench.cluster import NoPostgresError, PostgresFailedError
from comity.cli.bench.display import Display
from comity.cli.faults.checker import Fault, check
from comity.cli.faults.course import Course
from comity.cli.faults.disks import own_mounts
from comity.cli.faults.packets import Packets
from comity.cli.faults.report import BrokenWorld, Failure, FaultReport, counted, failure
from comity.cli.faults.schedules import Kind, Schedule, schedule_of
from comity.cli.faults.world import FaultWorld

PREFIX: Final = "comity-faults-"
SCHEDULES_PER_WORLD: Final = 250
"""Lists are then still short, and what was never delivered is found within some twenty minutes."""
MAY_BREAK: Final = 3
"""Worlds that may fall to pieces on each database before what is left is given up."""
STOPPED_WITHIN_S: Final = 20.0
"""Who interrupts a run waits so long for what is under way; what has not arrived then is not judged."""
TAKES_TIME: Final = frozenset({Fault.LOST, Fault.UNCONFIRMED})
"""Nobody can say so of a message that is on its way."""
NEEDS_ROOT: Final = "needs root: a small file system is mounted for each node"


@dataclass
class _Seen:
    """What all worlds together have shown."""

    said: int = 0
    acknowledged: int = 0
    done: int = 0
    judged: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    broken: list[BrokenWorld] = field(default_factory=list)


@dataclass
class _Stretch:
    """The schedules of one world."""

    database: str
    schedules: list[Schedule]
    begun: int = 0

    def broken(self, error: Exception) -> BrokenWorld:
        """Return what became of a world that fell to pieces."""
        seeds = [schedule.seed for schedule in self.schedules[: self.begun]]
        why = "".join(traceback.format_exception(error)) + getattr(error, "detail", "")
        return BrokenWorld(database=self.database, seeds=seeds, why=why.strip())


class FaultRun:
    """Runs `count` schedules, those of the seeds from `seed` on."""

    def __init__(self, count: int, seed: int, databases: tuple[str, ...], parent: Path | None) -> None:
        self._seeds = range(seed, seed + count)
        self._databases = databases
        self._parent = parent
        self._with_disks = own_mounts()
        self._packets = Packets.of_own_network()
        self._seen = _Seen()
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def run(self, display: Display) -> FaultReport:
        """Run everything and return what was found; when it is interrupted, what was found so far.

        A world that falls to pieces is reported and followed by a new one. Raises `NoPostgresError` where
        PostgreSQL is wanted and missing.
        """
        begun = time.perf_counter()
        by_database = {
            database: [seed for seed in self._seeds if self._database_of(seed) == database]
            for database in self._databases
        }
        with self._folder() as folder, display.step("Schedules", total=len(self._seeds)) as advance:
            interrupted = self._run_all(folder, by_database, advance)
        counts = {name: len(seeds) for name, seeds in by_database.items()}
        return self._report(counts, begun, interrupted=interrupted)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(
            prefix=PREFIX, dir=self._parent, ignore_cleanup_errors=True
        ) as folder:
            Path(folder).chmod(0o711)
            yield Path(folder)

    def _run_all(
        self, folder: Path, by_database: dict[str, list[int]], advance: Callable[[int], None]
    ) -> bool:
        """Run the worlds of all databases side by side; tell whether that was interrupted."""
        interrupted = False
        with ThreadPoolExecutor() as pool:
            worlds = [
                pool.submit(self._run_worlds, folder, database, seeds, advance)
                for database, seeds in by_database.items()
            ]
            try:
                wait(worlds, return_when=FIRST_EXCEPTION)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                # Each ends with its present schedule; all have ended when they are done anyhow.
                self._ending.set()
        for each in worlds:
            each.result()
        return interrupted

    def _database_of(self, seed: int) -> str:
        """Return where a schedule runs: the same for the same seed, so that it can be had again."""
        return self._databases[seed % len(self._databases)]

    def _run_worlds(
        self, folder: Path, database: str, seeds: list[int], advance: Callable[[int], None]
    ) -> None:
        left, number, broken = [schedule_of(seed, database, self.left_out) for seed in seeds], 0, 0
        while left and broken < MAY_BREAK and not self._ending.is_set():
            stretch = _Stretch(database, left[:SCHEDULES_PER_WORLD])
            try:
                self._run_world(folder / f"{database}-{number}", stretch, advance)
            except Exception as error:
                if isinstance(error, NoPostgresError) and not isinstance(error, PostgresFailedError):
                    raise
                # Whatever ended this world: an hour of other worlds is not thrown away for it.
                with self._lock:
                    self._seen.broken.append(stretch.broken(error))
                broken += 1
            left, number = left[stretch.begun :], number + 1

    def _run_world(self, path: Path, stretch: _Stretch, advance: Callable[[int], None]) -> None:
        world = FaultWorld.build(path, stretch.database, with_disks=self._with_disks, packets=self._packets)
        try:
            with Course(world) as course:
                if not self._ending.is_set():
                    course.open_threads()
                    self._run_in(course, stretch, advance)
                    self._judge(course, stretch)
        finally:
            world.close()

    def _run_in(self, course: Course, stretch: _Stretch, advance: Callable[[int], None]) -> None:
        sound = True
        while sound and stretch.begun < len(stretch.schedules) and not self._ending.is_set():
            stretch.begun += 1
            sound = course.run(stretch.schedules[stretch.begun - 1])
            with self._lock:
                self._seen.done += 1
                advance(self._seen.done)

    def _judge(self, course: Course, stretch: _Stretch) -> None:
        """Count what was seen in a world. One that was interrupted is judged as far as it can be."""
        history = course.history(STOPPED_WITHIN_S) if self._ending.is_set() else course.history()
        found = check(history)
        settled = not (self._ending.is_set() and any(one.fault in TAKES_TIME for one in found))
        schedules = {each.seed: each for each in stretch.schedules}
        with self._lock:
            self._seen.judged += stretch.begun if settled else 0
            self._seen.said += len(history.said)
            self._seen.acknowledged += sum(one.message_id is not None for one in history.said)
            self._seen.faults.update({str(kind): count for kind, count in course.faults.items()})
            for desk in course.desks.values():
                self._seen.refused.update(desk.refused)
            self._seen.failures += [
                failure(one, schedules.get(one.seed), stretch.database)
                for one in found
                if settled or one.fault not in TAKES_TIME
            ]

    @property
    def left_out(self) -> frozenset[Kind]:
        """Which faults cannot be had here."""
        return frozenset() if self._with_disks else frozenset({Kind.DISK_FULL})

    def _report(self, databases: dict[str, int], begun: float, *, interrupted: bool) -> FaultReport:
        seen = self._seen
        return FaultReport(
            seed=self._seeds.start,
            schedules=len(self._seeds),
            judged=seen.judged,
            interrupted=interrupted,
            broken=seen.broken,
            databases=databases,
            messages=seen.said,
            acknowledged=seen.acknowledged,
            faults={str(kind): seen.faults[kind] for kind in Kind if kind not in self.left_out},
            cut_by="proxy" if self._packets is None else "kernel",
            left_out={str(kind): NEEDS_ROOT for kind in self.left_out},
            **counted(seen.failures),
            refused=dict(seen.refused),
            failures=sorted(seen.failures, key=lambda one: (one.seed, one.fault)),
            seconds=round(time.perf_counter() - begun, 1),
        )
