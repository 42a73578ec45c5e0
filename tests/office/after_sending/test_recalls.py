"""Taking back and setting right: every recipient's node does it by itself and confirms it, signed."""

import pytest
from django.db import connection, transaction

from comity.kernel.codes import MessageForm, Priority, ReceiptKind
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import FormId, MessageId, ThreadId, new_id
from comity.office.clocks.models import RequestClock
from comity.office.messages import services as line
from comity.office.messages.models import Message
from comity.office.recalls import services
from comity.office.recalls.models import Change
from tests.office.line.carrier import Carrier, canary, now

REASON = "Sent to the wrong bureau."


def everything_stored(carrier: Carrier, node: str) -> str:
    """Return all text of all tables of an office, as its database holds it."""
    with carrier.at(node):
        found = []
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                found += [str(row) for row in cursor.fetchall()]
        return "\n".join(found)


def confirmations(carrier: Carrier, node: str, kind: ReceiptKind) -> dict[str, str]:
    """Return which recipients have confirmed, and what they said besides."""
    import json

    rows = [row for row in carrier.receipts(node) if row.kind == kind]
    return {row.recipient: json.loads(row.receipt)["note"] for row in rows}


def recall(carrier: Carrier, node: str, message_id: str) -> Message:
    with carrier.at(node):
        return services.recall(carrier.caller(node), MessageId(message_id), REASON, now())


def received(carrier: Carrier, node: str, message_id: str) -> Message:
    (found,) = [m for m in carrier.messages(node) if m.message_id == message_id]
    return found


def test_recalled_text_is_gone_at_every_recipient(carrier: Carrier) -> None:
    """The canary stands in subject, text and a reply; afterwards in no table of any recipient (I3, I4)."""
    word = canary()
    sent = carrier.send_to("SI", "FR", "MA", text=f"{word} text", subject=f"{word} subject")
    carrier.carry()
    with carrier.at("MA"):
        line.mark_read(carrier.caller("MA"), MessageId(sent.message_id), now())
    carrier.send("MA", "SI", "an answer", subject="", thread_id=ThreadId(sent.thread.thread_id))
    carrier.carry()
    assert all(word in everything_stored(carrier, node) for node in ("SI", "FR", "MA"))

    asked = recall(carrier, "SI", sent.message_id)
    carrier.carry()
    assert not [node for node in ("FR", "MA", "SEC") if word in everything_stored(carrier, node)]
    assert word in received(carrier, "SI", sent.message_id).text, "the sender's own copy stays"
    assert confirmations(carrier, "SI", ReceiptKind.RECALLED) == {"FR": "unread", "MA": "read"}
    for node in ("FR", "MA"):
        gone = received(carrier, node, sent.message_id)
        assert (gone.text, gone.subject, gone.fields, gone.attachments) == ("", "", {}, [])
        assert received(carrier, node, asked.message_id).fields["reason"] == REASON
        with carrier.at(node):
            (change,) = Change.objects.all()
            assert (change.kind, change.reason, change.was_read) == ("recall", REASON, node == "MA")
    with pytest.raises(ComityError) as refused:
        recall(carrier, "SI", sent.message_id)
    assert refused.value.code is ErrorCode.RECALL_DONE


def test_a_recall_that_overtakes_its_message_takes_effect_with_it(carrier: Carrier) -> None:
    word = canary()
    sent = carrier.send("SI", "FR", word)
    (first,) = carrier.waiting("SI")
    recall(carrier, "SI", sent.message_id)
    (sooner,) = [one for one in carrier.waiting("SI") if one.header.message_id != sent.message_id]
    carrier.take_in("FR", sooner)
    with carrier.at("FR"):
        assert [change.applied_at for change in Change.objects.all()] == [None]
    carrier.take_in("FR", first)
    assert word not in everything_stored(carrier, "FR")
    carrier.carry()
    assert confirmations(carrier, "SI", ReceiptKind.RECALLED) == {"FR": "unread"}


def forged(carrier: Carrier, node: str, form: MessageForm, fields: dict, thread_id: str) -> None:
    """Send what no page would: a recall or correction of somebody else's message."""
    draft = line.Draft(
        recipients=("FR",), form=FormId(form), fields=fields, text="t", subject="s", opens=ThreadId(thread_id)
    )
    with carrier.at(node), transaction.atomic():
        line.send_drafts([draft], now())


