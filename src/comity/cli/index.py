"""What `comity index` finds and does at one node."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

import msgspec

from comity.index import generations
from comity.index.calibrating import matcher_version, read_calibration
from comity.index.layout import read_state
from comity.index.opening import LiveIndex
from comity.index.rebuilding import Rebuilt, Tell, rebuild_from_rows
from comity.index.verifying import Verified, verify_all, verify_sample
from comity.node.directory import instant
from comity.node.home import NodeHome

DISK_BLOCK: Final = 512
"""What `stat` counts in, whatever the file system allocates."""


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """By which thresholds names raise alarms."""

    at: str
    people: int
    sequence: int
    in_force: bool
    """False when the index or the matcher has changed too much since: the shipped thresholds are used."""


class IndexReport(msgspec.Struct, frozen=True, kw_only=True):
    """How the index of a node is. Sizes in bytes on the disk, ages in whole seconds."""

    generation: int
    format: int
    sequence: int
    """Feed position: the version that answers name."""
    as_of: str
    """Empty while it was never up to date."""
    age_s: int | None
    records: int
    names: int
    bytes: int
    bytes_per_record: int | None
    rebuilding: bool
    """Whether a rebuild runs now."""
    unfinished: list[str]
    """How rebuilds that were broken off had begun: rows, feed."""
    calibration: Calibrated | None

    def pairs(self) -> Iterator[tuple[str, object]]:
        """Return the lines for people."""
        for name, value in msgspec.structs.asdict(self).items():
            if name == "calibration":
                yield name, _words(self.calibration)
            elif name == "rebuilding":
                yield name, "yes" if value else "no"
            elif value not in (None, [], ""):
                yield name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value


def status_of(home: NodeHome, at: datetime) -> IndexReport:
    """Look at the index of a node.

    Raises `UnavailableError` (index.unavailable) where there is none, `IntegrityError` (integrity.index) for
    one of another format or a calibration that cannot be read.
    """
    directory = home.index_dir
    rebuilding = generations.is_rebuilding(directory)
    with closing(LiveIndex.at(directory)) as live, live.snapshot() as snapshot:
        state = read_state(snapshot.transaction, snapshot.databases)
        names = snapshot.transaction.stat(snapshot.databases.names)["entries"]
    size = (generations.current(directory) / generations.DATA_FILE).stat().st_blocks * DISK_BLOCK
    ways = [path.suffix[1:] for path in generations.unfinished_folders(directory)]
    return IndexReport(
        generation=generations.current_number(directory) or 0,
        format=state.format,
        sequence=state.sequence,
        as_of=state.as_of,
        age_s=int((at - instant(state.as_of)).total_seconds()) if state.as_of else None,
        records=state.records,
        names=names,
        bytes=size,
        bytes_per_record=size // state.records if state.records else None,
        rebuilding=rebuilding,
        unfinished=[] if rebuilding else ways,
        calibration=_calibration(home, state.public_names),
    )


def verify(home: NodeHome, sample: int | None, tell: Tell) -> Verified:
    """Check the index of a node: `sample` records and entries, or every one for None."""
    with closing(LiveIndex.at(home.index_dir)) as live, live.snapshot() as snapshot:
        if sample is None:
            return verify_all(snapshot, tell)
        return verify_sample(snapshot, sample, tell)


def rebuild(home: NodeHome, *, from_feed: bool, tell: Tell) -> Rebuilt:
    """Build the index of a node anew and put it into use."""
    if not from_feed:
        return rebuild_from_rows(home.index_dir, home.settings.node.country, tell)
    from comity.copies.refilling import refill
    from comity.kernel.clock import SystemClock
    from comity.node.peer import PeerClient

    with closing(PeerClient(home, SystemClock())) as peer:
        return refill(home, peer, tell)


def _calibration(home: NodeHome, names: int) -> Calibrated | None:
    found = read_calibration(home.index_dir)
    if found is None:
        return None
    return Calibrated(
        at=found.at,
        people=found.people,
        sequence=found.sequence,
        in_force=found.fits(names, matcher_version()),
    )


def _words(calibration: Calibrated | None) -> str:
    if calibration is None:
        return "none; the shipped thresholds are used"
    stale = "" if calibration.in_force else ", not in force: index or matcher has changed"
    return f"{calibration.at}, {calibration.people} people{stale}"
