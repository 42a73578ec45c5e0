"""One large attachment from desk to desk: how fast, and how much larger the processes of the nodes become.

The file is made up part by part and never stands anywhere as a whole but sealed: brought in over the
machine API, sent with a message through the relay, fetched by the recipient's worker and got out again
over the machine API. Growth is the highest resident memory of each process meanwhile (VmHWM, proc(5),
set back before) less what it had before.
"""

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import msgspec

from comity.cli.accounts import NewAccount, add_account, grant_for, random_password
from comity.cli.world.processes import NodeProcesses, ProcessKind
from comity.cli.world.world import SECRETARIAT, World
from comity.kernel.codes import Purpose, Role
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import BureauId, NodeId

MIB: Final = 1024 * 1024
GROWTH_BUDGET_MB: Final = 256.0
"""Of any process of either side or the relay (goal of the line)."""
ARRIVES_WITHIN_S: Final = 1800.0
POLL_S: Final = 0.25
GRANT_LIFE_S: Final = 6 * 3600
REQUEST_S: Final = 300.0
"""Closing a file of 2 GiB reads it once."""
OPERATOR: Final = "attachment-bench"
API: Final = "/api/v1"

Advance = Callable[[str, int, int], None]
"""Is told the stage, how much of it is done, and of how much."""


class AttachmentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one attachment took."""

    megabytes: int
    attach_s: float
    """From the first byte at the sender's desk until it is closed there."""
    carry_s: float
    """From sending until it is whole, opened and compared at the recipient."""
    open_s: float
    """Getting the original out at the recipient's desk."""
    attachment_growth_mb: float
    """Largest growth of any process."""
    growth_mb: dict[str, float]
    """Growth by node and kind of process."""


