"""A world for tests: real processes, one account per bureau and role, clients for each of them."""

from pathlib import Path

from comity.cli.accounts import NewAccount, add_account, grant_for
from comity.cli.world.world import World
from comity.kernel.codes import NodeRole, Purpose, Role
from comity.kernel.ids import NodeId
from tests.harness.clients import Browserless, Machine, Searcher
from tests.harness.offices import PASSWORD

GRANT_LIFE_S = 3600
ALL_PURPOSES = tuple(Purpose)


class TestWorld(World):
    """`World` plus accounts named after their roles: `officer`, `operator`, `data_owner`, ..."""

    __test__ = False

    def open_accounts(self) -> None:
        """Make one account per role at every office."""
        at = self.clock.now()
        waiting = [
            self.office(node).submit(
                add_account, NewAccount(role.value, PASSWORD, role.value.title(), (role,)), at
            )
            for node in self.homes
            if self.homes[node].settings.node.role is not NodeRole.POST
            for role in Role
        ]
        for each in waiting:
            each.result()

    def ca(self, node: str) -> Path:
        return self.homes[NodeId(node)].network_ca

    def grant(
        self, node: str, role: Role = Role.OFFICER, purposes: tuple[Purpose, ...] = ALL_PURPOSES
    ) -> str:
        """Return a grant of the account of `role` at a bureau."""
        office = self.office(NodeId(node))
        return office.run(grant_for, role.value, purposes, self.clock.now(), GRANT_LIFE_S)

    def browser(self, node: str, role: Role) -> Browserless:
        """Return a session signed in as the account of `role`."""
        client = Browserless(self.homes[NodeId(node)].settings.office_url, self.ca(node))
        client.sign_in(role.value, PASSWORD)
        return client

    def machine(self, node: str, role: Role) -> Machine:
        """Return a client of the machine API of a bureau's office with a grant of `role`."""
        return Machine(self.homes[NodeId(node)].settings.office_url, self.ca(node), self.grant(node, role))

    def searcher(self, node: str, *, at: str | None = None, role: Role = Role.OFFICER) -> Searcher:
        """Return an officer of the bureau `node` at its own search, or at that of the post `at`."""
        home = self.homes[NodeId(at or node)]
        return Searcher(home.settings.search_url, self.ca(node), self.grant(node, role))
