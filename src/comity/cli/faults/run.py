"""One run of `comity test faults`: worlds on each database, schedules in them, the judge at the end."""

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.cli.bench.display import Display
from comity.cli.faults.checker import check
from comity.cli.faults.course import Course
from comity.cli.faults.disks import own_mounts
from comity.cli.faults.report import Failure, FaultReport, counted, failure
from comity.cli.faults.schedules import Kind, Schedule, schedule_of
from comity.cli.faults.world import FaultWorld

PREFIX: Final = "comity-faults-"
SCHEDULES_PER_WORLD: Final = 250
"""Lists are then still short, and what was never delivered is found within some twenty minutes."""
NEEDS_ROOT: Final = "needs root: a small file system is mounted for each node"


@dataclass
class _Seen:
    """What all worlds together have shown."""

    said: int = 0
    acknowledged: int = 0
    done: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


class FaultRun:
    """Runs `count` schedules, those of the seeds from `seed` on."""

    def __init__(self, count: int, seed: int, databases: tuple[str, ...], parent: Path | None) -> None:
        self._seeds = range(seed, seed + count)
        self._databases = databases
        self._parent = parent
        self._with_disks = own_mounts()
        self._seen = _Seen()
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def run(self, display: Display) -> FaultReport:
        """Run everything and return what was found.

        Raises `NoPostgresError` where PostgreSQL is wanted and missing; `ComityError` when a node does
        not come up again.
        """
        begun = time.perf_counter()
        by_database = {
            database: [seed for seed in self._seeds if self._database_of(seed) == database]
            for database in self._databases
        }
        with (
            tempfile.TemporaryDirectory(
                prefix=PREFIX, dir=self._parent, ignore_cleanup_errors=True
            ) as folder,
            display.step("Schedules", total=len(self._seeds)) as advance,
            ThreadPoolExecutor() as pool,
        ):
            Path(folder).chmod(0o711)
            worlds = [
                pool.submit(self._run_worlds, Path(folder), database, seeds, advance)
                for database, seeds in by_database.items()
                if seeds
            ]
            try:
                for each in worlds:
                    each.result()
            except BaseException:
                # Interrupted, or one world failed: the other ends with its present schedule.
                self._ending.set()
                raise
        return self._report({name: len(seeds) for name, seeds in by_database.items()}, begun)

    def _database_of(self, seed: int) -> str:
        """Return where a schedule runs: the same for the same seed, so that it can be had again."""
        return self._databases[seed % len(self._databases)]

    def _run_worlds(
        self, folder: Path, database: str, seeds: list[int], advance: Callable[[int], None]
    ) -> None:
        left, number = [schedule_of(seed, database, self.left_out) for seed in seeds], 0
        while left and not self._ending.is_set():
            path, number = folder / f"{database}-{number}", number + 1
            world = FaultWorld.build(path, database, with_disks=self._with_disks)
            try:
                left = left[self._run_in(world, database, left[:SCHEDULES_PER_WORLD], advance) :]
            finally:
                world.close()

    def _run_in(
        self, world: FaultWorld, database: str, schedules: list[Schedule], advance: Callable[[int], None]
    ) -> int:
        """Run schedules in one world and judge them; return how many it was."""
        with Course(world) as course:
            course.open_threads()
            done, sound = 0, True
            while sound and done < len(schedules) and not self._ending.is_set():
                sound, done = course.run(schedules[done]), done + 1
                with self._lock:
                    self._seen.done += 1
                    advance(self._seen.done)
            if not self._ending.is_set():
                self._judge(course, {each.seed: each for each in schedules}, database)
        return done

    def _judge(self, course: Course, schedules: dict[int, Schedule], database: str) -> None:
        history = course.history()
        failures = [failure(one, schedules.get(one.seed), database) for one in check(history)]
        with self._lock:
            self._seen.said += len(history.said)
            self._seen.acknowledged += sum(one.message_id is not None for one in history.said)
            self._seen.faults.update({str(kind): count for kind, count in course.faults.items()})
            for desk in course.desks.values():
                self._seen.refused.update(desk.refused)
            self._seen.failures += failures

    @property
    def left_out(self) -> frozenset[Kind]:
        """Which faults cannot be had here."""
        return frozenset() if self._with_disks else frozenset({Kind.DISK_FULL})

    def _report(self, databases: dict[str, int], begun: float) -> FaultReport:
        seen = self._seen
        return FaultReport(
            seed=self._seeds.start,
            schedules=len(self._seeds),
            databases=databases,
            messages=seen.said,
            acknowledged=seen.acknowledged,
            faults={str(kind): seen.faults[kind] for kind in Kind if kind not in self.left_out},
            left_out={str(kind): NEEDS_ROOT for kind in self.left_out},
            **counted(seen.failures),
            refused=dict(seen.refused),
            failures=sorted(seen.failures, key=lambda one: (one.seed, one.fault)),
            seconds=round(time.perf_counter() - begun, 1),
        )