class Desk:
    """A program at one bureau's machine API."""

    def __init__(self, world: World, node: NodeId) -> None:
        grant = world.office(node).run(_grant, world.clock.now())
        home = world.homes[node]
        self._http = httpx.Client(
            base_url=home.settings.office_url + API,
            verify=ssl.create_default_context(cafile=str(home.network_ca)),
            headers={"Authorization": f"Bearer {grant}"},
            timeout=REQUEST_S,
            trust_env=False,
        )

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Return the JSON of an answer; raises `UnavailableError` (peer.answer) for a refusal."""
        answer = self._http.request(method, path, **more)
        if answer.is_error:
            raise UnavailableError(ErrorCode.PEER_ANSWER, field=path, detail=answer.text[:500])
        return answer.json()

    def digest_of(self, attachment_id: str) -> str:
        """Get an original and return its SHA-256."""
        digest = hashlib.sha256()
        with self._http.stream("GET", f"/attachments/{attachment_id}/content") as answer:
            for piece in answer.iter_raw():
                digest.update(piece)
        return digest.hexdigest()

    def close(self) -> None:
        """Let go of the line."""
        self._http.close()


class Memory:
    """How much processes grow from here on."""

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = processes
        for number in processes.values():
            # Without this right the peak since the start is taken, which is more, not less.
            with suppress(OSError):
                Path(f"/proc/{number}/clear_refs").write_text("5", encoding="ascii")
        self._before = {name: _kilobytes(number, "VmRSS") for name, number in processes.items()}

    def growth_mb(self) -> dict[str, float]:
        """Return the growth of each process in megabytes (2**20)."""
        return {
            name: round(max(0, _kilobytes(number, "VmHWM") - self._before[name]) / 1024, 1)
            for name, number in self._processes.items()
        }


def measure_attachment(
    world: World,
    sender: NodeId,
    recipient: NodeId,
    megabytes: int,
    advance: Advance = lambda _stage, _done, _total: None,
) -> AttachmentFigures:
    """Send one attachment of `megabytes` (2**20 bytes each) through the relay of a running world.

    `world` has office and worker at the secretariat and at both bureaus. Raises `UnavailableError` when
    it does not arrive whole.
    """
    desks = Desk(world, sender), Desk(world, recipient)
    try:
        return _measure(world, desks, (sender, recipient), megabytes, advance)
    finally:
        for desk in desks:
            desk.close()


def processes_of(world: World, nodes: tuple[NodeId, ...]) -> dict[str, int]:
    """Return the numbers of the processes of office and worker of nodes, children too, by name."""
    found: dict[str, int] = {}
    for node in nodes:
        for kind in (ProcessKind.OFFICE, ProcessKind.WORKER):
            for place, number in enumerate(_family(world.processes[node], kind)):
                found[f"{node} {kind}{f' {place}' if place else ''}"] = number
    return found


def _measure(
    world: World,
    desks: tuple[Desk, Desk],
    nodes: tuple[NodeId, NodeId],
    megabytes: int,
    advance: Advance,
) -> AttachmentFigures:
    memory = Memory(processes_of(world, (SECRETARIAT, *nodes)))
    begun = time.perf_counter()
    attachment_id, digest = _attach(desks[0], megabytes, advance)
    attached = time.perf_counter()
    message_id = _send(desks[0], BureauId(nodes[1]), attachment_id)
    fetched = _await(desks[1], message_id, advance)
    carried = time.perf_counter()
    if fetched["sha256"] != digest or desks[1].digest_of(fetched["attachment_id"]) != digest:
        raise UnavailableError(ErrorCode.ATTACHMENT_ALTERED)
    opened = time.perf_counter()
    growth = memory.growth_mb()
    return AttachmentFigures(
        megabytes=megabytes,
        attach_s=round(attached - begun, 2),
        carry_s=round(carried - attached, 2),
        open_s=round(opened - carried, 2),
        attachment_growth_mb=max(growth.values()),
        growth_mb=growth,
    )


def _attach(desk: Desk, megabytes: int, advance: Advance) -> tuple[str, str]:
    """Bring in a made-up file and return its id and its SHA-256."""
    draft = {"name": "film.mp4", "size": megabytes * MIB}
    begun = desk.ask("POST", "/attachments", json=draft)
    attachment_id, parts = begun["attachment"]["attachment_id"], begun["parts"]
    digest = hashlib.sha256()
    octets = {"Content-Type": "application/octet-stream"}
    for number, part in enumerate(_made_up(megabytes * MIB, begun["part_bytes"])):
        digest.update(part)
        desk.ask("PUT", f"/attachments/{attachment_id}/parts/{number}", content=part, headers=octets)
        advance("attach", number + 1, parts)
    desk.ask("POST", f"/attachments/{attachment_id}/complete")
    return attachment_id, digest.hexdigest()


def _made_up(size: int, part_bytes: int) -> Iterator[bytes]:
    """Yield the parts of a file that cannot be compressed: one block of noise, turned a little each time."""
    noise = Random(size).randbytes(min(part_bytes, max(1, size)))  # noqa: S311 - data to measure with
    for number in range(max(1, -(-size // part_bytes))):
        turn = number % len(noise)
        yield (noise[turn:] + noise[:turn])[: size - number * part_bytes]


def _send(desk: Desk, recipient: BureauId, attachment_id: str) -> str:
    draft = {
        "recipient": recipient,
        "subject": "Film",
        "text": "The film is attached.",
        "attachments": [attachment_id],
    }
    message_id: str = desk.ask("POST", "/messages", json=draft)["header"]["message_id"]
    return message_id


def _await(desk: Desk, message_id: str, advance: Advance) -> dict[str, Any]:
    """Return the attachment of a message at its recipient once it is whole there."""
    until = time.monotonic() + ARRIVES_WITHIN_S
    while time.monotonic() < until:
        found = _attachment_of(desk, message_id)
        if found is not None:
            advance("carry", found["percent"], 100)
            if found["state"] == "ready":
                return found
        time.sleep(POLL_S)
    raise UnavailableError(ErrorCode.NOT_READY, field="attachment")


def _attachment_of(desk: Desk, message_id: str) -> dict[str, Any] | None:
    try:
        message = desk.ask("GET", f"/messages/{message_id}")
    except UnavailableError:  # it has not come yet
        return None
    found: dict[str, Any] = message["attachments"][0]
    return found


def _grant(at: datetime) -> str:
    """Return a grant of the open office's operator, who is made when there is none."""
    from comity.office.people.models import Account

    if not Account.objects.filter(username=OPERATOR).exists():
        add_account(NewAccount(OPERATOR, random_password(), "Bench", (Role.OPERATOR,)), at)
    return grant_for(OPERATOR, tuple(Purpose), at, GRANT_LIFE_S)


def _family(processes: NodeProcesses, kind: ProcessKind) -> list[int]:
    number = processes.running[kind].pid
    children = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
    return [number, *map(int, children)]


def _kilobytes(number: int, name: str) -> int:
    lines = Path(f"/proc/{number}/status").read_text("utf-8").splitlines()
    pairs = dict(line.split(":", 1) for line in lines)
    return int(pairs[name].split()[0])
