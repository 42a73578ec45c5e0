"""I4 when nodes were put back from backups: one, or two of them in either order, with traffic in between."""

from datetime import timedelta

import pytest

from comity.kernel.codes import Priority
from comity.kernel.ids import MessageId
from comity.node import envelopes
from comity.office.messages import lateness, outbox
from comity.office.messages.models import Delivery, InboxEnvelope, Message, OutboxItem, TakeLane
from comity.office.recalls import services as recalls
from tests.office.line.carrier import ALL_RANKS, SECRETARIAT, Carrier, now, text_letter
from tests.office.line.disasters import Backup, back_up, put_back, recover, restore

DESKS = ("SI", "FR", SECRETARIAT)
ROUND = ("SI", "SI", "FR", "SI", SECRETARIAT, SECRETARIAT, "FR", "FR", SECRETARIAT, "SI")
"""Each of the three is followed once by each."""


def received(carrier: Carrier, node: str) -> list[str]:
    return [message.text for message in carrier.messages(node) if message.sender != node]


def write(carrier: Carrier, tag: str) -> None:
    """Have every desk write, in two lanes, to one and to several that do not see one another."""
    carrier.send("FR", "SI", f"{tag} FR", priority=Priority.FLASH)
    carrier.send_to("SI", "FR", SECRETARIAT, text=f"{tag} SI")
    carrier.send_to(SECRETARIAT, "SI", "FR", text=f"{tag} SEC")


def expected(node: str, tags: list[str]) -> list[str]:
    senders = {"SI": ("FR", SECRETARIAT), "FR": ("SI", SECRETARIAT), SECRETARIAT: ("SI",)}[node]
    return sorted(f"{tag} {sender}" for tag in tags for sender in senders)


def test_nodes_put_back_one_after_the_other_lose_and_double_nothing(carrier: Carrier) -> None:
    """I4: every pair in either order. Each backup is younger than the last disaster and older than messages."""
    rounds = []
    for number, node in enumerate(ROUND):
        backup = back_up(carrier, node)
        rounds.append(str(number))
        write(carrier, rounds[-1])
        carrier.carry()
        restore(carrier, node, backup)
    recover(carrier)
    for node in DESKS:
        assert sorted(received(carrier, node)) == expected(node, rounds)


@pytest.mark.parametrize(("first", "second"), [(SECRETARIAT, "FR"), ("FR", SECRETARIAT)])
def test_relay_and_recipient_go_back_behind_the_same_message(
    carrier: Carrier, first: str, second: str
) -> None:
    """I4: only its sender has it still, and has a receipt for it."""
    carrier.send("SI", "FR", "before")
    carrier.carry()
    backups = {node: back_up(carrier, node) for node in (first, second)}
    carrier.send("SI", "FR", "1")
    carrier.send("SI", "FR", "2")
    carrier.carry()
    for node in (first, second):
        restore(carrier, node, backups[node])
    recover(carrier)
    assert received(carrier, "FR") == ["before", "1", "2"]


def refused_at_one(carrier: Carrier) -> Backup:
    """Leave the secretariat with a message that FR has and SI refused; return FR's backup from before it."""
    backup = back_up(carrier, SECRETARIAT)
    carrier.send(SECRETARIAT, "SI", "forgotten")
    carrier.carry()
    restore(carrier, SECRETARIAT, backup)
    backup = back_up(carrier, "FR")
    carrier.send_to(SECRETARIAT, "SI", "FR", text="to both")
    carrier.push(SECRETARIAT)
    carrier.pull("FR")
    carrier.push("FR")
    carrier.pull(SECRETARIAT)
    carrier.carry()
    return backup


def test_a_message_sealed_anew_for_one_reaches_another_who_was_put_back(carrier: Carrier) -> None:
    """Its first number at FR stands for nothing any more, its later one for what the outbox holds."""
    backup = refused_at_one(carrier)
    assert received(carrier, "SI") == ["forgotten", "to both"]
    with carrier.at(SECRETARIAT):
        assert Delivery.objects.get(recipient="FR", message__text="to both").sequence == 2
    restore(carrier, "FR", backup)
    recover(carrier)
    assert received(carrier, "FR") == ["to both"]


def test_who_has_a_message_confirms_its_later_envelope_and_shows_it_once(carrier: Carrier) -> None:
    refused_at_one(carrier)
    recover(carrier)
    assert received(carrier, "FR") == ["to both"]
    with carrier.at(SECRETARIAT):
        row = Delivery.objects.get(recipient="FR", message__text="to both")
        (receipt,) = row.message.receipts.filter(recipient="FR", kind="delivered")
        assert row.digest in receipt.receipt
        assert row.proof, "nothing proved the first receipt until the second came"
    with carrier.at("FR"):
        assert Message.objects.get(text="to both").envelope_digest == row.digest
        rows = InboxEnvelope.objects.filter(message_id=row.message.message_id).order_by("sequence")
        assert [(one.sequence, one.refused_code) for one in rows] == [(1, ""), (2, "envelope.replay")]


def test_another_text_under_a_known_id_is_no_later_envelope(carrier: Carrier) -> None:
    """I4: nothing is confirmed that was not shown."""
    first = carrier.envelope("SI", "FR", text_letter(text="this"))
    other = carrier.envelope(
        "SI", "FR", text_letter(text="that"), message_id=first.header.message_id, sequence=2
    )
    (taken,) = carrier.take_in("FR", first)
    with carrier.at("FR"):
        before = Delivery.objects.count()
    (taken,) = carrier.take_in("FR", other)
    assert (taken.stored, taken.again, taken.refused) == (False, False, "envelope.replay")
    with carrier.at("FR"):
        assert Delivery.objects.count() == before, "it was confirmed"
        assert Message.objects.get().text == "this"