def test_only_the_sender_recalls_and_corrects(carrier: Carrier) -> None:
    """At the own desk by right, at the recipient's node by signature; what is refused is journaled."""
    sent = carrier.send("SI", "FR", "text")
    carrier.carry()
    with carrier.at("FR"):
        for attempt in (
            lambda: services.recall(carrier.caller("FR"), MessageId(sent.message_id), REASON, now()),
            lambda: services.correct(carrier.caller("FR"), MessageId(sent.message_id), {}, "t", now()),
        ):
            with pytest.raises(ComityError) as refused:
                attempt()
            assert refused.value.code is ErrorCode.RECALL_NOT_SENDER
    for form in (MessageForm.RECALL, MessageForm.CORRECTION):
        fields = {"message": sent.message_id, "reason": REASON}
        forged(carrier, "MA", form, fields, new_id(now()))
    carrier.carry()
    assert received(carrier, "FR", sent.message_id).text == "text"
    assert carrier.refusals("FR").count(ErrorCode.RECALL_NOT_SENDER) == 4
    with carrier.at("FR"):
        assert not Change.objects.exists()
    own = carrier.send("FR", "SI", "mine")
    carrier.carry()
    forged(carrier, "MA", MessageForm.RECALL, {"message": own.message_id, "reason": ""}, new_id(now()))
    carrier.carry()
    assert received(carrier, "FR", own.message_id).text == "mine", "nobody recalls what FR wrote"


def test_a_correction_stands_on_top_and_the_former_version_stays(carrier: Carrier) -> None:
    sent = carrier.send_to("SI", "FR", "MA", text="Plate XQ-471-ZZ")
    carrier.carry()
    with carrier.at("SI"):
        new = services.correct(
            carrier.caller("SI"), MessageId(sent.message_id), {"what": ["number"]}, "Plate XQ-472-ZZ", now()
        )
    carrier.carry()
    assert confirmations(carrier, "SI", ReceiptKind.CORRECTED) == {"FR": "unread", "MA": "unread"}
    for node in ("SI", "FR", "MA"):
        assert received(carrier, node, sent.message_id).text == "Plate XQ-471-ZZ"
        assert received(carrier, node, new.message_id).text == "Plate XQ-472-ZZ"
        with carrier.at(node):
            (change,) = Change.objects.all()
            assert (change.message_id, change.by, change.kind) == (
                sent.message_id,
                new.message_id,
                "correction",
            )


def test_refused_at_the_sender_changes_nothing(carrier: Carrier) -> None:
    """I13."""
    sent = carrier.send("SI", "FR", "text")
    carrier.carry()
    caller = carrier.caller("SI")
    message_id = MessageId(sent.message_id)
    with carrier.at("SI"):
        before = Message.objects.count()
        attempts = {
            "no reason": (lambda: services.recall(caller, message_id, " ", now()), "input.missing_field"),
            "long": (lambda: services.recall(caller, message_id, "x" * 2001, now()), "input.too_long"),
            "unknown": (
                lambda: services.recall(caller, MessageId(new_id(now())), REASON, now()),
                "message.not_found",
            ),
            "empty": (
                lambda: services.correct(caller, message_id, {"what": ["number"]}, " ", now()),
                "message.empty",
            ),
            "not said what": (
                lambda: services.correct(caller, message_id, {}, "text", now()),
                "input.missing_field",
            ),
        }
        for name, (attempt, code) in attempts.items():
            with pytest.raises(ComityError) as refused:
                attempt()
            assert str(refused.value.code) == code, name
        assert (Message.objects.count(), Change.objects.count()) == (before, 0)


def test_a_recalled_request_stops_its_clocks(carrier: Carrier) -> None:
    sent = carrier.send_to(
        "SI", "FR", form=FormId("vehicle_check"), fields={"plate": "XQ471ZZ"}, priority=Priority.URGENT
    )
    carrier.carry()
    recall(carrier, "SI", sent.message_id)
    carrier.carry()
    for node in ("SI", "FR"):
        with carrier.at(node):
            (clock,) = RequestClock.objects.all()
            assert clock.stopped_at is not None
