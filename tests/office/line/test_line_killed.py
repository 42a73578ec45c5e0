"""I4 through the front door: `kill -9` at random points of a message's way, and nothing is lost or doubled.

Two bureaus write into one thread while one process after another is killed: the serving office, the whole
office, the worker, at either bureau or at the relay. Half of the seeds run on SQLite, half on PostgreSQL. At
the end an independent check compares what was acknowledged with what the recipient's desk shows.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import pytest

from comity.cli.world.processes import ProcessKind
from comity.kernel.codes import Role
from comity.office.worker.status import WorkerStatus
from tests.harness.clients import Machine
from tests.office.line.worlds import LineWorld

SEEDS = int(os.environ.get("KILL_SEEDS", "8"))
"""Per engine. The sample of `comity test faults` kills more; this one kills in the midst of every message."""
STARTING_AT_ONCE = 2
"""Processes that start side by side: as many as a small machine has cores."""
LONGEST_DELAY_S = 0.12
"""A message takes about as long from desk to desk."""
SETTLED_WITHIN_S = 240.0
"""A few seconds on a quiet machine; a lost message never settles."""
OFFICES = ("SEC", "SI", "FR")


@dataclass
class Sender:
    """One desk that writes into the thread; what it was told, and what it was not."""

    machine: Machine
    recipient: str
    thread_id: str
    attempts: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Message id by text, for what the office answered with 201."""

    def send(self, text: str) -> None:
        self.attempts.append(text)
        draft = {"recipient": self.recipient, "text": text, "thread_id": self.thread_id}
        # No answer tells nothing: the message may be stored or not.
        with suppress(httpx.HTTPError):
            answer = self.machine.post("/api/v1/messages", draft)
            if answer.status_code == 201:
                self.acknowledged[text] = answer.json()["header"]["message_id"]
            else:
                assert answer.status_code >= 500, answer.text


class Reaper:
    """Kills processes and has them started again in the background, as a supervisor would."""

    def __init__(self, world: LineWorld) -> None:
        self.world = world
        self.kills: Counter[str] = Counter()
        self._room = threading.BoundedSemaphore(STARTING_AT_ONCE)
        self._pool = ThreadPoolExecutor()
        self._starting: dict[tuple[str, ProcessKind], Future[None]] = {}

    def kill(self, chance: random.Random) -> None:
        """Kill what `chance` says, if it is up; the serving office more often, for it is back at once."""
        node = chance.choice(OFFICES)
        what = chance.choices(("serving office", "office", "worker"), (4, 1, 4))[0]
        if what == "serving office":
            self._kill_serving(node)
            return
        kind = ProcessKind.OFFICE if what == "office" else ProcessKind.WORKER
        if (node, kind) in self._starting:
            # It was killed a moment ago; it is killed again when it works again.
            self._starting[node, kind].result()
        self.world.processes[node].kill(kind)
        self.kills[what] += 1
        self._starting[node, kind] = self._pool.submit(self._start, node, kind)

    def _kill_serving(self, node: str) -> None:
        master = self.world.processes[node].running[ProcessKind.OFFICE].pid
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
                self.kills["serving office"] += 1

    def _start(self, node: str, kind: ProcessKind) -> None:
        with self._room:
            processes = self.world.processes[node]
            processes.start([kind])
            if kind is ProcessKind.OFFICE:
                processes.wait_ready([kind])
            else:
                self._wait_worker(node, processes.running[kind].pid)

    def _wait_worker(self, node: str, pid: int) -> None:
        path = self.world.homes[node].run_dir / "worker.json"
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while msgspec.json.decode(path.read_bytes(), type=WorkerStatus).pid != pid:
            assert time.monotonic() < deadline, "the worker did not come back"
            time.sleep(0.02)

    def wait(self) -> None:
        for starting in self._starting.values():
            starting.result()


