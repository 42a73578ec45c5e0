"""Receipts survive whatever happens between applying and acknowledging (I7)."""

import random
import signal
import time

import pytest

from comity.copies.receipts import ReceiptBox
from comity.copies.status import read_status
from comity.index.reader import IndexReader
from comity.index.writer import IndexWriter
from comity.kernel.clock import SystemClock
from comity.kernel.errors import ErrorCode, TrustError, UnavailableError
from tests.copies.partners import wait_until
from tests.index.feeding import AS_OF, NOW, document


@pytest.fixture
def box(settled):
    home = settled("SI")
    return ReceiptBox(home.receipts_dir, home.node, home.signing)


def test_receipt_waits_until_it_is_acknowledged(settled, secretariat, running):
    home = settled("SI")
    gone = secretariat.put(document("AA1"))
    secretariat.withdraw(gone)
    secretariat.refuse_receipts = True
    with running(home):
        assert wait_until(lambda: read_status(home.run_dir).unsent_receipts == 1)
        assert wait_until(lambda: read_status(home.run_dir).errors.get("receipts") == "node.not_ready")
    assert secretariat.receipts == []
    secretariat.refuse_receipts = False
    with running(home):
        assert wait_until(lambda: secretariat.confirmed() == [gone])
        assert wait_until(lambda: read_status(home.run_dir).unsent_receipts == 0)


@pytest.mark.parametrize("applied", [True, False])
def test_note_of_a_killed_process_becomes_a_receipt_only_when_the_page_was_applied(
    settled, secretariat, running, applied
):
    """The instant between applying and confirming: the note is there, the receipt is not."""
    home = settled("SI")
    gone = secretariat.put(document("AA1"))
    secretariat.withdraw(gone)
    box = ReceiptBox(home.receipts_dir, home.node, home.signing)
    box.note(secretariat.entries)
    if applied:
        with IndexWriter(home.index_dir, "SVN") as index:
            index.apply(secretariat.entries, AS_OF)
    else:
        box.recover(0, lambda _: True, NOW)
        assert box.unsent() == []
    with running(home):
        assert wait_until(lambda: secretariat.confirmed() == [gone])
    assert not (home.receipts_dir / "applying.json").exists()


def test_only_what_is_gone_is_confirmed_after_a_crash(box, secretariat):
    gone, back = secretariat.put(document("AA1")), secretariat.put(document("AA2"))
    secretariat.withdraw(gone)
    secretariat.withdraw(back)
    box.note(secretariat.entries)
    box.recover(4, lambda record_id: record_id != back, NOW)
    sent = []
    assert box.send(sent.append) == 0
    assert len(sent) == 1
    assert gone in sent[0].body
    assert back not in sent[0].body


def test_page_that_withdraws_nothing_leaves_no_note(box, secretariat):
    secretariat.put(document("AA1"))
    box.note(secretariat.entries)
    box.recover(1, lambda _: True, NOW)
    assert box.unsent() == []


def test_refused_receipt_does_not_hold_up_the_next(box):
    for sequence in (1, 2, 3):
        box.confirm(sequence, "00" * 32, [], NOW)
    sent = []

    def send(signed):
        if '"sequence":2' in signed.body:
            raise UnavailableError(ErrorCode.PEER_UNREACHABLE)
        sent.append(signed)

    with pytest.raises(UnavailableError):
        box.send(send)
    assert ['"sequence":1' in sent[0].body, '"sequence":3' in sent[1].body] == [True, True]
    assert len(box.unsent()) == 1
    assert box.send(sent.append) == 0


def test_damaged_receipt_is_reported_and_kept(box):
    box.confirm(1, "00" * 32, [], NOW)
    box.unsent()[0].write_bytes(b"{")
    with pytest.raises(TrustError) as caught:
        box.send(lambda _: None)
    assert caught.value.code is ErrorCode.RECEIPT_INVALID
    assert len(box.unsent()) == 1


def test_every_withdrawal_is_confirmed_through_kills(settled, secretariat, spawn):
    """I7: killed without warning again and again while records come and go."""
    home = settled("SI")
    secretariat.page_entries = 5
    chance = random.Random(7)
    present, gone = [], []
    for round_number in range(6):
        process = spawn(home)
        started = time.monotonic()
        life = chance.uniform(0.3, 1.6)
        while time.monotonic() - started < life:
            present.append(secretariat.put(document(f"AA{round_number}{len(present)}")))
            if len(present) > 3:
                gone.append(present.pop(chance.randrange(len(present))))
                secretariat.withdraw(gone[-1])
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = spawn(home)
    assert wait_until(lambda: set(secretariat.confirmed()) >= set(gone), 60)
    assert wait_until(lambda: read_status(home.run_dir).sequence == len(secretariat.entries))
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    assert set(secretariat.confirmed()) == set(gone)
    reader, now = IndexReader(home.index_dir), SystemClock().now()
    assert all(reader.record(record_id, "SVN", now) for record_id in present)
    assert not any(reader.record(record_id, "SVN", now) for record_id in gone)
