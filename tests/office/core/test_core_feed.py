"""What each reader sees of the feed, and what copies confirm."""

import msgspec
import pytest

from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.errors import ConflictError, ErrorCode, TrustError
from comity.kernel.ids import RecordId
from comity.ledger.commitments import GENESIS, chain, commit
from comity.office.feed import receipts
from comity.office.feed.models import StoredCopyReceipt, WithdrawalConfirmation
from comity.office.feed.services import MAX_ENTRIES, page_for
from comity.office.records import services
from comity.office.scoping import acting_for
from comity.protocol.feed import CopyReceipt, FeedOperation, SignedCopyReceipt
from tests.office.core.making import CONTENT, DOCUMENT, Line, caller, enter_document, now, peer_of


@pytest.fixture
def line(offices):
    return Line(offices)


def put(offices, line, number, **envelope):
    with offices.at("SI") as home, acting_for(home.bureau):
        record = enter_document(number, **envelope)
    assert line.deliver("SI")[0].accepted
    return RecordId(record.record_id)


def change(offices, line, record_id, base_version, **envelope):
    with offices.at("SI") as home, acting_for(home.bureau):
        services.change_record(caller(), record_id, base_version, {**DOCUMENT, **envelope}, CONTENT, now())
    assert line.deliver("SI")[0].accepted


def withdraw(offices, line, record_id):
    with offices.at("SI") as home, acting_for(home.bureau):
        services.withdraw_record(caller(), record_id, "recovered", now())
    assert line.deliver("SI")[0].accepted


def seen_by(offices, node, after=0, limit=MAX_ENTRIES):
    with offices.at("SEC"):
        return page_for(peer_of(node), after, limit, now())


def operations(page):
    return [entry.operation for entry in page.entries]


P, W, R, H = FeedOperation.PUT, FeedOperation.WITHDRAW, FeedOperation.RETRACT, FeedOperation.HIDDEN


def test_a_denied_country_learns_nothing_but_that_there_is_a_position(offices, line):
    """I6: hidden entries hold commitment and chain only; others, owner and secretariat see all."""
    put(offices, line, "PA1", deny=["MAR"])
    put(offices, line, "PA2", allow=["FRA"])
    put(offices, line, "PA3")
    assert operations(seen_by(offices, "MA")) == [H, H, P]
    assert operations(seen_by(offices, "FR")) == [P, P, P]
    assert operations(seen_by(offices, "SI")) == [P, P, P]
    assert operations(seen_by(offices, "SI-post1")) == [P, P, P]
    assert operations(seen_by(offices, "SEC")) == [P, P, P]
    hidden = seen_by(offices, "MA").entries[0]
    assert msgspec.to_builtins(hidden) == {
        "sequence": 1,
        "operation": "hidden",
        "commitment": hidden.commitment,
        "chain": hidden.chain,
        "record_id": None,
        "version": None,
        "salt": None,
        "body": None,
    }


def test_every_reader_can_check_the_same_chain(offices, line):
    first = put(offices, line, "PA1", deny=["MAR"])
    put(offices, line, "PA2")
    withdraw(offices, line, first)
    for node in ("MA", "FR", "SEC"):
        running = GENESIS
        for entry in seen_by(offices, node).entries:
            if entry.body is not None:
                assert entry.commitment == commit(bytes.fromhex(entry.salt), entry.body.encode()).hex()
            running = chain(running, bytes.fromhex(entry.commitment))
            assert entry.chain == running.hex()


def test_losing_sight_of_a_record_is_a_retraction(offices, line):
    """I6: who saw it must remove it; who never saw it learns nothing; the withdrawal later is hidden too."""
    record_id = put(offices, line, "PA1", deny=["FRA"])
    change(offices, line, record_id, 1, deny=["MAR"])
    change(offices, line, record_id, 2, deny=["MAR"])
    withdraw(offices, line, record_id)
    assert operations(seen_by(offices, "MA")) == [H, R, H, H]
    retraction = seen_by(offices, "MA").entries[1]
    assert (retraction.record_id, retraction.version, retraction.body) == (record_id, 2, None)
    # The bodies of versions 1 to 3 are erased by now: only the withdrawal is left to see.
    assert operations(seen_by(offices, "FR")) == [H, H, H, W]


def test_a_reader_at_each_step_sees_put_then_retract(offices, line):
    record_id = put(offices, line, "PA1")
    assert operations(seen_by(offices, "MA")) == [P]
    change(offices, line, record_id, 1, deny=["MAR"])
    assert operations(seen_by(offices, "MA", after=1)) == [R]
    assert operations(seen_by(offices, "FR", after=1)) == [P]


