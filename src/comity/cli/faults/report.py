"""What a run found, as it is printed and as it is given to scripts."""

import msgspec

from comity.cli.faults.checker import Fault, Finding
from comity.cli.faults.schedules import Schedule


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One finding with all that is needed to have it again."""

    fault: str
    seed: int
    database: str
    sender: str
    desk: str
    text: str
    detail: str
    troubles: list[str]
    """What went wrong in this schedule, in order."""
    again: str
    """The command that runs this schedule in a new world."""


class BrokenWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A world that fell to pieces: what was done in it is not judged, the rest went on in a new one."""

    database: str
    seeds: list[int]
    """Of the schedules begun in it; the last one is where it ended. Empty: it never stood."""
    why: str
    """The error, with the end of the log of what ended."""


class FaultReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole run."""

    seed: int
    schedules: int
    """How many were wanted."""
    judged: int
    """How many of them were run and whose messages were all followed to the end."""
    interrupted: bool
    broken: list[BrokenWorld]
    databases: dict[str, int]
    """Schedules on each."""
    messages: int
    """Attempts to send."""
    acknowledged: int
    faults: dict[str, int]
    """How often each kind was done."""
    cut_by: str
    """`kernel`: packets were dropped in a network of its own; `proxy`: held, without root or nft."""
    left_out: dict[str, str]
    """Kinds that could not be done here, and why."""
    lost: int
    doubled: int
    out_of_order: int
    altered: int
    unconfirmed: int
    refused: dict[str, int]
    """Codes of drafts that a desk refused; nothing was acknowledged then."""
    failures: list[Failure]
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether no message suffered in all that was wanted."""
        return not self.failures and self.judged == self.schedules


def failure(finding: Finding, schedule: Schedule | None, database: str) -> Failure:
    """Return a finding with the schedule that it belongs to; None: a message of no schedule."""
    troubles = [] if schedule is None else sorted(schedule.troubles, key=lambda one: one.at_s)
    if schedule is not None and schedule.restore is not None:
        troubles.append(schedule.restore)
    again = "" if schedule is None else f"comity test faults --schedules 1 --seed {finding.seed}"
    if schedule is not None:
        again += f" --database {database}"
    return Failure(
        fault=str(finding.fault),
        seed=finding.seed,
        database=database,
        sender=finding.sender,
        desk=finding.desk,
        text=finding.text,
        detail=finding.detail,
        troubles=[
            f"{one.at_s:.3f} s {one.kind} {one.node} {one.how or one.size or ''} for {one.for_s:.3f} s"
            for one in troubles
        ],
        again=again,
    )


def counted(findings: list[Failure]) -> dict[str, int]:
    """Return how many findings there are of each fault."""
    return {str(fault): sum(one.fault == fault for one in findings) for fault in Fault}
