"""Offices of several nodes in the test's own process: no processes, no sockets, real database and keys.

A home is made and joined once per run; each test gets copies of homes and databases, so that tables
that refuse deletion need no emptying. `Offices.at` points this process at one node at a time.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
from tests.harness.engines import Engine

NETWORK = "test"
PASSWORD = "a long pass phrase for tests 7"


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
    runtime.home.cache_clear()
    connections.close_all()
    connections.settings["default"] = connections.configure_settings({"default": database_of(home)})[
        "default"
    ]
    with suppress(AttributeError):  # there is none in this thread yet
        del connections["default"]


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
        return made

    def _prepare_databases(self) -> None:
        from django.db import connections

        from comity.office import runtime

        for home in self.homes.values():
            if home.settings.node.role is not NodeRole.POST:
                enter(home)
                runtime.prepare_database()
        connections.close_all()

    def _join(self) -> None:
        from django.db import connections

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
        connections.close_all()


class Offices:
    """Copies of the templates for one test."""

    def __init__(self, templates: OfficeTemplates, folder: Path) -> None:
        self._templates = templates
        self._folder = folder
        self.homes: dict[NodeId, NodeHome] = {}
        for node in templates.homes:
            shutil.copytree(templates.folder / node, folder / node)
            self.homes[node] = NodeHome.open(folder / node)
        self._databases: set[NodeId] = set()

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
        if cluster is not None and node not in self._databases:
            template = home.settings.database.url
            name = f"{node.lower()}_{secrets.token_hex(4)}"
            cluster.copy_database(template.rsplit("/", 1)[1], name)
            changed = msgspec.structs.replace(home.settings, database=DatabaseSection(url=cluster.url(name)))
            write_private(home.path / SETTINGS_FILE, to_toml(changed).encode())
            self.homes[node] = home = NodeHome.open(home.path)
            self._databases.add(node)
        return home

    def close(self) -> None:
        """Let go of every connection."""
        from django.db import connections

        connections.close_all()
