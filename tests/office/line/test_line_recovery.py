"""I4 when something was put back from a backup, came twice, in another order, or on another way."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from comity.kernel.clock import from_wire
from comity.kernel.codes import MessageState, Priority
from comity.kernel.errors import ErrorCode, TrustError, UnavailableError
from comity.kernel.ids import BureauId, NodeId, ThreadId
from comity.node.peer import PeerClient
from comity.node.settings import SecretariatSection
from comity.office import runtime
from comity.office.messages import direct, gaps, lateness, outbox, outgoing
from comity.office.messages.delivery import LONG_POLL_MS, RelayLine
from comity.office.messages.models import (
    Delivery,
    InboxEnvelope,
    LineAlarm,
    Message,
    OutboxItem,
    RelayLane,
    RelayMessage,
    RelayStanza,
    SendLane,
    TakeLane,
)
from comity.office.messages.relay_inbox import Lane
from comity.office.messages.take_lanes import LaneKey
from comity.protocol.members import MemberStatus
from comity.protocol.messages import LaneNumber, RelayInbox, RelayNumbers
from tests.node.doors import Door
from tests.office.line.carrier import SECRETARIAT, Carrier, now
from tests.office.line.test_line_bad_envelopes import set_standing


def ask_for_missing(carrier: Carrier, node: str) -> None:
    """Have a node ask for what has been missing for half a minute by now."""
    with carrier.at(node):
        TakeLane.objects.exclude(gap_since=None).update(gap_since=now() - timedelta(seconds=40))
        gaps.ask_for_missing(now())


def texts(carrier: Carrier, node: str = "FR") -> list[str]:
    return [message.text for message in carrier.messages(node) if message.sender != node]


def test_duplicates_in_any_order_are_shown_once_and_in_order(carrier: Carrier) -> None:
    thread = ThreadId(carrier.send("SI", "FR", "1").thread.thread_id)
    for text in ("2", "3", "4"):
        carrier.send("SI", "FR", text, thread_id=thread)
    one, two, three, four = carrier.waiting("SI")
    carrier.take_in("FR", three, two, three, four, one, one, two, four)
    assert texts(carrier) == ["1", "2", "3", "4"]


def test_flash_overtakes_and_the_thread_keeps_its_order(carrier: Carrier) -> None:
    from comity.office.messages import threads

    first = carrier.send("SI", "FR", "first")
    thread = ThreadId(first.thread.thread_id)
    carrier.send("SI", "FR", "second", thread_id=thread, priority=Priority.FLASH)
    carrier.push("SI")
    assert [len(carrier.page("FR", lane=lane)) for lane in (Lane.FLASH, Lane.REST)] == [1, 1]
    flash, normal = carrier.page("FR")
    assert (flash.header.priority, normal.header.priority) == ("flash", "normal")
    carrier.take_in("FR", flash)
    assert texts(carrier) == ["second"]
    carrier.take_in("FR", normal)
    with carrier.at("FR"):
        assert [one.text for one in threads.in_order(list(Message.objects.order_by("id")))] == [
            "first",
            "second",
        ]


def test_a_gap_alarms_both_desks_and_closes_by_itself(carrier: Carrier) -> None:
    for text in ("1", "2", "3"):
        carrier.send("SI", "FR", text)
    carrier.push("SI")
    one, two, three = carrier.page("FR")
    carrier.take_in("FR", one, three)
    # A recipient that was put back from a backup has acknowledged what it does not have any more.
    carrier.acknowledge("FR", one, two, three)
    with carrier.at("FR"):
        gaps.ask_for_missing(now())
        assert LineAlarm.objects.count() == 0
    ask_for_missing(carrier, "FR")
    with carrier.at("FR"):
        assert LineAlarm.objects.get().kind == "missing"
    carrier.carry()
    assert texts(carrier) == ["1", "2", "3"]
    with carrier.at("SI"):
        assert LineAlarm.objects.get().kind == "asked"
        assert set(Message.objects.values_list("state", flat=True)) == {MessageState.DELIVERED}
    with carrier.at("FR"):
        gaps.clear_closed(now())
        assert LineAlarm.objects.filter(cleared_at=None).count() == 0


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.FLASH])
def test_a_number_that_never_was_is_passed_by(carrier: Carrier, priority: Priority) -> None:
    """The answer is a FLASH itself: it may be about its own lane."""
    carrier.send("SI", "FR", "1", priority=priority)
    with carrier.at("SI"):
        outgoing.raise_numbers({(BureauId("FR"), priority): 5})
    carrier.send("SI", "FR", "6", priority=priority)
    carrier.carry()
    assert texts(carrier) == ["1"]
    ask_for_missing(carrier, "FR")
    carrier.carry()
    assert texts(carrier) == ["1", "6"]


def test_a_relay_put_back_from_a_backup_is_given_again_what_it_lost(carrier: Carrier) -> None:
    carrier.send("SI", "FR", "before")
    carrier.carry()
    carrier.send("SI", "FR", "lost")
    carrier.push("SI")
    with carrier.at("SEC"):
        RelayStanza.objects.filter(acknowledged_at=None).delete()
        RelayMessage.objects.filter(stanzas=None).delete()
        RelayLane.objects.filter(sender="SI", recipient="FR").update(highest=1)
    assert carrier.page("FR") == []
    with carrier.at("SI"):
        outbox.offer_above({(BureauId("FR"), Priority.NORMAL): 1}, now())
    carrier.carry()
    assert texts(carrier) == ["before", "lost"]


def test_a_recipient_put_back_from_a_backup_gets_the_end_again(carrier: Carrier) -> None:
    for text in ("1", "2"):
        carrier.send("SI", "FR", text)
    carrier.carry()
    with carrier.at("FR"):
        lost = Message.objects.get(text="2")
        InboxEnvelope.objects.filter(message_id=lost.message_id).delete()
        lost.delete()
        TakeLane.objects.filter(sender="SI").update(last_taken=1, highest=1)
        gaps.hear_of({LaneKey(Priority.NORMAL, "SI"): 2}, now())
    ask_for_missing(carrier, "FR")
    carrier.carry()
    assert texts(carrier) == ["1", "2"]


def forget_last(carrier: Carrier, node: str, peer: str, left: int = 1) -> None:
    """Put a sender back to before its last message."""
    with carrier.at(node):
        last = Message.objects.filter(sender=node).order_by("id").last()
        Delivery.objects.filter(message=last).delete()
        OutboxItem.objects.filter(message_id=last.message_id).delete()
        last.receipts.all().delete()
        last.delete()
        SendLane.objects.filter(peer=peer, priority="normal").update(last_sent=left)


def relay_forgets(carrier: Carrier, sender: str, after: int) -> None:
    """Put the relay back to before it knew of a sender's numbers above `after`."""
    with carrier.at("SEC"):
        RelayStanza.objects.filter(sender=sender, sequence__gt=after).delete()
        RelayMessage.objects.filter(stanzas=None).delete()
        RelayLane.objects.filter(sender=sender).update(highest=after)


