"""What the worker says about itself: run/worker.json, for `comity status` and for supervisors."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.office.worker.lanes import Lane

STATUS_FILE: Final = "worker.json"


class StepStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One step: when it last went well, and its faults since then."""

    worked_at: str
    failures: int
    last_error: str


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    pid: int
    at: str
    steps: dict[str, StepStatus]


def status_of(lanes: Iterable[Lane], at: datetime) -> WorkerStatus:
    """Return how the lanes are doing."""
    steps = {
        step.name: StepStatus(worked_at=step.worked_at, failures=step.failures, last_error=step.last_error)
        for lane in lanes
        for step in lane.steps
    }
    return WorkerStatus(pid=os.getpid(), at=to_wire(at), steps=steps)


def write_status(run_dir: Path, status: WorkerStatus) -> None:
    """Replace the file in one step, so that no reader sees half of it; not synced, for it is news only."""
    path = run_dir / STATUS_FILE
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(status))
    finally:
        os.close(descriptor)
    new.replace(path)
