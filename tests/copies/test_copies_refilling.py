"""A new generation filled from the feed beside the one that is searched (I7)."""

import random
import signal
import threading
from contextlib import closing
from types import SimpleNamespace

import pytest

from comity.copies.receipts import ReceiptBox
from comity.copies.refilling import refill
from comity.copies.status import read_status
from comity.index import generations, layout
from comity.index.opening import LiveIndex
from comity.index.reader import IndexReader
from comity.index.rebuilding import rebuild_from_rows
from comity.index.verifying import verify_all
from comity.index.writer import IndexWriter
from comity.kernel.clock import SystemClock
from comity.kernel.errors import ErrorCode, IntegrityError
from comity.node.peer import PeerClient, PeerRefusedError
from tests.copies.partners import DOWN, wait_until
from tests.index.feeding import AS_OF, document


@pytest.fixture
def home(settled, secretariat):
    """A node whose copy stands at 6 of 8 entries."""
    home = settled("SI")
    gone = secretariat.put(document("AA0"))
    for number in range(1, 5):
        secretariat.put(document(f"AA{number}"))
    secretariat.withdraw(gone)
    with IndexWriter(home.index_dir, "SVN") as writer:
        writer.apply(secretariat.entries, AS_OF)
    secretariat.put(document("AA5"))
    secretariat.withdraw(secretariat.entries[1].record_id)
    return home


@pytest.fixture
def peer(home):
    made = PeerClient(home, SystemClock())
    yield made
    made.close()


def told(_what, _done, _total):
    """Progress that nobody watches."""


def status_of(home):
    reader = IndexReader(home.index_dir)
    try:
        return reader.status()
    finally:
        reader.close()


def test_a_refill_ends_where_the_copy_stands_and_confirms_nothing_twice(home, peer, secretariat):
    before, steps = status_of(home), []
    secretariat.page_entries = 2
    rebuilt = refill(home, peer, lambda _, *step: steps.append(step))
    assert (rebuilt.generation, rebuilt.sequence, rebuilt.records) == (2, 6, 4)
    assert status_of(home) == before
    assert steps[:2] == [(0, 6), (2, 6)]
    assert ReceiptBox(home.receipts_dir, home.node, home.signing).unsent() == []


def test_a_refill_that_broke_off_goes_on_where_it_stood(home, peer, secretariat):
    secretariat.page_entries = 2
    feed = secretariat.door.answers["/node/v1/feed"]

    def line_is_cut(_what, done, _total):
        if done == 4:
            secretariat.door.answers["/node/v1/feed"] = DOWN

    with pytest.raises(PeerRefusedError):
        refill(home, peer, line_is_cut)
    assert generations.current_number(home.index_dir) == 1
    secretariat.door.answers["/node/v1/feed"] = feed
    steps = []
    assert refill(home, peer, lambda _, done, total: steps.append(done)).generation == 2
    assert steps[0] == 4


def test_another_history_than_the_one_applied_is_not_put_into_use(home, peer, secretariat):
    """I13: an index that was built from a feed which was rewritten since is noticed."""
    secretariat.feed, secretariat.entries = type(secretariat.feed)(), []
    for number in range(8):
        secretariat.put(document(f"ZZ{number}"))
    with pytest.raises(IntegrityError) as caught:
        refill(home, peer, told)
    assert caught.value.code == ErrorCode.FEED_CHAIN
    assert generations.current_number(home.index_dir) == 1


def test_a_copy_that_runs_goes_on_after_the_swap(home, peer, secretariat, running):
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).sequence == 8)
        added = secretariat.put(document("AA6"))
    # One process opens an index once; here the copy's own process has ended, and begins again below.
    assert refill(home, peer, told).generation == 2
    with running(home):
        secretariat.withdraw(added)
        assert wait_until(lambda: added in secretariat.confirmed())
    assert status_of(home).sequence == len(secretariat.entries)


def test_an_index_that_cannot_be_read_is_begun_anew(home, peer, secretariat, running):
    data = generations.current(home.index_dir) / "data.mdb"
    data.write_bytes(b"\0" * data.stat().st_size)
    rebuilt = refill(home, peer, told)
    assert (rebuilt.generation, rebuilt.records) == (2, 0)
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).sequence == 8)
    assert status_of(home).records == 4


def test_an_index_of_another_format_is_filled_anew_by_itself(home, secretariat, running):
    with IndexWriter(home.index_dir, "SVN") as writer:
        older = layout.encode_state(layout.State(format=layout.FORMAT - 1, sequence=6))
        writer._write(lambda t: t.put(layout.STATE_KEY, older, db=writer._databases.meta))
    with pytest.raises(IntegrityError):
        status_of(home)
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).sequence == 8)
    found = status_of(home)
    assert (found.format, found.records) == (layout.FORMAT, 4)


@pytest.fixture
def changing(secretariat):
    """Put and withdraw records until told to stop; gives what is there and what is gone."""
    present, gone, ended = set(), set(), threading.Event()
    chance = random.Random(5)

    def come_and_go():
        while not ended.wait(0.01):
            present.add(secretariat.put(document(f"BB{len(secretariat.entries)}")))
            if chance.random() < 0.4:
                leaving = chance.choice(sorted(present))
                secretariat.withdraw(leaving)
                present.remove(leaving)
                gone.add(leaving)

    thread = threading.Thread(target=come_and_go)

    def stop():
        ended.set()
        thread.join()

    thread.start()
    yield SimpleNamespace(present=present, gone=gone, stop=stop)
    stop()


def test_records_come_and_go_through_rebuilds_beside_the_real_process(
    home, peer, secretariat, changing, spawn
):
    """I7: nothing is lost, nothing withdrawn comes back, and every withdrawal is confirmed once."""
    process = spawn(home)
    assert wait_until((home.run_dir / "copies.json").exists)
    assert wait_until(lambda: read_status(home.run_dir).sequence > 8)
    for number, build in ((2, rebuild_from_rows), (3, refill)):
        arguments = (home, peer) if build is refill else (home.index_dir, "SVN")
        rebuilt = build(*arguments, told)
        assert rebuilt.generation == number
    assert wait_until(lambda: read_status(home.run_dir).sequence > rebuilt.sequence)
    changing.stop()
    assert wait_until(lambda: read_status(home.run_dir).sequence == len(secretariat.entries))
    # The last of the fixture's own withdrawals came after what the copy had applied, so it is confirmed too.
    fresh = changing.gone | {secretariat.entries[7].record_id}
    assert wait_until(lambda: set(secretariat.confirmed()) >= fresh)
    assert sorted(secretariat.confirmed()) == sorted(fresh)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    with closing(LiveIndex.at(home.index_dir)) as live, live.snapshot() as snapshot:
        assert verify_all(snapshot, told).faults == []
    with closing(IndexReader(home.index_dir)) as reader:
        now = SystemClock().now()
        known = changing.present | changing.gone
        assert {one for one in known if reader.record(one, "SVN", now)} == changing.present