def test_a_sender_put_back_from_a_backup_goes_on_above_its_numbers(carrier: Carrier) -> None:
    for text in ("1", "2"):
        carrier.send("SI", "FR", text)
    carrier.carry()
    forget_last(carrier, "SI", "FR")
    sent = carrier.send("SI", "FR", "3")
    assert sent.sequence == 2
    carrier.carry()
    with carrier.at("SI"):
        Delivery.objects.update(next_attempt_at=now())
    carrier.carry()
    assert texts(carrier) == ["1", "2", "3"]
    assert carrier.messages("SI")[-1].state == MessageState.DELIVERED


def test_a_sender_whose_relay_went_back_with_it_is_told_by_the_recipient(carrier: Carrier) -> None:
    """The secretariat's own desk: its database is the relay's too."""
    for text in ("1", "2"):
        carrier.send("SI", "FR", text)
    carrier.carry()
    forget_last(carrier, "SI", "FR")
    relay_forgets(carrier, "SI", 1)
    carrier.send("SI", "FR", "3")
    carrier.carry()
    assert texts(carrier) == ["1", "2", "3"]
    assert carrier.messages("SI")[-1].state == MessageState.DELIVERED


@pytest.mark.parametrize("missing", [False, True])
def test_what_a_forgetful_sender_wrote_next_waits_for_what_was_refused(
    carrier: Carrier, *, missing: bool
) -> None:
    """It gives its last number a second time, and the next one for the first time: in their order still."""
    for text in ("1", "2", "3"):
        carrier.send("SI", "FR", text)
    carrier.push("SI")
    one, two, three = carrier.page("FR")
    carrier.take_in("FR", *((one, three) if missing else (one, two, three)))
    carrier.acknowledge("FR", one, two, three)
    carrier.carry()
    forget_last(carrier, "SI", "FR", 2)
    relay_forgets(carrier, "SI", 2)
    thread = ThreadId(carrier.send("SI", "FR", "4").thread.thread_id)
    carrier.send("SI", "FR", "5", thread_id=thread)
    assert [one.stanzas[0].sequence for one in carrier.waiting("SI")] == [3, 4]
    carrier.carry()
    if missing:
        assert texts(carrier) == ["1"]
        ask_for_missing(carrier, "FR")
        carrier.carry()
    assert texts(carrier) == ["1", "2", "3", "4", "5"]
    carrier.send("SI", "FR", "6", thread_id=thread)
    carrier.carry()
    assert texts(carrier)[-1] == "6"
    with carrier.at("FR"):
        assert not TakeLane.objects.filter(sender="SI").exclude(gap_since=None).exists()


