"""A network on one machine: a secretariat, bureaus and posts, made and joined as administrators would.

Every node has its own directory, keys, database and processes; they meet over mutual TLS only.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

from comity.cli.nodes import invite, join, make_node, refresh_directory
from comity.cli.world.offices import OfficeSession
from comity.cli.world.plans import (
    MEMBERS,
    SECRETARIAT_PLAN,
    DatabaseOf,
    MemberPlan,
    PlannedNode,
    settings_of,
    with_ports,
)
from comity.cli.world.processes import POLL_S, READY_WITHIN_S, NodeProcesses, ProcessKind
from comity.kernel.clock import Clock, SystemClock
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ErrorCode, TrustError, UnavailableError
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.node.settings import Settings

NETWORK: Final = "demo"
SECRETARIAT: Final = SECRETARIAT_PLAN.node

CLOSE_WITHIN_S: Final = 2.0
"""Whoever ends a world waits for nobody's long poll; nodes survive being killed."""

Note = Callable[[str], None]
"""Is told in a few words what happens next, for a progress display."""


def silent(_: str) -> None:
    """Tell nobody."""


class World:
    """The running nodes of one network. Use `create`, then `close`, or a `with` block."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.homes: dict[NodeId, NodeHome] = {}
        self.processes: dict[NodeId, NodeProcesses] = {}
        self.up_s = 0.0
        """Seconds from the first key to the last process ready and every directory complete."""
        self._offices: dict[NodeId, OfficeSession] = {}
        self._opening = threading.Lock()

    @classmethod
    def create(
        cls,
        folder: Path,
        members: tuple[MemberPlan, ...] = MEMBERS,
        *,
        database: DatabaseOf = lambda _: "sqlite",
        note: Note = silent,
        clock: Clock | None = None,
    ) -> Self:
        """Make a world in `folder` and return it when every process is ready.

        `members` are joined to a secretariat that is always made. Raises what a node refuses to
        start with; everything that was started is stopped then.
        """
        begun = time.perf_counter()
        world = cls(folder, clock or SystemClock())
        try:
            world._found(members, database, note)
            note("waiting until every node knows every member")
            world._wait_acquainted()
        except BaseException:
            world.close()
            raise
        world.up_s = time.perf_counter() - begun
        return world

    def _found(self, members: tuple[MemberPlan, ...], database: DatabaseOf, note: Note) -> None:
        nodes = with_ports((SECRETARIAT_PLAN, *members))
        note("making the secretariat and its authority")
        self._make(nodes[SECRETARIAT], nodes, database)
        self._start(SECRETARIAT)
        with ThreadPoolExecutor(len(nodes)) as pool:
            note("making keys of the members")
            made = [pool.submit(self._make, nodes[plan.node], nodes, database) for plan in members]
            for each in made:
                each.result()
            self.processes[SECRETARIAT].wait_ready([ProcessKind.OFFICE])
            note("inviting and joining")
            for plan in members:
                self._admit(plan)
            list(pool.map(refresh_directory, [self.homes[plan.node] for plan in members]))
            note("starting the processes")
            for plan in members:
                self._start(plan.node)
            ready = [pool.submit(processes.wait_ready) for processes in self.processes.values()]
            for each in ready:
                each.result()

    def _make(self, node: PlannedNode, nodes: dict[NodeId, PlannedNode], database: DatabaseOf) -> None:
        settings = self.settings_of(node, nodes, database)
        self.homes[node.plan.node] = make_node(self.home_path(node.plan.node), settings, self.clock)

    def home_path(self, node: NodeId) -> Path:
        """Return where the data directory of a node is made."""
        return self.folder / node

    def settings_of(
        self, node: PlannedNode, nodes: dict[NodeId, PlannedNode], database: DatabaseOf
    ) -> Settings:
        """Return what the settings file of a node says."""
        return settings_of(node, nodes, NETWORK, database)

    def _admit(self, plan: MemberPlan) -> None:
        invitation = self.office(SECRETARIAT).run(
            invite, plan.node, plan.role, plan.country, plan.name, self.clock.now()
        )
        self.homes[plan.node] = join(self.homes[plan.node], invitation, self.clock.now())

    def _start(self, node: NodeId) -> None:
        self.processes[node] = NodeProcesses(self.homes[node])
        self.processes[node].start()

    def _wait_acquainted(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        for home in self.homes.values():
            while not self._knows_all(home):
                if time.monotonic() > deadline:
                    raise UnavailableError(ErrorCode.NOT_READY, field=f"{home.node}.directory")
                time.sleep(POLL_S)

    def _knows_all(self, home: NodeHome) -> bool:
        try:
            known = home.directory.current(self.clock.now()).active_members()
        except TrustError:
            return False
        return {member.node for member in known} == set(self.homes)

    def office(self, node: NodeId) -> OfficeSession:
        """Return a process in which services of `node`'s office are called; made at the first use."""
        with self._opening:
            if node not in self._offices:
                self._offices[node] = OfficeSession(self.homes[node].path)
            return self._offices[node]

    @property
    def bureaus(self) -> list[NodeId]:
        """The nodes of countries, in order of joining."""
        return [node for node, home in self.homes.items() if home.settings.node.role is NodeRole.BUREAU]

    def release_offices(self) -> None:
        """End the processes that `office` made; the nodes' own go on."""
        for office in self._offices.values():
            office.close()
        self._offices.clear()

    def close(self) -> None:
        """End every process of every node. The files stay."""
        self.release_offices()
        with ThreadPoolExecutor(max(1, len(self.processes))) as pool:
            list(pool.map(lambda processes: processes.stop(within_s=CLOSE_WITHIN_S), self.processes.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
