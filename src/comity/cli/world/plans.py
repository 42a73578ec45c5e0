"""Which nodes a world has and how their settings read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from comity.cli.world.ports import LOOPBACK, free_ports
from comity.kernel.codes import NodeRole, SourceKind
from comity.kernel.ids import NodeId, bureau_of
from comity.node.settings import (
    DatabaseSection,
    NodeSection,
    OfficeSection,
    PostSection,
    SearchSection,
    SecretariatSection,
    Settings,
    SourceSection,
    WorkerSection,
)

DatabaseOf = Callable[[NodeId], str]
"""Gives a node the address of its empty database, or `sqlite`."""

DIRECTORY_REFRESH_S: Final = 5
"""Whoever removes a member of a world on a laptop waits for it; on real lines 30 s is soon enough."""


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """One node to be made."""

    node: NodeId
    role: NodeRole
    country: str
    name: str


SECRETARIAT_PLAN: Final = MemberPlan(NodeId("SEC"), NodeRole.SECRETARIAT, "XPO", "Secretariat")
BUREAUS: Final = (
    MemberPlan(NodeId("SI"), NodeRole.BUREAU, "SVN", "National bureau Ljubljana"),
    MemberPlan(NodeId("FR"), NodeRole.BUREAU, "FRA", "National bureau Paris"),
    MemberPlan(NodeId("MA"), NodeRole.BUREAU, "MAR", "National bureau Rabat"),
)
POST: Final = MemberPlan(NodeId("SI-post1"), NodeRole.POST, "SVN", "Border post on the Kolpa")
MEMBERS: Final = (*BUREAUS, POST)
"""The whole demo world beside its secretariat."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node with its ports given."""

    plan: MemberPlan
    office_port: int
    search_port: int

    @property
    def office_url(self) -> str:
        """Where the node's office will be."""
        return f"https://localhost:{self.office_port}"

    @property
    def search_url(self) -> str:
        """Where the node's search will be."""
        return f"https://localhost:{self.search_port}"


def with_ports(plans: tuple[MemberPlan, ...]) -> dict[NodeId, PlannedNode]:
    """Give every planned node two free loopback ports."""
    ports = iter(free_ports(2 * len(plans)))
    return {plan.node: PlannedNode(plan, next(ports), next(ports)) for plan in plans}


def settings_of(
    node: PlannedNode, nodes: dict[NodeId, PlannedNode], network: str, database: DatabaseOf
) -> Settings:
    """Return the settings of one node of a world. A bureau asks its copy and the live secretariat."""
    plan, secretariat = node.plan, nodes[SECRETARIAT_PLAN.node]
    at_post = plan.role is NodeRole.POST
    sources = [SourceSection(name="copy", kind=SourceKind.COPY)]
    if plan.role is NodeRole.BUREAU:
        live = SourceSection(name="secretariat", kind=SourceKind.LIVE, url=secretariat.search_url)
        sources.append(live)
    return Settings(
        node=NodeSection(id=plan.node, role=plan.role, country=plan.country, name=plan.name, network=network),
        office=OfficeSection(host=LOOPBACK, port=node.office_port),
        search=SearchSection(host=LOOPBACK, port=node.search_port),
        database=DatabaseSection(url="sqlite" if at_post else database(plan.node)),
        secretariat=SecretariatSection(url=secretariat.office_url),
        worker=WorkerSection(directory_refresh_s=DIRECTORY_REFRESH_S),
        sources=sources,
        post=PostSection(bureau_url=nodes[NodeId(bureau_of(plan.node))].office_url) if at_post else None,
    )
