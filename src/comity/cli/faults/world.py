"""A relay and two bureaus to be treated badly: their lines, disks, clocks and databases are within reach."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from comity.cli.accounts import NewAccount, add_account, grant_for, random_password
from comity.cli.bench.cluster import DURABLE, PostgresCluster
from comity.cli.faults.disks import Disk
from comity.cli.faults.packets import Packets
from comity.cli.faults.proxy import Line, Switchboard
from comity.cli.faults.schedules import BUREAUS, DESKS, POSTGRESQL, RELAY
from comity.cli.faults.shifted import ClockFile
from comity.cli.world.plans import BUREAUS as PLANS
from comity.cli.world.plans import DatabaseOf, PlannedNode
from comity.cli.world.ports import free_ports
from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.cli.world.world import World
from comity.kernel.clock import Clock, SystemClock
from comity.kernel.codes import Purpose, Role
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.node.settings import Settings

MEMBERS: Final = tuple(plan for plan in PLANS if plan.node in BUREAUS)
OPERATOR: Final = "operator"
GRANT_S: Final = 12 * 3600
EARLIER_S: Final = 2 * 3600
"""Grants begin before and end after every hour that a clock may show here."""
SMALL: Final = {**DURABLE, "max_connections": "60", "max_wal_size": "64MB", "min_wal_size": "32MB",
                "shared_buffers": "16MB"}  # fmt: skip
"""Several servers side by side, each on a disk of its own."""


class ShiftedProcesses(NodeProcesses):
    """Office and worker of a node, with a clock that can jump."""

    clock_path: Path

    @property
    def kinds(self) -> tuple[ProcessKind, ...]:
        """Return what carries messages."""
        return (ProcessKind.OFFICE, ProcessKind.WORKER)

    def command(self, kind: ProcessKind) -> list[str]:
        """Return the shifted form of the same module."""
        return ["comity.cli.faults.shifted", str(self.clock_path), *super().command(kind)]


class FaultWorld(World):
    """Use `build`, then `close`."""

    def __init__(self, folder: Path, clock: Clock, packets: Packets | None = None) -> None:
        super().__init__(folder, clock)
        self.things = ExitStack()
        self.switchboard = self.things.enter_context(Switchboard(packets))
        self.lines: dict[str, list[Line]] = {}
        """By bureau: its line to the relay, and the one over which others reach it."""
        self.disks: dict[str, Disk] = {}
        self.clocks: dict[str, ClockFile] = {}
        self.clusters: dict[str, PostgresCluster] = {}
        self.grants: dict[str, str] = {}

    @classmethod
    def build(
        cls, folder: Path, database: str, *, with_disks: bool, packets: Packets | None = None
    ) -> "FaultWorld":
        """Make a world on `database`; raises `NoPostgresError`, and what `World.create` does."""
        world = cls(folder, SystemClock(), packets)
        try:
            world._lay_ground(database, with_disks=with_disks)
            world._found(MEMBERS, world._database, lambda _: None)
            world._wait_acquainted()
            world._open_desks()
        except BaseException:
            world.close()
            raise
        return world

    def _lay_ground(self, database: str, *, with_disks: bool) -> None:
        self.folder.mkdir(mode=0o711, parents=True)
        for node in DESKS:
            self.clocks[node] = ClockFile(self.folder / f"{node}.clock")
            if with_disks:
                self.disks[node] = Disk(self.folder / node)
                self.things.callback(self.disks[node].remove)
            else:
                (self.folder / node).mkdir()
        if database == POSTGRESQL:
            with ThreadPoolExecutor() as pool:
                for node, cluster in zip(DESKS, pool.map(self._cluster, DESKS), strict=True):
                    self.clusters[node] = cluster
                    self.things.callback(cluster.stop)

    def _cluster(self, node: str) -> PostgresCluster:
        return PostgresCluster.start(self.folder / node, SMALL)

    def _database(self, node: NodeId) -> str:
        return self.clusters[node].new_database(node) if self.clusters else "sqlite"

    def _open_desks(self) -> None:
        begun = int(self.clock.now().timestamp()) - EARLIER_S
        for node in DESKS:
            office = self.office(NodeId(node))
            account = NewAccount(OPERATOR, random_password(), OPERATOR, (Role.OPERATOR,))
            office.run(add_account, account, self.clock.now())
            self.grants[node] = office.run(_grant_from, begun)
        self.release_offices()

    def home_path(self, node: NodeId) -> Path:
        """Return a folder on the node's own disk."""
        return self.folder / node / "home"

    def settings_of(
        self, node: PlannedNode, nodes: dict[NodeId, PlannedNode], database: DatabaseOf
    ) -> Settings:
        """Return settings by which every line between nodes is one that can be cut."""
        settings = super().settings_of(node, nodes, database)
        if node.plan.node == RELAY:
            return settings
        relay, own = free_ports(2)
        self.lines[node.plan.node] = [
            self.switchboard.line(relay, nodes[NodeId(RELAY)].office_port),
            self.switchboard.line(own, node.office_port),
        ]
        return msgspec.structs.replace(
            settings,
            secretariat=msgspec.structs.replace(settings.secretariat, url=f"https://localhost:{relay}"),
            office=msgspec.structs.replace(settings.office, public_url=f"https://localhost:{own}"),
        )

    def _start(self, node: NodeId) -> None:
        processes = ShiftedProcesses(self.homes[node])
        processes.clock_path = self.folder / f"{node}.clock"
        self.processes[node] = processes
        processes.start()

    def office_url(self, node: str) -> str:
        """Return the address of a node's office, past every line."""
        return f"https://localhost:{self.homes[NodeId(node)].settings.office.port}"

    def home(self, node: str) -> NodeHome:
        """Return a node's home."""
        return self.homes[NodeId(node)]

    def close(self) -> None:
        """End everything and take the disks away."""
        super().close()
        self.things.close()


def _grant_from(begun: int) -> str:
    from datetime import UTC, datetime

    return grant_for(OPERATOR, (Purpose.BORDER_CONTROL,), datetime.fromtimestamp(begun, UTC), GRANT_S)
