"""The private PostgreSQL cluster of one test run: durable settings as in production, gone afterwards."""

from comity.cli.bench.cluster import NoPostgresError, PostgresCluster

__all__ = ["NoPostgresError", "PostgresCluster"]
