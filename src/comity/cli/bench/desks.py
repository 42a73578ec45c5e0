"""A running network for figures on the line: offices and workers, without searches and copies."""

from typing import Final

from comity.cli.world.plans import BUREAUS
from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.cli.world.world import World
from comity.kernel.ids import NodeId

TWO_BUREAUS: Final = BUREAUS[:2]


class DeskProcesses(NodeProcesses):
    """Office and worker of a node."""

    @property
    def kinds(self) -> tuple[ProcessKind, ...]:
        """The two."""
        return (ProcessKind.OFFICE, ProcessKind.WORKER)


class DeskWorld(World):
    """A secretariat and bureaus that only exchange messages."""

    def _start(self, node: NodeId) -> None:
        self.processes[node] = DeskProcesses(self.homes[node])
        self.processes[node].start()