def test_the_withdrawal_names_the_record_and_nothing_personal(offices, line):
    record_id = put(offices, line, "PA1")
    withdraw(offices, line, record_id)
    (hidden, gone) = seen_by(offices, "FR").entries
    assert hidden.operation is H
    assert msgspec.json.decode(gone.body) == {"record_id": record_id, "version": 2, "reason": "owner"}


def test_pages_go_on_where_the_last_ended(offices, line):
    for number in range(5):
        put(offices, line, f"PA{number}")
    first, second = seen_by(offices, "FR", limit=3), seen_by(offices, "FR", after=3, limit=3)
    assert [e.sequence for e in first.entries + second.entries] == [1, 2, 3, 4, 5]
    assert first.head_sequence == second.head_sequence == 5


def test_a_reader_ahead_of_the_feed_is_told_that_history_was_lost(offices):
    with pytest.raises(ConflictError) as refused:
        seen_by(offices, "FR", after=7)
    assert refused.value.code is ErrorCode.FEED_GAP


# Receipts: each copy speaks for itself (I7).


def receipt_of(offices, node, withdrawn, **fields):
    with offices.at("SEC"):
        newest = page_for(peer_of("SEC"), 0, MAX_ENTRIES, now()).entries[-1]
    values = {
        "copy": node,
        "sequence": newest.sequence,
        "chain": newest.chain,
        "applied_at": to_wire(now()),
        "withdrawn": withdrawn,
    }
    body = canonical_bytes(CopyReceipt(**{**values, **fields}))
    signature = offices.homes[node].signing.sign(SigningContext.COPY_RECEIPT, body)
    return SignedCopyReceipt(body=body.decode(), signature=signature)


def file(offices, node, signed):
    with offices.at("SEC"):
        receipts.file_receipt(peer_of(node), signed, now())


def statuses(offices, owner="SI", after=0):
    with offices.at("SEC"):
        return receipts.withdrawal_statuses(owner, after, now())


def test_the_owner_sees_who_has_confirmed_and_who_has_not(offices, line):
    """I7: one line per copy that could see it, with the copy's own signature once it has confirmed."""
    record_id = put(offices, line, "PA1", deny=["MAR"])
    withdraw(offices, line, record_id)
    (status,) = statuses(offices).withdrawals
    assert [c.copy for c in status.copies] == ["FR", "SEC", "SI", "SI-post1"]
    assert {c.confirmed_at for c in status.copies} == {None}
    signed = receipt_of(offices, "FR", [record_id])
    file(offices, "FR", signed)
    file(offices, "FR", signed)
    answer = statuses(offices)
    by_copy = {c.copy: c for c in answer.withdrawals[0].copies}
    assert by_copy["FR"].confirmed_at is not None
    assert answer.receipts[by_copy["FR"].receipt] == signed
    assert by_copy["SI-post1"].confirmed_at is None
    assert statuses(offices, owner="FR").withdrawals == []
    assert statuses(offices, after=status.sequence).withdrawals == []


@pytest.mark.parametrize(
    ("signer", "fields"),
    [
        ("FR", {"copy": "MA"}),
        ("FR", {"chain": "00" * 32}),
        ("FR", {"sequence": 99}),
        ("FR", {"applied_at": "yesterday"}),
        ("MA", {"copy": "FR"}),
    ],
)
def test_a_receipt_that_does_not_hold_confirms_nothing(offices, line, signer, fields):
    record_id = put(offices, line, "PA1")
    withdraw(offices, line, record_id)
    signed = receipt_of(offices, signer, [record_id], **fields)
    with pytest.raises(TrustError) as refused:
        file(offices, "FR", signed)
    assert refused.value.code is ErrorCode.RECEIPT_INVALID
    with offices.at("SEC"):
        assert not WithdrawalConfirmation.objects.exists()
        assert not StoredCopyReceipt.objects.exists()


def test_a_receipt_for_a_position_before_the_withdrawal_confirms_nothing(offices, line):
    record_id = put(offices, line, "PA1")
    with offices.at("SEC"):
        before = page_for(peer_of("SEC"), 0, 10, now()).entries[-1]
    withdraw(offices, line, record_id)
    file(offices, "FR", receipt_of(offices, "FR", [record_id], sequence=1, chain=before.chain))
    with offices.at("SEC"):
        assert not WithdrawalConfirmation.objects.exists()


def test_receipts_that_confirm_nothing_do_not_pile_up(offices, line):
    record_id = put(offices, line, "PA1")
    withdraw(offices, line, record_id)
    file(offices, "FR", receipt_of(offices, "FR", [record_id]))
    for _minute in range(5):
        file(offices, "FR", receipt_of(offices, "FR", []))
    with offices.at("SEC"):
        assert StoredCopyReceipt.objects.filter(copy="FR").count() == 2
