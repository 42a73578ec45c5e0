"""The follower against a real door: applies whole pages, knows its age, trusts nothing that does not fit."""

from datetime import timedelta

import msgspec
import pytest

from comity.copies.feed import FeedFollower
from comity.copies.receipts import ReceiptBox
from comity.copies.status import StatusFile, read_status
from comity.index.reader import IndexReader
from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.errors import ConfigurationError, ErrorCode, IntegrityError, TrustError, UnavailableError
from comity.node.directory import instant
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.protocol.members import MemberStatus
from tests.copies.partners import wait_until
from tests.index.feeding import document


@pytest.fixture
def follower(settled):
    """One follower, stepped by hand."""
    home = settled("SI")
    clock = SystemClock()
    box = ReceiptBox(home.receipts_dir, home.node, home.signing)
    peer = PeerClient(home, clock)
    made = FeedFollower(home, peer, box, StatusFile(home.run_dir, clock), clock)
    made.box = box
    yield made
    made.close()
    peer.close()


def index_status(follower):
    return follower._index.status()


def sequence_of(home):
    return read_status(home.run_dir).sequence


def test_copy_follows_and_confirms(settled, secretariat, running):
    """I7: what is put arrives, what is withdrawn goes, and the copy says so by signature."""
    home = settled("SI")
    kept, gone = secretariat.put(document("AA1")), secretariat.put(document("AA2"))
    with running(home):
        assert wait_until(lambda: sequence_of(home) == 2)
        secretariat.withdraw(gone)
        assert wait_until(lambda: gone in secretariat.confirmed())
        assert wait_until(lambda: read_status(home.run_dir).sequence == 3)
    reader = IndexReader(home.index_dir)
    assert reader.record(kept, "SVN", SystemClock().now())
    assert reader.record(gone, "SVN", SystemClock().now()) is None
    assert {receipt.copy for receipt in secretariat.receipts} == {"SI"}
    status = read_status(home.run_dir)
    assert (status.last_error, status.unsent_receipts) == (None, 0)


def test_secretariat_follows_its_own_feed(settled, secretariat, running):
    home = settled("SEC")
    gone = secretariat.put(document("AA1"))
    secretariat.withdraw(gone)
    with running(home):
        assert wait_until(lambda: gone in secretariat.confirmed())
    assert all("/directory" not in asked.path for asked in secretariat.door.seen)


def test_pages_are_followed_to_the_head(follower, secretariat):
    secretariat.page_entries = 3
    for number in range(8):
        secretariat.put(document(f"AA{number}"))
    ages = []
    for _ in range(3):
        follower.step()
        ages.append(index_status(follower).as_of != "")
    assert index_status(follower).sequence == 8
    assert ages == [False, False, True], "a copy that is behind is not up to date"


def test_idle_copy_stays_fresh(follower, secretariat):
    secretariat.put(document("AA1"))
    start = SystemClock().now()
    secretariat.as_of = to_wire(start - timedelta(seconds=60))
    follower.step()
    secretariat.as_of = to_wire(start - timedelta(seconds=30))
    follower.step()
    assert index_status(follower).as_of == secretariat.as_of


def test_a_clock_ahead_does_not_make_the_copy_fresh_for_ever(follower, secretariat):
    secretariat.put(document("AA1"))
    secretariat.as_of = to_wire(SystemClock().now() + timedelta(days=30))
    follower.step()
    assert instant(index_status(follower).as_of) <= SystemClock().now()


def test_odd_instant_is_refused(follower, secretariat):
    secretariat.put(document("AA1"))
    secretariat.as_of = "now"
    with pytest.raises(UnavailableError) as caught:
        follower.step()
    assert (caught.value.code, caught.value.field) == (ErrorCode.PEER_ANSWER, "as_of")
    assert index_status(follower).sequence == 0


def altered(entries, place, **changes):
    return [*entries[:place], msgspec.structs.replace(entries[place], **changes), *entries[place + 1 :]]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda e: altered(e, 1, body=e[1].body.replace("AA1", "AA9")), ErrorCode.FEED_COMMITMENT),
        (lambda e: altered(e, 1, chain=e[2].chain), ErrorCode.FEED_CHAIN),
        (lambda e: [e[0], e[2], e[3]], ErrorCode.FEED_GAP),
        (lambda e: [e[1], e[0], *e[2:]], ErrorCode.FEED_GAP),
    ],
    ids=["body", "chain", "gap", "order"],
)
def test_feed_that_does_not_hold_is_not_applied(follower, secretariat, spoil, code):
    """I13: the whole page is refused, and confirmed nothing."""
    for number in range(4):
        secretariat.put(document(f"AA{number}"))
    good = secretariat.entries
    secretariat.entries = spoil(good)
    with pytest.raises(IntegrityError) as caught:
        follower.step()
    assert caught.value.code is code
    assert index_status(follower).sequence == 0
    assert follower.box.unsent() == []
    secretariat.entries = good
    follower.step()
    assert index_status(follower).sequence == 4


def test_feed_that_is_shorter_than_the_copy_is_noticed(follower, secretariat):
    """A secretariat put back from an old backup does not pass for up to date."""
    for number in range(3):
        secretariat.put(document(f"AA{number}"))
    follower.step()
    before = index_status(follower)
    secretariat.entries = secretariat.entries[:2]
    with pytest.raises(IntegrityError) as caught:
        follower.step()
    assert caught.value.code is ErrorCode.FEED_CHAIN
    assert index_status(follower) == before


def test_trouble_is_told_and_passes(settled, secretariat, running):
    home = settled("SI")
    feed = secretariat.door.answers["/node/v1/feed"]
    secretariat.door.answers["/node/v1/feed"] = (503, b'{"error": {"code": "node.not_ready"}}')
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).last_error == "node.not_ready")
        secretariat.door.answers["/node/v1/feed"] = feed
        secretariat.put(document("AA1"))
        assert wait_until(lambda: sequence_of(home) == 1)
        assert wait_until(lambda: read_status(home.run_dir).last_error is None)


def test_removed_member_stops_following_at_once(settled, secretariat, network, running):
    home = settled("SI")
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).as_of)
        removed = [
            msgspec.structs.replace(m, status=MemberStatus.REMOVED) if m.node == "SEC" else m
            for m in network.members
        ]
        secretariat.publish(removed, version=3)
        assert wait_until(lambda: read_status(home.run_dir).errors.get("feed") == "member.not_active")
    with pytest.raises(TrustError):
        NodeHome.open(home.path).directory.current(SystemClock().now()).active("SEC")


def test_new_directory_arrives(settled, secretariat, network, running):
    home = settled("SI")
    with running(home):
        secretariat.publish(network.members[:3], version=3)
        assert wait_until(lambda: home.directory.last().version == 3)


def test_old_directory_is_not_taken(settled, secretariat, network, running):
    home = settled("SI")
    with running(home):
        secretariat.publish(network.members, version=3)
        assert wait_until(lambda: home.directory.last().version == 3)
        secretariat.signed = network.signed
        assert wait_until(lambda: read_status(home.run_dir).errors.get("directory") == "directory.rollback")
        assert home.directory.last().version == 3


def test_status_is_missing_before_the_first_run(settled):
    with pytest.raises(ConfigurationError) as caught:
        read_status(settled("SI").run_dir)
    assert caught.value.code is ErrorCode.CONFIG_MISSING
