"""Worlds of offices and workers only: what a message needs on its way, and nothing that it does not."""

from tests.harness.worlds import TestWorld

from comity.cli.world.plans import BUREAUS
from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.kernel.ids import NodeId

TWO_BUREAUS = BUREAUS[:2]
"""SI and FR."""


class LineProcesses(NodeProcesses):
    """Office and worker of a node."""

    @property
    def kinds(self) -> tuple[ProcessKind, ...]:
        return (ProcessKind.OFFICE, ProcessKind.WORKER)


class LineWorld(TestWorld):
    """A secretariat and bureaus without searches and copies."""

    def _start(self, node: NodeId) -> None:
        self.processes[node] = LineProcesses(self.homes[node])
        self.processes[node].start()
