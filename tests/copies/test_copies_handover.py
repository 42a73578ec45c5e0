"""A post's journal reaches its bureau whole, in order, each entry once."""

import json

import pytest

from comity.copies import handover
from comity.copies.handover import JournalHandover
from comity.kernel.clock import SystemClock
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.ledger.spool import SpoolWriter
from comity.node.peer import PeerClient, PeerRefusedError
from tests.copies.partners import wait_until


@pytest.fixture
def post(settled, bureau):
    return settled("SI-post1", bureau_url=bureau.door.url)


@pytest.fixture
def spool(post):
    writer = SpoolWriter(post.spool_dir)
    yield writer
    writer.close()


@pytest.fixture
def errand(post, bureau):
    with PeerClient(post, SystemClock()) as peer:
        yield JournalHandover(post, peer, bureau.door.url)


def write(spool, numbers):
    bodies = [json.dumps({"entry": "refusal", "n": number}) for number in numbers]
    for body in bodies:
        spool.append(body.encode()).result(10)
    return bodies


def test_journal_is_handed_over_by_the_process(post, bureau, spool, secretariat, running):
    written = write(spool, range(5))
    with running(post):
        assert wait_until(lambda: bureau.bodies == written)
        written += write(spool, range(5, 8))
        assert wait_until(lambda: bureau.bodies == written)
    with running(post):
        written += write(spool, range(8, 9))
        assert wait_until(lambda: bureau.bodies == written)


def test_limits_cut_the_journal_into_parts(bureau, spool, errand, monkeypatch):
    monkeypatch.setattr(handover, "MAX_FORWARD_BYTES", 100)
    monkeypatch.setattr(handover, "MAX_SPOOL_ITEMS", 4)
    written = write(spool, range(10))
    steps = 0
    while len(bureau.bodies) < 10:
        errand.step()
        steps += 1
    assert bureau.bodies == written
    assert steps > 3


def test_answer_that_was_lost_leads_to_no_second_entry(bureau, spool, errand):
    written = write(spool, range(3))
    take = bureau.door.answers["/node/v1/spool"]

    def take_and_fall_silent(asked):
        take(asked)
        return 503, b"{}"

    bureau.door.answers["/node/v1/spool"] = take_and_fall_silent
    with pytest.raises(PeerRefusedError):
        errand.step()
    bureau.door.answers["/node/v1/spool"] = take
    errand.step()
    assert bureau.bodies == written


def test_bureau_that_stands_elsewhere_says_where_to_go_on(bureau, spool, errand):
    written = write(spool, range(3))
    errand.step()
    bureau.position, bureau.bodies = "", []
    written += write(spool, [3])
    with pytest.raises(UnavailableError) as caught:
        errand.step()
    assert caught.value.field == "position"
    errand.step()
    assert bureau.bodies == written


def test_position_that_is_none_is_refused(bureau, spool, errand):
    bureau.position = "far"
    with pytest.raises(UnavailableError) as caught:
        errand.step()
    assert caught.value.code is ErrorCode.PEER_ANSWER


def test_spool_put_back_from_an_older_copy_is_noticed(bureau, spool, errand):
    bureau.position = "9:1"
    with pytest.raises(IntegrityError) as caught:
        errand.step()
    assert caught.value.code is ErrorCode.INTEGRITY_SPOOL
