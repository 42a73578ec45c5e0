"""`comity status`: what can be seen of a node from its directory and its doors."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import msgspec

from comity.cli.world.processes import NodeProcesses
from comity.cli.world.readiness import is_ready
from comity.kernel.errors import ComityError
from comity.node.directory import instant
from comity.node.home import NodeHome


class NodeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a node is. Ages in whole seconds."""

    node: str
    role: str
    network: str
    processes: dict[str, bool]
    """Whether each process that listens answers that it is ready."""
    member: bool
    directory_version: int | None = None
    directory_age_s: int | None = None
    members: int | None = None
    copy_sequence: int | None = None
    copy_records: int | None = None
    copy_age_s: int | None = None
    problems: list[str] = []
    """Stable codes of what is not well."""

    @property
    def well(self) -> bool:
        """Whether every process answers and nothing is amiss."""
        return not self.problems and all(self.processes.values())

    def pairs(self) -> Iterator[tuple[str, object]]:
        """Return the lines for people."""
        for name, value in msgspec.structs.asdict(self).items():
            if name == "processes":
                yield from ((kind, "ready" if ready else "does not answer") for kind, ready in value.items())
            elif value is not None:
                yield name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value


def status_of(home: NodeHome, at: datetime, *, doors: bool = True) -> NodeStatus:
    """Look at a node's doors, directory and copy; what fails is named by its code, nothing is raised."""
    facts: dict[str, int] = {}
    problems: list[str] = []
    for look in (_directory, _copy):
        try:
            facts |= look(home, at)
        except ComityError as error:
            problems.append(str(error.code))
    return NodeStatus(
        node=home.node,
        role=home.settings.node.role,
        network=home.settings.node.network,
        processes=_processes(home) if doors else {},
        member="directory_version" in facts,
        problems=problems,
        **facts,
    )


def _processes(home: NodeHome) -> dict[str, bool]:
    processes = NodeProcesses(home)
    doors = {kind: processes.door(kind) for kind in processes.kinds}
    return {str(kind): is_ready(door) for kind, door in doors.items() if door is not None}


def _directory(home: NodeHome, at: datetime) -> dict[str, int]:
    trusted = home.directory.current(at)
    age = at - instant(trusted.directory.issued_at)
    return {
        "directory_version": trusted.version,
        "directory_age_s": int(age.total_seconds()),
        "members": len(trusted.active_members()),
    }


def _copy(home: NodeHome, at: datetime) -> dict[str, int]:
    from comity.index.reader import IndexReader

    with closing(IndexReader(home.index_dir)) as reader:
        found = reader.status()
    age = at - datetime.fromisoformat(found.as_of)
    return {
        "copy_sequence": found.sequence,
        "copy_records": found.records,
        "copy_age_s": int(age.total_seconds()),
    }
