"""Real nodes with real keys in a folder, and their search processes over real TLS."""

import json
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from comity.cli.world.ports import free_ports
from comity.index.writer import IndexWriter
from comity.kernel.clock import FixedClock, SystemClock, to_wire
from comity.kernel.codes import NodeRole, Purpose, Role, SourceKind
from comity.kernel.ids import new_id
from comity.ledger.spool import START, SpoolReader
from comity.node.directory import make_directory, sign_directory
from comity.node.grants import issue_grant
from comity.node.home import NodeHome
from comity.node.invitations import (
    admit,
    complete_join,
    issued,
    make_invitation,
    make_join_request,
    verify_join_request,
)
from comity.node.settings import NodeSection, SearchSection, SecretariatSection, Settings, SourceSection
from comity.protocol.grants import Grant
from comity.protocol.journal import JournalEntry
from comity.protocol.members import JoinAnswer, MemberStatus
from tests.index.feeding import Feed

NODES = {
    "SEC": (NodeRole.SECRETARIAT, "XPO"),
    "SI": (NodeRole.BUREAU, "SVN"),
    "FR": (NodeRole.BUREAU, "FRA"),
}
COPY = SourceSection(name="international", kind=SourceKind.COPY)
READY_WITHIN_S = 20


def free_port():
    return free_ports(1)[0]


def settings_of(node, port, sources=(COPY,), **search):
    role, country = NODES[node]
    return Settings(
        node=NodeSection(id=node, role=role, country=country, name=f"Node {node}", network="Test"),
        search=SearchSection(port=port, **search),
        secretariat=SecretariatSection(url="" if node == "SEC" else "https://localhost:1"),
        sources=list(sources),
    )


class Network:
    """A secretariat and two bureaus, all joined; their directories change by `publish`."""

    def __init__(self, folder, *, at=None, **settings):
        self.at = at or SystemClock().now() - timedelta(minutes=1)
        self.ports = {node: free_port() for node in NODES}
        self.homes = {}
        secretariat = self._create(folder, "SEC", settings)
        self.members = list(secretariat.directory.current(self.at).directory.members)
        self.version = 2
        joining = [self._join(folder, node, settings) for node in ("SI", "FR")]
        signed = self._sign(self.members)
        for home, invitation, certificate in joining:
            complete_join(
                home, invitation, JoinAnswer(certificate=certificate.decode(), directory=signed), self.at
            )
        secretariat.directory.accept(signed, self.at)

    def _create(self, folder, node, settings):
        made = settings_of(node, self.ports[node], **settings.get(node, {}))
        self.homes[node] = NodeHome.create(folder / node, made, FixedClock(self.at))
        return self.homes[node]

    def _join(self, folder, node, settings):
        home, secretariat = self._create(folder, node, settings), self.homes["SEC"]
        role, country = NODES[node]
        invitation = make_invitation(
            secretariat, node=node, role=role, country=country, name=node, at=self.at
        )
        request = make_join_request(home, invitation)
        verify_join_request(request, issued(invitation), self.at)
        member, certificate = admit(secretariat, request, issued(invitation), self.at)
        self.members.append(member)
        return home, invitation, certificate

    def _sign(self, members):
        directory = make_directory("Test", self.version, members, self.at)
        return sign_directory(directory, self.homes["SEC"].signing)

    def publish(self, status, node, *, only=None):
        """Give every home (or `only` one) a directory in which `node` has another standing."""
        self.version += 1
        self.at += timedelta(seconds=1)
        self.members = [
            msgspec.structs.replace(member, status=MemberStatus(status)) if member.node == node else member
            for member in self.members
        ]
        signed = self._sign(self.members)
        for home in self.homes.values() if only is None else [self.homes[only]]:
            home.directory.accept(signed, self.at)

    def grant(self, bureau="SI", *, purposes=frozenset(Purpose), roles=(Role.OFFICER,), start=-10, life=3600):
        now = int(time.time()) + start
        return issue_grant(
            self.homes[bureau].signing,
            Grant(
                grant_id=new_id(datetime.now(UTC)),
                issuer=bureau,
                bureau=bureau,
                officer="officer-1",
                roles=frozenset(roles),
                purposes=frozenset(purposes),
                issued_at=now,
                expires_at=now + life,
            ),
        )

    def fill(self, node, *bodies, as_of=None, country="XPO"):
        """Write an index as a copy of exactly these records."""
        feed = Feed()
        with IndexWriter(self.homes[node].index_dir, country) as writer:
            writer.clear()
            now = to_wire(datetime.now(UTC)) if as_of is None else as_of
            writer.apply([feed.put(body) for body in bodies], now)

    def url(self, node):
        return f"https://localhost:{self.ports[node]}"

    def client(self, node, *, token=None, certificate_of=None):
        """Return an HTTP client to a node's search, with a node's certificate where one is named."""
        context = ssl.create_default_context(cafile=str(self.homes[node].network_ca))
        if certificate_of:
            home = self.homes[certificate_of]
            context.load_cert_chain(home.tls_certificate, home.tls_key)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url(node), verify=context, headers=headers, timeout=20)

    def journal(self, node):
        """Return every entry on record at a node."""
        return [
            msgspec.json.decode(body, type=JournalEntry)
            for _, body in SpoolReader(self.homes[node].spool_dir).read(START, 1_000_000)
        ]

    @contextmanager
    def serving(self, node, *, certificate_of=None, before=None, command=None):
        """Run a node's search process; on leaving it is told to stop and must stop."""
        log = (self.homes[node].log_dir / "search.log").open("ab")
        command = command or [sys.executable, "-m", "comity.search", "--home", str(self.homes[node].path)]
        process = subprocess.Popen(command, stderr=log, preexec_fn=before)  # noqa: PLW1509 (limits of the child)
        try:
            self._wait(node, process, certificate_of)
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(15)
            log.close()

    def log(self, node):
        return (self.homes[node].log_dir / "search.log").read_text()

    def _wait(self, node, process, certificate_of):
        until = time.monotonic() + READY_WITHIN_S
        with self.client(node, certificate_of=certificate_of) as client:
            while time.monotonic() < until and process.poll() is None:
                try:
                    client.get("/livez").raise_for_status()
                except httpx.TransportError:
                    time.sleep(0.05)
                else:
                    return
        pytest.fail(f"search of {node} did not start: {self.log(node)[-2000:]}")


def body(query, purpose="border_control", **more):
    return {"purpose": purpose, "query": query, **more}


def ask(client, query, **more):
    """Search and return the answer; fails when it was refused."""
    response = client.post("/v1/search", json=body(query, **more))
    assert response.status_code == 200, response.text
    return response.json()


def refused(response, status, code, field=None):
    """Check the one form of every refusal."""
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (status, code, field), response.text
    assert set(error) == {"code", "message", "field", "remedy", "retry"}
    assert response.headers["content-type"] == "application/json"
    assert json.dumps(error)
