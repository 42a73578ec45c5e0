"""Backups of a node's database, taken while it works, and putting an older one in its place."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from comity.cli.bench.cluster import CLUSTER_USER
from comity.cli.faults.world import FaultWorld


class Backups:
    """The backups of one world, the oldest one of each node."""

    def __init__(self, world: FaultWorld) -> None:
        self._world = world
        self._folder = world.folder / "backups"
        self._folder.mkdir()
        if any(cluster.prefix for cluster in world.clusters.values()):
            shutil.chown(self._folder, CLUSTER_USER)
        self.taken: dict[str, Path] = {}

    def take(self, node: str) -> None:
        """Make a backup of `node`, unless there is one."""
        if node in self.taken:
            return
        file = self._folder / node
        if node in self._world.clusters:
            self._world.clusters[node].dump(self._world.home(node).settings.database.url, file)
        else:
            with (
                closing(sqlite3.connect(self._world.home(node).database_path)) as source,
                closing(sqlite3.connect(file)) as copy,
            ):
                source.backup(copy)
        self.taken[node] = file

    def restore(self, node: str) -> None:
        """Put the backup in the place of the database; the node's processes must not run."""
        file = self.taken[node]
        if node in self._world.clusters:
            self._world.clusters[node].load(self._world.home(node).settings.database.url, file)
            return
        database = self._world.home(node).database_path
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(file, database)

    def forget(self) -> None:
        """Drop all backups: after a restore, older ones of other nodes would be a second disaster."""
        for file in self.taken.values():
            file.unlink()
        self.taken.clear()
