"""A message's way: written, sealed, relayed, taken in, receipted, read (I4)."""

import msgspec
import pytest

from comity.kernel.codes import MessageState, Priority, ReceiptKind, Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import MessageId, ThreadId, new_id
from comity.node import envelopes
from comity.office.messages import services
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT
from comity.office.messages.models import Message, OutboxItem, RelayMessage, RelayStanza, SendLane, Thread
from comity.protocol.messages import MessageReceipt
from tests.office.line.carrier import Carrier, now


def test_a_message_arrives_and_its_receipts_come_back(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR", "Please confirm.", priority=Priority.URGENT)
    assert sent.state == MessageState.QUEUED
    carrier.carry()

    (received,) = carrier.messages("FR")
    assert (received.message_id, received.text, received.subject) == (
        sent.message_id,
        "Please confirm.",
        "subject",
    )
    assert (received.sender, received.recipient, received.priority) == ("SI", "FR", "urgent")
    assert (received.state, received.thread.unread) == (MessageState.RECEIVED, 1)
    assert received.thread.thread_id == sent.thread.thread_id
    assert carrier.messages("SI")[0].state == MessageState.DELIVERED

    with carrier.at("FR"):
        services.mark_read(carrier.caller("FR"), MessageId(sent.message_id), now())
    carrier.carry()
    (own,) = carrier.messages("SI")
    assert own.state == MessageState.READ
    assert own.delivered_at <= own.read_at
    assert carrier.messages("FR")[0].thread.unread == 0


def test_receipts_can_be_checked_by_a_third_party(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR")
    carrier.carry()
    (row,) = carrier.receipts("SI")
    receipt = msgspec.json.decode(row.receipt, type=MessageReceipt)
    with carrier.at("MA") as third:
        signer = envelopes.verify_receipt(receipt, third.directory.current(now()))
    assert (signer.bureau, receipt.kind, receipt.envelope_digest) == (
        "FR",
        ReceiptKind.DELIVERED,
        sent.envelope_digest,
    )


def test_receipts_are_not_receipted(carrier: Carrier) -> None:
    carrier.send("SI", "FR")
    carrier.carry()
    with carrier.at("SEC"):
        assert RelayMessage.objects.count() == 2


def test_numbers_have_no_gap_and_order_is_kept(carrier: Carrier) -> None:
    first = carrier.send("SI", "FR", "0")
    texts = [str(number) for number in range(10)]
    for text in texts[1:]:
        carrier.send("SI", "FR", text, thread_id=ThreadId(first.thread.thread_id))
        carrier.send("SI", "MA", text)
    carrier.carry()
    received = carrier.messages("FR")
    assert [message.text for message in received] == texts
    assert [message.sequence for message in received] == list(range(1, 11))
    assert {message.thread.thread_id for message in received} == {first.thread.thread_id}
    assert [message.text for message in carrier.messages("MA")] == texts[1:]


def test_a_reply_stays_in_its_thread_and_takes_its_subject(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR", subject="A car")
    carrier.carry()
    thread = ThreadId(sent.thread.thread_id)
    carrier.send("FR", "SI", "Answer", subject="", thread_id=thread, in_reply_to=MessageId(sent.message_id))
    carrier.carry()
    question, answer = carrier.messages("SI")
    assert answer.thread_id == question.thread_id
    assert (answer.subject, answer.in_reply_to) == ("A car", question.message_id)


def test_the_secretariat_has_a_mailbox_too(carrier: Carrier) -> None:
    carrier.send("MA", "SEC", "to you")
    carrier.send("SEC", "MA", "and to you")
    carrier.carry()
    assert [m.text for m in carrier.messages("SEC") if m.sender == "MA"] == ["to you"]
    assert [m.text for m in carrier.messages("MA") if m.sender == "SEC"] == ["and to you"]


REFUSED_DRAFTS = {
    "empty text": ({"text": "  "}, ErrorCode.MESSAGE_EMPTY),
    "empty subject": ({"subject": ""}, ErrorCode.MESSAGE_EMPTY),
    "long subject": ({"subject": "x" * (MAX_SUBJECT + 1)}, ErrorCode.INPUT_TOO_LONG),
    "long text": ({"text": "x" * (MAX_TEXT + 1)}, ErrorCode.INPUT_TOO_LONG),
    "nul": ({"text": "a\0b"}, ErrorCode.INPUT_WRONG_TYPE),
    "lone surrogate": ({"text": "a\ud800b"}, ErrorCode.INPUT_WRONG_TYPE),
    "unknown bureau": ({"recipient": "XX"}, ErrorCode.MESSAGE_RECIPIENT),
    "own bureau": ({"recipient": "SI"}, ErrorCode.MESSAGE_RECIPIENT),
    "unknown thread": ({"thread_id": ThreadId(new_id(now()))}, ErrorCode.MESSAGE_NOT_FOUND),
    "unknown message": ({"in_reply_to": MessageId(new_id(now()))}, ErrorCode.MESSAGE_NOT_FOUND),
}


@pytest.mark.parametrize("name", REFUSED_DRAFTS)
def test_a_refused_draft_changes_nothing(one_carrier: Carrier, name: str) -> None:
    """I13."""
    changes, code = REFUSED_DRAFTS[name]
    with pytest.raises(ComityError) as refused:
        one_carrier.send("SI", **{"recipient": "FR", "text": "text", **changes})
    assert refused.value.code is code
    with one_carrier.at("SI"):
        for model in (Message, Thread, OutboxItem, SendLane):
            assert model.objects.count() == 0


def test_a_thread_with_one_bureau_is_closed_to_others(carrier: Carrier) -> None:
    thread = ThreadId(carrier.send("SI", "FR").thread.thread_id)
    with pytest.raises(ComityError) as refused:
        carrier.send("SI", "MA", thread_id=thread)
    assert refused.value.code is ErrorCode.MESSAGE_THREAD
    carrier.carry()
    assert carrier.messages("MA") == []


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DATA_OWNER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_only_the_desk_writes_and_reads(carrier: Carrier, role: Role) -> None:
    sent = carrier.send("SI", "FR")
    carrier.carry()
    with carrier.at("FR"), pytest.raises(ComityError) as refused:
        services.mark_read(carrier.caller("FR", role), MessageId(sent.message_id), now())
    assert refused.value.code is ErrorCode.ACCESS_NOT_FOUND
    assert carrier.messages("FR")[0].read_at is None
    assert carrier.refusals("FR") == [ErrorCode.ACCESS_DENIED]


def test_reading_twice_confirms_once(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR")
    carrier.carry()
    for _ in range(2):
        with carrier.at("FR"):
            services.mark_read(carrier.caller("FR"), MessageId(sent.message_id), now())
    assert len(carrier.waiting("FR")) == 1
    with carrier.at("SI"):
        services.mark_read(carrier.caller("SI"), MessageId(sent.message_id), now())
    assert carrier.waiting("SI") == []


def test_the_relay_forgets_what_was_acknowledged_and_still_knows_it(carrier: Carrier) -> None:
    """I3, I4."""
    carrier.send("SI", "FR")
    (envelope,) = carrier.waiting("SI")
    first = carrier.accept("SI", envelope)
    carrier.pull("FR")
    with carrier.at("SEC"):
        row = RelayStanza.objects.get(message=envelope.header.message_id)
        assert row.message.envelope == row.stanza == ""
        assert row.acknowledged_at is not None
    assert carrier.accept("SI", envelope) == first
    assert carrier.pull("FR") == []
