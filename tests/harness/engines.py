"""The two database engines that the product runs on."""

import os
from dataclasses import dataclass

from comity.kernel.ids import NodeId
from tests.harness.postgres import PostgresCluster

ENGINES = ("sqlite", "postgresql")


def wanted_engines() -> list[str]:
    """Return the engines to test on: both, or those in the environment variable ENGINES."""
    return [name for name in os.environ.get("ENGINES", ",".join(ENGINES)).split(",") if name in ENGINES]


@dataclass(frozen=True)
class Engine:
    """Where a node's rows are kept in this run."""

    name: str
    cluster: PostgresCluster | None

    def database(self, node: NodeId) -> str:
        """Return the address of a new empty database for `node`."""
        return "sqlite" if self.cluster is None else self.cluster.new_database(node)
