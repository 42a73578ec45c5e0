"""What the steps of the tour share: the world, its doors, what is in it, and the report."""

import time
from dataclasses import dataclass, field

from comity.cli.demo.doors import Doors
from comity.cli.demo.filling import Account, Contents
from comity.cli.demo.report import Report
from comity.cli.world.world import World


def milliseconds(begun: float) -> int:
    """Return the whole milliseconds since `begun` (`time.perf_counter`), at least 1."""
    return max(1, round((time.perf_counter() - begun) * 1000))


@dataclass
class Stage:
    """Passed from step to step."""

    world: World
    doors: Doors
    contents: Contents = field(default_factory=Contents)
    report: Report = field(default_factory=Report)
    accounts: list[Account] = field(default_factory=list)
    search_id: str = ""
    """The search that hit."""
    message_id: str = ""
    answered_at: float = 0.0
    """When the answer of that search was there (`time.perf_counter`)."""

    def answered(self) -> None:
        """Note that the answer has arrived."""
        self.answered_at = time.perf_counter()
