"""Clocks of requests on both desks, and what the desk is told, once each."""

from datetime import timedelta

import pytest

from comity.kernel.codes import Priority
from comity.kernel.ids import FormId, MessageId, ThreadId
from comity.office.clocks import services, showing
from comity.office.clocks.models import FlashWatch, RequestClock
from comity.office.messages import services as line
from comity.office.messages.inbox import lines
from comity.office.supervision.models import JournalEvent
from tests.office.line.carrier import Carrier, now

CHECK = {"form": FormId("vehicle_check"), "fields": {"plate": "XQ471ZZ"}, "text": ""}


def asked(carrier: Carrier, *recipients: str, priority: Priority = Priority.URGENT, **more):
    sent = carrier.send_to("SI", *recipients, priority=priority, **{**CHECK, **more})
    carrier.carry()
    return sent


def clocks(carrier: Carrier, node: str) -> dict[str, RequestClock]:
    with carrier.at(node):
        return {clock.peer: clock for clock in RequestClock.objects.all()}


def told(carrier: Carrier, node: str) -> list[str]:
    with carrier.at(node):
        rows = JournalEvent.objects.filter(
            action__in=[services.DUE_SOON, services.OVERDUE, services.FLASH_UNREAD]
        )
        return [row.action for row in rows.order_by("id")]


def test_a_request_has_the_same_clock_on_both_desks(carrier: Carrier) -> None:
    sent = asked(carrier, "FR", "MA")
    ours, french = clocks(carrier, "SI"), clocks(carrier, "FR")
    assert {peer: clock.side for peer, clock in ours.items()} == {"FR": "theirs", "MA": "theirs"}
    assert {peer: clock.side for peer, clock in french.items()} == {"SI": "ours"}
    due = sent.created_at + timedelta(hours=8)
    assert {clock.due_at for clock in (*ours.values(), *french.values())} == {due}


def test_an_answer_ends_the_clock_of_who_answered(carrier: Carrier) -> None:
    sent = asked(carrier, "FR", "MA")
    thread, asked_by = ThreadId(sent.thread.thread_id), MessageId(sent.message_id)
    carrier.send("FR", "SI", "Seen yesterday.", subject="", thread_id=thread, in_reply_to=asked_by)
    carrier.carry()
    ours = clocks(carrier, "SI")
    assert (ours["FR"].answered_at is None, ours["MA"].answered_at is None) == (False, True)
    assert clocks(carrier, "FR")["SI"].answered_at is not None
    assert clocks(carrier, "MA")["SI"].answered_at is None


def test_a_chaser_ends_nothing_and_a_cancellation_stops(carrier: Carrier) -> None:
    sent = asked(carrier, "FR")
    more = {"thread_id": ThreadId(sent.thread.thread_id), "in_reply_to": MessageId(sent.message_id)}
    carrier.send_to("SI", "FR", form=FormId("chaser"), text="", fields={}, **more)
    carrier.carry()
    with carrier.at("FR"):
        assert RequestClock.objects.get(message_id=sent.message_id).answered_at is None
    carrier.send_to("SI", "FR", form=FormId("cancellation"), text="", fields={"reason": "settled"}, **more)
    carrier.carry()
    for node in ("SI", "FR"):
        with carrier.at(node):
            clock = RequestClock.objects.get(message_id=sent.message_id)
            assert (clock.stopped_at is None, clock.answered_at) == (False, None)


def test_a_free_text_has_no_clock_and_an_own_day_counts(carrier: Carrier) -> None:
    carrier.send("SI", "FR", "hello")
    day = (now() + timedelta(days=2)).date()
    asked(carrier, "MA", fields={"plate": "XQ471ZZ", "answer_by": day.isoformat()})
    ours = clocks(carrier, "SI")
    assert set(ours) == {"MA"}
    assert ours["MA"].due_at.date() == day + timedelta(days=1)


def test_the_desk_is_told_once_each(carrier: Carrier) -> None:
    sent = asked(carrier, "FR")
    start = sent.created_at
    steps = [
        (timedelta(hours=5, minutes=59), [], 0, 0),
        (timedelta(hours=6), [services.DUE_SOON], 0, 1),
        (timedelta(hours=7), [services.DUE_SOON], 0, 1),
        (timedelta(hours=8), [services.DUE_SOON, services.OVERDUE], 1, 0),
        (timedelta(hours=9), [services.DUE_SOON, services.OVERDUE], 1, 0),
    ]
    for passed, notices, late, soon in steps:
        with carrier.at("FR"):
            services.escalate(start + passed)
            shown = showing.escalations(start + passed)
            assert (shown.late, shown.soon) == (late, soon), passed
        assert told(carrier, "FR") == notices, passed
    with carrier.at("FR"):
        services.take_note(carrier.caller("FR"), sent.message_id, start + timedelta(hours=9))
        assert showing.escalations(start + timedelta(hours=9)).late == 0
        assert services.overdue(start + timedelta(hours=9)).count() == 1, "noted, not answered"


def test_views_show_what_is_overdue(carrier: Carrier) -> None:
    sent = asked(carrier, "FR")
    with carrier.at("FR"):
        assert lines(carrier.caller("FR"), "overdue")[0] == []
        RequestClock.objects.update(due_at=now(), warn_at=now() - timedelta(hours=2))
        (line_shown,) = lines(carrier.caller("FR"), "overdue")[0]
        assert line_shown.thread_id == sent.thread.thread_id
        assert lines(carrier.caller("FR"), "due_soon")[0] == []


def test_a_flash_that_nobody_opens_is_shown_on_every_page(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR", "Flash", priority=Priority.FLASH)
    carrier.carry()
    with carrier.at("FR"):
        received = FlashWatch.objects.get().received_at
        minute = timedelta(minutes=1)
        assert showing.escalations(received + 5 * minute - timedelta(microseconds=1)).flashes == []
        (shown,) = showing.escalations(received + 5 * minute).flashes
        assert shown.thread_id == sent.thread.thread_id
        services.escalate(received + 5 * minute)
        services.escalate(received + 6 * minute)
    assert told(carrier, "FR") == [services.FLASH_UNREAD]
    with carrier.at("FR"):
        line.mark_read(carrier.caller("FR"), MessageId(sent.message_id), now())
        assert showing.escalations(received + 7 * minute).flashes == []
        services.escalate(received + 7 * minute)
        assert FlashWatch.objects.get().closed_at is not None


@pytest.mark.parametrize("field", ["yesterday", "2026-13-40", 7, "0001-01-01", "9999-12-31"])
def test_an_odd_day_counts_for_nothing(carrier: Carrier, field) -> None:
    with carrier.at("SI"):
        message = line.Message(
            message_id="m", bureau="SI", sender="SI", recipients=["FR"], state="queued", priority="urgent",
            form="vehicle_check", fields={"answer_by": field}, created_at=now(), thread=line.Thread(thread_id="t"),
        )  # fmt: skip
        (clock,) = services._started(message)
        assert clock.due_at == message.created_at + timedelta(hours=8)
