"""The process itself: stops when told, refuses what is set up wrongly, logs nobody's data, never gives up."""

import json
import signal
import threading
import time

import pytest

from comity.copies.errands import LONGEST_PAUSE_S, Errand, code_of, pause_after
from comity.copies.status import read_status
from comity.kernel.errors import ErrorCode, TrustError
from comity.node.peer import PeerRefusedError
from tests.copies.partners import wait_until
from tests.index.feeding import person

CANARY = "Kanarcek Zalostni"


def test_process_follows_logs_and_stops(settled, secretariat, spawn):
    """I11: events and counts are logged, never who."""
    home = settled("SI")
    gone = secretariat.put(person(CANARY))
    secretariat.withdraw(gone)
    process = spawn(home)
    assert wait_until(lambda: gone in secretariat.confirmed())
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert time.monotonic() - began < 8
    log = spawn.log_of(home)
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events[0] == "copies:process:started"
    assert "feed:page:applied" in events
    assert events[-1] == "copies:process:stopped"
    for word in CANARY.split():
        assert word not in log
        assert word not in (home.run_dir / "copies.json").read_text()
        assert word not in repr([asked.path for asked in secretariat.door.seen])


def test_home_that_others_can_read_is_refused(settled, spawn):
    home = settled("SI")
    home.path.chmod(0o755)
    assert spawn(home).wait(20) == 1
    refused = json.loads(spawn.log_of(home).splitlines()[-1])
    assert (refused["event"], refused["code"]) == ("copies:process:refused", "config.permissions")


def test_nobody_at_the_secretariat_is_survived(settled, secretariat, running):
    home = settled("SI")
    secretariat.close()
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).last_error == "peer.unreachable")
        assert set(read_status(home.run_dir).errors) >= {"feed", "directory"}


def test_pauses_grow_to_half_a_minute_and_differ():
    assert all(0.1 <= pause_after(0) <= 0.2 for _ in range(50))
    assert all(15 <= pause_after(n) <= LONGEST_PAUSE_S for n in (8, 9, 100, 10**6))
    assert len({pause_after(5) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TrustError(ErrorCode.MEMBER_UNKNOWN), "member.unknown"),
        (PeerRefusedError(409, "feed.gap", field=None, peer_retry=False), "feed.gap"),
        (PeerRefusedError(502, "", field=None, peer_retry=True), "peer.refused"),
        (ZeroDivisionError(CANARY), "internal.error"),
    ],
)
def test_each_error_has_a_code(error, code):
    assert code_of(error) == code


def test_errand_goes_on_after_an_unforeseen_error(capsys):
    """A fault in one step ends neither the errand nor its report, and its text is not logged (I11)."""
    stop, told = threading.Event(), []
    outcomes = iter([ZeroDivisionError(CANARY), None])

    def step():
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome
        stop.set()
        return 0.0

    Errand("test", step, lambda name, code: told.append((name, code)), stop).run()
    assert told == [("test", "internal.error"), ("test", None)]
    seen = capsys.readouterr()
    assert "Kanarcek" not in seen.out + seen.err
