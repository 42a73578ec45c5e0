"""Worlds of offices and workers only: what a message needs on its way, and nothing that it does not."""

from comity.cli.accounts import NewAccount, add_account
from comity.cli.world.plans import BUREAUS
from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.kernel.codes import Role
from comity.kernel.ids import NodeId
from tests.harness.worlds import PASSWORD, TestWorld

TWO_BUREAUS = BUREAUS[:2]
"""SI and FR."""


class LineProcesses(NodeProcesses):
    """Office and worker of a node."""

    @property
    def kinds(self) -> tuple[ProcessKind, ...]:
        return (ProcessKind.OFFICE, ProcessKind.WORKER)


class LineWorld(TestWorld):
    """A secretariat and bureaus without searches and copies."""

    def open_desks(self) -> None:
        """Make the accounts of an operator and a data owner at each bureau."""
        for node in self.bureaus:
            for role in (Role.OPERATOR, Role.DATA_OWNER):
                account = NewAccount(role.value, PASSWORD, role.value, (role,))
                self.office(node).run(add_account, account, self.clock.now())

    def _start(self, node: NodeId) -> None:
        self.processes[node] = LineProcesses(self.homes[node])
        self.processes[node].start()
