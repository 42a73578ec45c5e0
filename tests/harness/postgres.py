"""The private PostgreSQL clusters of one test run, gone afterwards: durable as in production, or quick."""

from types import MappingProxyType
from typing import Final

from comity.cli.bench.cluster import DURABLE, NoPostgresError, PostgresCluster

PASSING: Final = MappingProxyType({**DURABLE, "fsync": "off"})
"""What differs shows only after the machine itself has gone down, which no test does."""

__all__ = ["DURABLE", "PASSING", "NoPostgresError", "PostgresCluster"]