def test_the_later_envelope_of_a_held_message_takes_its_place(carrier: Carrier) -> None:
    letter = text_letter(text="held")
    first = carrier.envelope("SI", "FR", letter, sequence=2)
    later = carrier.envelope("SI", "FR", letter, message_id=first.header.message_id, sequence=4)
    carrier.take_in("FR", first, later, carrier.envelope("SI", "FR", sequence=1))
    with carrier.at("FR"):
        assert Message.objects.get(text="held").envelope_digest == envelopes.digest(later, "FR")
        assert TakeLane.objects.get(sender="SI", priority="normal").last_taken == 2


def test_a_refusal_that_was_lost_with_its_recipient_is_asked_for_again(carrier: Carrier) -> None:
    """The number was used; who would have said so was put back before it could."""
    backups = {node: back_up(carrier, node) for node in ("SI", SECRETARIAT)}
    carrier.send("SI", "FR", "1")
    carrier.carry()
    for node, backup in backups.items():
        put_back(carrier, node, backup)
    carrier.send("SI", "FR", "2")
    carrier.push("SI")
    backup = back_up(carrier, "FR")
    carrier.pull("FR")
    restore(carrier, "FR", backup)
    carrier.carry()
    assert received(carrier, "FR") == ["1"]
    with carrier.at("SI"):
        lateness.tell_late(now() + timedelta(minutes=6))
    recover(carrier)
    assert received(carrier, "FR") == ["1", "2"]


def test_a_late_acknowledgement_does_not_stand_for_what_was_sealed_anew(carrier: Carrier) -> None:
    """I4: the relay erases what is durable at its recipient, and nothing that came in its place since."""
    letter = text_letter(text="anew")
    first = carrier.envelope("SI", "FR", letter)
    assert carrier.accept("SI", first).accepted
    (given,) = carrier.page("FR")
    later = carrier.envelope("SI", "FR", letter, message_id=first.header.message_id, sequence=2)
    assert carrier.accept("SI", later).accepted
    carrier.acknowledge("FR", given)
    (waiting,) = carrier.page("FR")
    assert waiting.stanzas[0].sequence == 2
    carrier.acknowledge("FR", waiting)
    assert carrier.page("FR") == []


def recalled_and_sealed_anew(carrier: Carrier) -> Message:
    """Return SEC's message: it was recalled at FR, then SEC was put back to before and sealed it anew."""
    backup = back_up(carrier, SECRETARIAT)
    carrier.send(SECRETARIAT, "SI", "forgotten")
    carrier.carry()
    restore(carrier, SECRETARIAT, backup)
    sent = carrier.send_to(SECRETARIAT, "SI", "FR", text="to both")
    carrier.push(SECRETARIAT)
    carrier.pull("FR")
    with carrier.at(SECRETARIAT):
        recalls.recall(carrier.caller(SECRETARIAT), MessageId(sent.message_id), "Wrong bureau.", now())
        asked = outbox.next_batch(ALL_RANKS, now()).envelopes()
    (recall,) = [each for each in asked if each.header.message_id != sent.message_id]
    carrier.take_in("FR", envelopes.for_recipient(recall, "FR"))
    for node in (SECRETARIAT, "SI"):  # SI's refusal is sooner than FR's receipts
        carrier.push(node)
        carrier.pull("SI" if node == SECRETARIAT else SECRETARIAT)
    carrier.carry()
    return sent


def test_a_recalled_message_that_is_sealed_anew_is_known_as_recalled(carrier: Carrier) -> None:
    """I4: it stays erased, and its sender hears that, for the envelope that stands in the outbox now."""
    sent = recalled_and_sealed_anew(carrier)
    recover(carrier)
    assert received(carrier, "FR")[0] == ""
    with carrier.at(SECRETARIAT):
        row = Delivery.objects.get(recipient="FR", message__message_id=sent.message_id)
        assert (row.sequence, row.state) == (2, "delivered")
        (confirmed,) = row.message.receipts.filter(recipient="FR", kind="recalled")
        assert row.digest in confirmed.receipt
    with carrier.at("FR"):
        assert Message.objects.get(message_id=sent.message_id).envelope_digest == row.digest


def test_what_a_recalled_message_would_say_anew_is_not_confirmed_as_delivered(carrier: Carrier) -> None:
    """I4: else its sender had a receipt for words that nobody was shown."""
    sent = carrier.send("SI", "FR", "this")
    carrier.carry()
    with carrier.at("SI"):
        recalls.recall(carrier.caller("SI"), MessageId(sent.message_id), "Wrong bureau.", now())
    carrier.carry()
    letter = text_letter(text="that", thread_id=sent.thread.thread_id, order=sent.order)
    other = carrier.envelope("SI", "FR", letter, message_id=sent.message_id, sequence=3)
    (taken,) = carrier.take_in("FR", other)
    assert taken.again
    with carrier.at("FR"):
        queued = OutboxItem.objects.exclude(letter="").order_by("-pk")[0].letter
    assert "recalled" in queued
    assert "delivered" not in queued
    assert envelopes.digest(other, "FR") in queued