@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_and_order_is_kept(line_world: LineWorld) -> None:
    """I4."""
    machines = {node: line_world.machine(node, Role.OPERATOR) for node in ("SI", "FR")}
    thread = _open_thread(machines)
    senders = [Sender(machines["SI"], "FR", thread), Sender(machines["FR"], "SI", thread)]
    reaper = Reaper(line_world)
    with ThreadPoolExecutor() as pool:
        for seed in range(SEEDS):
            _one_seed(seed, senders, reaper, pool)
    reaper.wait()
    assert sum(reaper.kills.values()) >= SEEDS / 2
    assert all(len(sender.acknowledged) >= len(sender.attempts) / 4 for sender in senders)
    _check(senders[0], machines["SI"], machines["FR"], "SI")
    _check(senders[1], machines["FR"], machines["SI"], "FR")


def _open_thread(machines: dict[str, Machine]) -> str:
    draft = {"recipient": "FR", "subject": "thread", "text": "first"}
    thread = machines["SI"].post("/api/v1/messages", draft).json()["header"]["thread_id"]
    _until(lambda: _shown(machines["FR"], "SI", thread), "the first message did not arrive")
    return thread


def _one_seed(seed: int, senders: list[Sender], reaper: Reaper, pool: ThreadPoolExecutor) -> None:
    """Send one to three messages each way and kill something in the midst of it."""
    chance = random.Random(seed)
    delay_s = chance.uniform(0, LONGEST_DELAY_S)
    counts = [chance.randint(1, 3) for _ in senders]

    def kill() -> None:
        time.sleep(delay_s)
        reaper.kill(chance)

    def write(sender: Sender, count: int) -> None:
        for number in range(count):
            sender.send(f"{seed}-{number}")

    under_way = [pool.submit(kill)]
    under_way += [pool.submit(write, *each) for each in zip(senders, counts, strict=True)]
    for each in under_way:
        each.result()


def _shown(machine: Machine, sender: str, thread: str) -> list[dict]:
    """Return what a desk shows of one sender in a thread, in its order, by the list that programs read."""
    found: list[dict] = []
    after = 0
    while True:
        page = machine.get("/api/v1/messages", params={"after": after, "limit": 200}).json()["messages"]
        if not page:
            return [one for one in found if (one["sender"], one["thread_id"]) == (sender, thread)]
        found += page
        after = page[-1]["id"]


def _until(holds, message: str, within_s: float = SETTLED_WITHIN_S):
    deadline = time.monotonic() + within_s
    while True:
        with suppress(httpx.HTTPError, KeyError):
            found = holds()
            if found:
                return found
        assert time.monotonic() < deadline, message
        time.sleep(0.1)


def _check(sender: Sender, at_sender: Machine, at_recipient: Machine, bureau: str) -> None:
    def settled() -> bool:
        own = _shown(at_sender, bureau, sender.thread_id)
        return bool(own) and all(header["state"] == "delivered" for header in own)

    _until(settled, "not every message of the sender was receipted")
    shown = _shown(at_recipient, bureau, sender.thread_id)
    ids = [header["message_id"] for header in shown]
    texts = [at_recipient.get(f"/api/v1/messages/{one}").json()["text"] for one in ids]
    expected = ["first", *sender.attempts] if bureau == "SI" else sender.attempts

    assert len(set(ids)) == len(ids), "a message is shown twice"
    assert len(set(texts)) == len(texts), "a text is shown twice"
    lost = [text for text, message_id in sender.acknowledged.items() if message_id not in ids]
    assert not lost, f"acknowledged and lost: {lost}"
    # What was never answered may have been stored late, after what was sent behind it.
    answered = [text for text in expected if text in sender.acknowledged or text == "first"]
    assert [text for text in texts if text in set(answered)] == answered, "order was not kept"
    # What the sender's desk shows is what the recipient's shows: no message is stored on one side only.
    stored = _shown(at_sender, bureau, sender.thread_id)
    assert [header["message_id"] for header in stored] == ids
