"""What is written and what goes wrong in one schedule: a pure function of its seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

K = TypeVar("K", bound=str)

LASTS_S: Final = 1.0
"""Messages and faults begin within this time; a message takes a tenth of it from desk to desk."""
SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
HOUR_S: Final = 3600
RELAY: Final = "SEC"
DESKS: Final = (RELAY, "SI", "FR")
BUREAUS: Final = DESKS[1:]
"""Who reaches the relay over a line; the relay's own desk is in its house."""
CASES: Final = (("SI", "FR"), ("SI", RELAY), ("FR", RELAY), DESKS)
"""Each has a standing thread, in which all of them write."""


class Kind(StrEnum):
    """What can go wrong."""

    KILL = "kill"
    STOP = "stop"
    DISK_FULL = "disk_full"
    DATABASE_RESTART = "database_restart"
    CUT = "cut"
    CUT_ONE_WAY = "cut_one_way"
    CLOCK = "clock"
    DUPLICATES = "duplicates"
    REORDERED = "reordered"
    RESTORE_RELAY = "restore_relay"
    RESTORE_BUREAU = "restore_bureau"


_WEIGHTS: Final = {
    Kind.KILL: 8,
    Kind.STOP: 4,
    Kind.DISK_FULL: 3,
    Kind.DATABASE_RESTART: 3,
    Kind.CUT: 4,
    Kind.CUT_ONE_WAY: 4,
    Kind.CLOCK: 3,
    Kind.DUPLICATES: 3,
    Kind.REORDERED: 3,
}
_RESTORES: Final = (Kind.RESTORE_RELAY, Kind.RESTORE_BUREAU)
RESTORES_PER_SCHEDULE: Final = 0.06
BACKUPS_PER_SCHEDULE: Final = 0.15
"""A backup that is restored is then some schedules old."""
_HOWS: Final[Mapping[Kind, Mapping[str, int]]] = {
    # The serving process is back in a tenth of a second, so that more of them die in the same time.
    Kind.KILL: {"serving office": 4, "office": 1, "worker": 4},
    Kind.STOP: {"office": 1, "worker": 1},
    Kind.DATABASE_RESTART: {"fast": 1, "immediate": 1},
    Kind.CUT: {"reset": 1, "silent": 1, "silent lossy": 1},
    Kind.CUT_ONE_WAY: {"there": 1, "there lossy": 1, "back": 2, "back lossy": 2},
}
"""Which part dies or stops, how a server ends, what becomes of the bytes on a cut line."""
_SIZES: Final[Mapping[Kind, tuple[int, ...]]] = {
    Kind.DISK_FULL: (0, 16_384, 65_536, 262_144),
    Kind.CLOCK: (-HOUR_S, HOUR_S),
}
_LENGTHS: Final[Mapping[Kind, float]] = {
    Kind.KILL: 0,
    Kind.CLOCK: 2,  # long enough for what looks at the clock every few seconds
    Kind.DATABASE_RESTART: 0.3,
    Kind.DUPLICATES: 0.5,
    Kind.REORDERED: 0.5,
}
_ON_A_LINE: Final = (Kind.CUT, Kind.CUT_ONE_WAY, Kind.DUPLICATES, Kind.REORDERED)
_PRIORITIES: Final = {"normal": 6, "urgent": 2, "flash": 2}


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be written."""

    at_s: float
    recipients: tuple[str, ...]
    priority: str
    thread: int | None
    """Number of a standing thread; None: one of its own, which the writer's next of None continues."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault: begins `at_s` after the schedule does and lasts `for_s`."""

    kind: Kind
    at_s: float
    for_s: float
    node: str
    """Whose process, disk, database, clock, line to the relay or mail it is."""
    how: str = ""
    """Part of the node; mode of a stop; direction of a cut; whether held bytes are lost."""
    size: int = 0
    """Seconds of a jump; bytes left on a full disk."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything of one seed."""

    seed: int
    database: str
    letters: dict[str, list[Letter]]
    """By sender, in the order in which they are written."""
    troubles: list[Trouble]
    backup: str | None
    """Node of which a backup is made before."""
    restore: Trouble | None
    """What is restored at the end, from the oldest backup there is."""


def schedule_of(seed: int, database: str, left_out: frozenset[Kind] = frozenset()) -> Schedule:
    """Return the schedule of a seed; the faults in `left_out` cannot be had here."""
    chance = random.Random(seed)  # noqa: S311 - must be the same every time, hides nothing
    letters = {desk: _letters(desk, chance) for desk in DESKS}
    troubles = [trouble for trouble in _troubles(chance, database) if trouble.kind not in left_out]
    backup = chance.choice(DESKS) if chance.random() < BACKUPS_PER_SCHEDULE else None
    restore = None
    if chance.random() < RESTORES_PER_SCHEDULE:
        kind = chance.choice(_RESTORES)
        node = RELAY if kind is Kind.RESTORE_RELAY else chance.choice(BUREAUS)
        restore = Trouble(kind, LASTS_S, 0.0, node, chance.choice(("kill", "stop")))
    if restore is not None and restore.kind in left_out:
        restore = None
    return Schedule(seed, database, letters, troubles, backup, restore)


def _letters(sender: str, chance: random.Random) -> list[Letter]:
    own = [number for number, case in enumerate(CASES) if sender in case]
    new_thread = chance.choice([case for case in CASES if sender in case])
    found = []
    for _ in range(chance.randint(1, 4)):
        thread = chance.choice([*own, *own, None])
        case = new_thread if thread is None else CASES[thread]
        found.append(
            Letter(
                at_s=round(chance.uniform(0, LASTS_S), 3),
                recipients=tuple(desk for desk in case if desk != sender),
                priority=_weighted(_PRIORITIES, chance),
                thread=thread,
            )
        )
    return sorted(found, key=lambda letter: letter.at_s)


def _troubles(chance: random.Random, database: str) -> list[Trouble]:
    possible = {
        kind: weight
        for kind, weight in _WEIGHTS.items()
        if kind is not Kind.DATABASE_RESTART or database == POSTGRESQL
    }
    return [_trouble(_weighted(possible, chance), chance) for _ in range(chance.randint(1, 4))]


def _trouble(kind: Kind, chance: random.Random) -> Trouble:
    at_s = round(chance.uniform(0, LASTS_S), 3)
    for_s = round(chance.uniform(0.1, 1.5), 3)
    node = chance.choice(BUREAUS if kind in _ON_A_LINE else DESKS)
    hows = _HOWS.get(kind)
    how = "" if hows is None else _weighted(hows, chance)
    size = chance.choice(_SIZES.get(kind, (0,)))
    return Trouble(kind, at_s, round(for_s * _LENGTHS.get(kind, 1), 3), node, how, size)


def _weighted(weights: Mapping[K, int], chance: random.Random) -> K:
    return chance.choices(list(weights), list(weights.values()))[0]
