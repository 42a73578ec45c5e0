"""Offices of several nodes in the test's own process: no processes, no sockets, real database and keys.

A home is made and joined once per run; each test gets copies of homes and databases, so that tables
that refuse deletion need no emptying. `Offices.at` points this process at one node at a time.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from comity.cli.accounts import NewAccount, add_account
from comity.cli.nodes import make_node
from comity.cli.world.plans import MEMBERS, SECRETARIAT_PLAN, settings_of, with_ports
from comity.crypto.files import write_private
from comity.kernel.clock import SystemClock
from comity.kernel.codes import NodeRole, Role
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.node.invitations import complete_join, make_join_request
from comity.node.settings import SETTINGS_FILE, DatabaseSection, to_toml
from tests.harness.engines import Engine, name_of
from tests.harness.reusing import ReusedDatabases

NETWORK = "test"
PASSWORD = "a long pass phrase for tests 7"

_connections: dict[str, Any] = {}
"""By the name of their database: whoever goes back and forth between offices need not connect anew."""


def boot_for_import(folder: Path) -> None:
    """Set Django up with a throw-away node, so that test modules can import the office at their top."""
    from comity.office import runtime

    nodes = with_ports((SECRETARIAT_PLAN,))
    settings = settings_of(nodes[SECRETARIAT_PLAN.node], nodes, NETWORK, lambda _: "sqlite")
    runtime.boot(make_node(folder / "import", settings, SystemClock()).path)


def enter(home: NodeHome) -> None:
    """Point this process's office at `home`: its keys, directory and database."""
    from django.db import connections

    from comity.office import runtime
    from comity.office.database import database_of

    os.environ[runtime.HOME_VARIABLE] = str(home.path)
    described = connections.configure_settings({"default": database_of(home)})
    connections.settings["default"] = described["default"]
    name = described["default"]["NAME"]
    if name not in _connections:
        _connections[name] = connections.create_connection("default")
    connections["default"] = _connections[name]


def start_anew() -> None:
    """Let offices that are entered from now on be as in a process that has just started."""
    from comity.office import runtime

    runtime._opened.cache_clear()


def disconnect() -> None:
    """Close the connections to every database that was entered."""
    while _connections:
        _connections.popitem()[1].close()


class OfficeTemplates:
    """Joined members with migrated databases; never used directly."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder = folder
        self.engine = engine
        self.homes: dict[NodeId, NodeHome] = {}

    @classmethod
    def create(cls, folder: Path, engine: Engine) -> "OfficeTemplates":
        """Make all members of the usual world and join them through the services, without HTTP."""
        from django.conf import settings as django_settings

        if not django_settings.configured:
            boot_for_import(folder)
        made = cls(folder, engine)
        nodes = with_ports((SECRETARIAT_PLAN, *MEMBERS))
        for planned in nodes.values():
            settings = settings_of(planned, nodes, NETWORK, engine.database)
            made.homes[planned.plan.node] = make_node(folder / planned.plan.node, settings, SystemClock())
        made._prepare_databases()
        made._join()
        made._keep()
        return made

    def _prepare_databases(self) -> None:
        from comity.office import runtime

        offices = [home for home in self.homes.values() if home.settings.node.role is not NodeRole.POST]
        enter(offices[0])
        runtime.prepare_database()
        disconnect()
        for home in offices[1:]:
            self.engine.copy_database(offices[0], home)

    def _join(self) -> None:
        from comity.office.members.services import issue_invitation, redeem_invitation

        secretariat = self.homes[SECRETARIAT_PLAN.node]
        enter(secretariat)
        answers = {}
        for plan in MEMBERS:
            at = SystemClock().now()
            invitation = issue_invitation(None, plan.node, plan.role, plan.country, plan.name, at)
            answer = redeem_invitation(make_join_request(self.homes[plan.node], invitation), at)
            answers[plan.node] = invitation, answer
        newest = answers[MEMBERS[-1].node][1].directory
        for node, (invitation, answer) in answers.items():
            at = SystemClock().now()
            complete_join(self.homes[node], invitation, answer, at)
            self.homes[node].directory.accept(newest, at)
        disconnect()

    def _keep(self) -> None:
        if self.engine.cluster is not None:
            self.databases = ReusedDatabases(self.engine.cluster)
            for home in self.homes.values():
                if home.settings.node.role is not NodeRole.POST:
                    self.databases.keep(name_of(home))


class Offices:
    """Copies of the templates for one test."""

    def __init__(self, templates: OfficeTemplates, folder: Path) -> None:
        self._templates = templates
        self._folder = folder
        self.homes: dict[NodeId, NodeHome] = {}
        for node in templates.homes:
            shutil.copytree(templates.folder / node, folder / node)
            self.homes[node] = NodeHome.open(folder / node)
        self._taken: dict[NodeId, tuple[str, str]] = {}

    @contextmanager
    def at(self, node: str) -> Iterator[NodeHome]:
        """Enter the office of `node`; may be nested, the outer node comes back afterwards."""
        from comity.office import runtime

        before = runtime.home()
        enter(self._with_database(NodeId(node)))
        try:
            yield self.homes[NodeId(node)]
        finally:
            enter(before)

    def account(self, node: str, username: str, *roles: Role) -> str:
        """Make an account at an office and return its id."""
        with self.at(node):
            new = NewAccount(username, PASSWORD, username.title(), roles)
            return add_account(new, SystemClock().now())

    def path(self, node: str) -> Path:
        """Return the data directory of `node`, for commands that run as processes of their own."""
        return self._with_database(NodeId(node)).path

    def _with_database(self, node: NodeId) -> NodeHome:
        home, cluster = self.homes[node], self._templates.engine.cluster
        if cluster is not None and node not in self._taken:
            template = name_of(home)
            name = self._templates.databases.take(template, node)
            self._taken[node] = template, name
            changed = msgspec.structs.replace(home.settings, database=DatabaseSection(url=cluster.url(name)))
            write_private(home.path / SETTINGS_FILE, to_toml(changed).encode())
            self.homes[node] = home = NodeHome.open(home.path)
        return home

    def close(self) -> None:
        """Let go of every connection and database."""
        disconnect()
        for template, name in self._taken.values():
            self._templates.databases.give_back(template, name)
        self._taken.clear()