def test_several_recipients_do_not_see_one_another_unless_shown(carrier: Carrier) -> None:
    carrier.send_to("SI", "FR", "MA", text="hidden")
    carrier.send_to("SI", "FR", "MA", text="shown", show_recipients=True)
    carrier.carry()
    for node in ("FR", "MA"):
        hidden, shown = carrier.messages(node)
        assert (hidden.recipients, hidden.thread.parties) == ([node], ["SI"])
        assert shown.recipients == ["FR", "MA"]
        assert shown.thread.parties == sorted({"SI", "FR", "MA"} - {node})
    own = carrier.messages("SI")
    assert [message.state for message in own] == [MessageState.DELIVERED] * 2
    assert {row.recipient for row in carrier.receipts("SI")} == {"FR", "MA"}


def test_one_recipient_of_several_that_was_suspended_keeps_nobody_waiting(carrier: Carrier) -> None:
    carrier.send_to("SI", "FR", "MA", text="to both")
    set_standing(carrier, "MA", MemberStatus.SUSPENDED)
    carrier.push("SI")
    carrier.pull("FR")
    assert texts(carrier) == ["to both"]
    with carrier.at("SI"):
        states = dict(Delivery.objects.values_list("recipient", "state"))
        assert (states["MA"], Delivery.objects.get(recipient="MA").last_error) == (
            "queued",
            "envelope.recipient",
        )


def test_past_the_relay_and_through_it_makes_one_message(carrier: Carrier) -> None:
    carrier.send("SI", "FR", "direct")
    envelopes = carrier.waiting("SI")
    with carrier.at("FR") as home:
        peer = home.directory.current(now()).active("SI")
        stranger = home.directory.current(now()).active("MA")
        (verdict,) = direct.take(peer, envelopes, now()).verdicts
        assert verdict.accepted
        (verdict,) = direct.take(peer, envelopes, now()).verdicts
        assert verdict.accepted
        (verdict,) = direct.take(stranger, envelopes, now()).verdicts
        assert (verdict.accepted, verdict.code) == (False, ErrorCode.ENVELOPE_SENDER)
    carrier.carry()
    assert texts(carrier) == ["direct"]
    assert carrier.messages("SI")[0].state == MessageState.DELIVERED


