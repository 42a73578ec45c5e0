"""The worker: its bell, its lanes, its process."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from comity.cli.world.processes import ProcessKind
from comity.kernel.clock import SystemClock
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import BureauId, NodeId
from comity.office.messages.bell import PIPE_NAME, Bell, Call, ring
from comity.office.messages.outbox import LONGEST_RETRY_S, retry_after_s
from comity.office.worker.lanes import LONGEST_PAUSE_S, Lane, Step, pause_after
from comity.office.worker.status import WorkerStatus, status_of
from tests.office.line.worlds import LineWorld


def test_the_bell_is_heard_and_never_waits(tmp_path: Path) -> None:
    ring(tmp_path)  # no worker ever ran here
    with Bell(tmp_path) as bell:
        assert not bell.wait(0)
        for _ in range(100_000):  # more than the pipe holds
            ring(tmp_path)
        assert bell.wait(0)
        while bell.wait(0):
            pass
        waker = threading.Timer(0.05, ring, (tmp_path,))
        waker.start()
        assert bell.wait(10)
    ring(tmp_path)  # nobody listens any more
    assert (tmp_path / PIPE_NAME).is_fifo()
    assert (tmp_path / PIPE_NAME).stat().st_mode & 0o077 == 0


def lane_of(stop: threading.Event, *steps: Step) -> Lane:
    return Lane("lane", list(steps), BureauId("SI"), SystemClock(), stop)


def test_a_fault_holds_up_its_own_step_only() -> None:
    stop, good, bad = threading.Event(), [], []

    def work(at) -> bool:
        good.append(at)
        return len(good) < 50

    def fail(at) -> bool:
        bad.append(at)
        if len(bad) < 3:
            raise UnavailableError(ErrorCode.PEER_UNREACHABLE, detail="ConnectError")
        stop.set()
        return False

    lane = lane_of(stop, Step("good", work, 3600.0), Step("bad", fail, 3600.0))
    lane.thread.start()
    lane.thread.join(10)
    assert not lane.thread.is_alive()
    assert len(good) == 50
    assert len(bad) == 3
    assert (lane.steps[1].failures, lane.steps[1].last_error) == (0, "")


def test_an_unforeseen_fault_is_named_without_its_text() -> None:
    """I11: the text of an exception may hold personal data."""
    stop = threading.Event()

    def fail(at) -> bool:
        stop.set()
        raise ValueError("Ivana Novak")

    lane = lane_of(stop, Step("step", fail, 1.0))
    lane.run()
    status = status_of([lane], SystemClock().now())
    assert status.steps["step"].last_error == "ValueError"
    assert b"Novak" not in msgspec.json.encode(status)


def test_a_ring_makes_a_step_due_at_once_but_not_a_failing_one() -> None:
    stop, rung, resting = threading.Event(), threading.Event(), []

    def answer(at) -> bool:
        if rung.is_set():
            stop.set()
        return False

    lane = lane_of(
        stop,
        Step("rung", answer, 3600.0, call=Call.REST),
        Step("rests", lambda at: bool(resting.append(at)), 3600.0),
    )
    lane.thread.start()
    time.sleep(0.1)
    rung.set()
    lane.ring()
    lane.thread.join(10)
    assert not lane.thread.is_alive()
    assert len(resting) == 1


def test_pauses_grow_to_a_limit_and_differ() -> None:
    assert max(pause_after(failures) for failures in range(1, 100)) <= LONGEST_PAUSE_S
    assert pause_after(1) < pause_after(20)
    assert len({retry_after_s(20) for _ in range(50)}) > 10
    assert LONGEST_RETRY_S / 2 <= retry_after_s(10_000) <= LONGEST_RETRY_S


def run_worker(home: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "comity.office.worker", "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_worker_of_a_node_refuses_to_start(line_world: LineWorld) -> None:
    done = run_worker(line_world.homes[NodeId("SI")].path)
    assert done.returncode == 2
    assert msgspec.json.decode(done.stderr.splitlines()[-1])["code"] == ErrorCode.CONFIG_IN_USE


def test_the_worker_stops_cleanly_and_says_how_it_does(line_world: LineWorld) -> None:
    processes = line_world.processes[NodeId("SI")]
    process = processes.running[ProcessKind.WORKER]
    path = processes.home.run_dir / "worker.json"
    deadline = time.monotonic() + 30
    while not path.exists() or msgspec.json.decode(path.read_bytes(), type=WorkerStatus).pid != process.pid:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    status = msgspec.json.decode(path.read_bytes(), type=WorkerStatus)
    assert set(status.steps) >= {"outbox", "inbox", "spool", "submissions", "withdrawals", "directory"}
    processes.signal(ProcessKind.WORKER, signal.SIGTERM)
    assert process.wait(30) == 0
    processes.start([ProcessKind.WORKER])
