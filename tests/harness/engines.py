"""The two database engines that the product runs on."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import psycopg
from psycopg import sql

from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from tests.harness.postgres import PostgresCluster

ENGINES = ("sqlite", "postgresql")


def wanted_engines() -> list[str]:
    """Return the engines to test on: both, or those in the environment variable ENGINES."""
    return [name for name in os.environ.get("ENGINES", ",".join(ENGINES)).split(",") if name in ENGINES]


@dataclass(frozen=True)
class Engine:
    """Where a node's rows are kept in this run."""

    name: str
    start: Callable[[], PostgresCluster] | None
    """Called for the first database: most tests need but one of the two kinds of clusters."""

    @cached_property
    def cluster(self) -> PostgresCluster | None:
        return None if self.start is None else self.start()

    def database(self, node: NodeId) -> str:
        """Return the address of a new empty database for `node`."""
        return "sqlite" if self.cluster is None else self.cluster.new_database(node)

    def copy_database(self, source: NodeHome, target: NodeHome) -> None:
        """Put a copy of a database to which nobody is connected in the place of an empty one."""
        if self.cluster is None:
            shutil.copy(source.database_path, target.database_path)
        else:
            with psycopg.connect(self.cluster.url("postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name_of(target))))
            self.cluster.copy_database(name_of(source), name_of(target))


def name_of(home: NodeHome) -> str:
    """Return the name of a node's database in its cluster."""
    return home.settings.database.url.rpartition("/")[2]
