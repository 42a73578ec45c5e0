"""The nodes that are measured: a relay and two bureaus as processes, and light members beside them."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import psycopg

from comity.cli.accounts import NewAccount, add_account, grant_for, random_password
from comity.cli.nodes import invite, join, make_node, refresh_directory
from comity.cli.world.clients import Line
from comity.cli.world.plans import BUREAUS, SECRETARIAT_PLAN, MemberPlan, PlannedNode, settings_of
from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.cli.world.world import NETWORK, World
from comity.kernel.codes import NodeRole, Purpose, Role
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome

SI, FR = BUREAUS[0].node, BUREAUS[1].node
SEC = SECRETARIAT_PLAN.node
GRANT_LIFE_S: Final = 4 * 3600
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class DeskProcesses(NodeProcesses):
    """Office and worker of a node: what a message needs on its way."""

    @property
    def kinds(self) -> tuple[ProcessKind, ...]:
        """Return them."""
        return (ProcessKind.OFFICE, ProcessKind.WORKER)


class LineWorld(World):
    """A secretariat and two bureaus without searches and copies."""

    def open_desks(self) -> None:
        """Make an operator at each bureau."""
        for node in self.bureaus:
            account = NewAccount("operator", random_password(), "operator", (Role.OPERATOR,))
            self.office(node).run(add_account, account, self.clock.now())

    def desk(self, node: NodeId) -> Line:
        """Return a program's line to the desk of a bureau."""
        purposes = (Purpose.INVESTIGATION,)
        grant = self.office(node).run(grant_for, "operator", purposes, self.clock.now(), GRANT_LIFE_S)
        return Line(self.homes[node], self.homes[node].settings.office_url, grant)

    def database(self, node: NodeId) -> "psycopg.Connection[tuple[object, ...]]":
        """Return a connection of our own to a node's database, to look without costing the node anything."""
        return psycopg.connect(self.homes[node].settings.database.url, autocommit=True)

    def add_light_members(self, folder: Path, count: int) -> list[NodeHome]:
        """Join `count` members that are keys and certificates only, and return them."""
        plans = [MemberPlan(node, NodeRole.BUREAU, "SVN", f"Light member {node}") for node in _codes(count)]
        with ThreadPoolExecutor(2) as pool:
            homes = list(pool.map(lambda plan: self._light(folder, plan), plans))
            list(pool.map(refresh_directory, [*homes, *self.homes.values()]))
        return homes

    def _light(self, folder: Path, plan: MemberPlan) -> NodeHome:
        secretariat = self.homes[SEC].settings
        port = secretariat.office.port
        nodes = {
            SEC: PlannedNode(SECRETARIAT_PLAN, port, secretariat.search.port),
            plan.node: PlannedNode(plan, 1, 1),
        }
        settings = settings_of(nodes[plan.node], nodes, NETWORK, lambda _: "sqlite")
        home = make_node(folder / plan.node, settings, self.clock)
        at = self.clock.now()
        invitation = self.office(SEC).run(invite, plan.node, plan.role, plan.country, plan.name, at)
        return join(home, invitation, at)

    def cpu_s(self) -> dict[str, float]:
        """Return the processor seconds that each process has used, children included (proc(5))."""
        used = {}
        for node, processes in self.processes.items():
            for kind, process in processes.running.items():
                used[f"{node} {kind}"] = sum(map(cpu_of, family(process.pid)))
        return used

    def memory_mb(self, node: NodeId, kind: ProcessKind) -> float:
        """Return the resident memory of a process and its children."""
        pages = [
            int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
            for pid in family(self.processes[node].running[kind].pid)
        ]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _start(self, node: NodeId) -> None:
        self.processes[node] = DeskProcesses(self.homes[node])
        self.processes[node].start()


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *map(int, children)]


def cpu_of(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(state[11]) + int(state[12])) / TICKS_PER_S


def _codes(count: int) -> Iterable[NodeId]:
    """Return codes that no bureau of a world has."""
    taken = {plan.node for plan in BUREAUS}
    codes = (NodeId(first + second) for first in _LETTERS for second in _LETTERS)
    free = [code for code in codes if code not in taken]
    return free[:count]