@pytest.mark.parametrize(("hours", "stored"), [(72, 1), (73.1, 1), (76, 0)])
def test_known_bureaus_go_on_for_72_hours_without_the_secretariat(
    carrier: Carrier, hours: float, stored: int
) -> None:
    """73.1 hours: the last directory was an hour old, and clocks differed, when the secretariat went."""
    with carrier.at("FR") as home:
        signed = home.directory.last().directory
        at = from_wire(signed.issued_at) + timedelta(hours=hours)
        peer = home.directory.last().active("SI")
    envelope = carrier.envelope("SI", "FR", created_at=at)
    with carrier.at("FR"):
        if stored:
            (verdict,) = direct.take(peer, [envelope], at).verdicts
            assert verdict.accepted
        else:
            with pytest.raises(TrustError) as caught:
                direct.take(peer, [envelope], at)
            assert caught.value.code is ErrorCode.DIRECTORY_EXPIRED
    assert len(carrier.messages("FR")) == stored


@pytest.mark.parametrize(("hours", "marks"), [(0, []), (0.1, [5]), (2, [5, 60]), (9, [5, 60, 480])])
def test_the_desk_hears_once_of_what_is_not_delivered(
    carrier: Carrier, hours: float, marks: list[int]
) -> None:
    carrier.send("SI", "FR")
    at = now() + timedelta(hours=hours)
    with carrier.at("SI"):
        for _ in range(5):
            lateness.tell_late(at)
        assert sorted(alarm.detail["minutes"] for alarm in LineAlarm.objects.all()) == marks
    carrier.carry()
    with carrier.at("SI"):
        lateness.clear_delivered(now())
        assert LineAlarm.objects.filter(cleared_at=None).count() == 0


def test_what_expires_is_told_to_the_desk_and_let_go(carrier: Carrier) -> None:
    carrier.send("SI", "FR")
    with carrier.at("SI"):
        lateness.expire(now() + timedelta(days=91))
        assert (Message.objects.get().state, LineAlarm.objects.get().kind) == ("expired", "expired")
        assert OutboxItem.objects.count() == 0
    assert carrier.waiting("SI") == []


def waits_of(door: Door) -> list[int]:
    """How long each question for mail was willing to wait, in order."""
    asked = [each.path for each in door.seen if "/inbox" in each.path]
    return [int(parse_qs(urlsplit(path).query)["wait_ms"][0]) for path in asked]


def test_who_comes_back_compares_numbers_before_it_waits_for_mail(carrier: Carrier) -> None:
    """I4: on a line on which nothing comes, what was lost with a database would not be missed for ten seconds."""
    known = LaneNumber(sender=NodeId("SI"), recipient=BureauId("FR"), priority=Priority.NORMAL, sequence=1)
    nothing = (200, msgspec.json.encode(RelayInbox(instance="a", envelopes=[])))
    with carrier.at("FR"):
        home = runtime.home()
        door, settings = Door(carrier.offices.homes[SECRETARIAT].server_tls("required")), home.settings
        home.settings = msgspec.structs.replace(settings, secretariat=SecretariatSection(url=door.url))
        door.answers["/node/v1/relay/inbox"] = nothing
        numbers = RelayNumbers(instance="a", numbers=[known])
        door.answers["/node/v1/relay/numbers"] = (200, msgspec.json.encode(numbers))
        try:
            with PeerClient(home) as peer:
                line = RelayLine(peer)
                for _ in range(3):
                    line.pull(Lane.REST, now())
                assert waits_of(door) == [0, 0, LONG_POLL_MS]
                assert TakeLane.objects.get(sender="SI", priority="normal").asked_at is not None
                door.answers["/node/v1/relay/inbox"] = ("cut", b"")
                with pytest.raises(UnavailableError):
                    line.pull(Lane.REST, now())
                door.answers["/node/v1/relay/inbox"] = nothing
                line.pull(Lane.REST, now())
                line.pull(Lane.REST, now())
            assert waits_of(door)[-2:] == [0, LONG_POLL_MS], "the relay may have come back as an older one"
        finally:
            home.settings = settings
            door.shutdown()
            door.server_close()
