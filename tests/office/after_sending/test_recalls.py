"""Taking back and setting right: every recipient's node does it by itself and confirms it, signed."""

import re

import pytest
from django.db import connection

from comity.kernel.codes import MessageForm, Priority, ReceiptKind, Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import FormId, MessageId, ThreadId, new_id
from comity.office.attachments import sealing
from comity.office.attachments import services as attachments
from comity.office.attachments.models import Attachment
from comity.office.clocks.models import RequestClock
from comity.office.messages import services as line
from comity.office.messages.models import Message
from comity.office.recalls import services
from comity.office.recalls.models import Change
from comity.office.units.models import UnitKind
from comity.office.units.services import add_unit
from tests.office.line.carrier import Carrier, canary, now, text_letter
from tests.office.line.test_line_forms import Desk

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


def forged(carrier: Carrier, number: int, form: MessageForm, fields: dict) -> None:
    """Hand FR what no desk would write: a recall or correction by MA of somebody else's message."""
    carrier.take_in(
        "FR", carrier.envelope("MA", "FR", text_letter(form=form, fields=fields), sequence=number)
    )


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
    for number, form in enumerate((MessageForm.RECALL, MessageForm.CORRECTION), start=1):
        forged(carrier, number, form, {"message": sent.message_id, "reason": REASON})
    assert received(carrier, "FR", sent.message_id).text == "text"
    assert carrier.refusals("FR").count(ErrorCode.RECALL_NOT_SENDER) == 4
    with carrier.at("FR"):
        assert not Change.objects.exists()
    own = carrier.send("FR", "SI", "mine")
    carrier.carry()
    forged(carrier, 3, MessageForm.RECALL, {"message": own.message_id, "reason": ""})
    assert received(carrier, "FR", own.message_id).text == "mine", "nobody recalls what FR wrote"


def test_what_another_recalls_before_it_comes_stays(carrier: Carrier) -> None:
    """I4: who knows the id of a message that is on its way cannot keep it from its recipient."""
    sent = carrier.send("SI", "FR", "text")
    forged(carrier, 1, MessageForm.RECALL, {"message": sent.message_id, "reason": REASON})
    carrier.carry()
    assert received(carrier, "FR", sent.message_id).text == "text"
    with carrier.at("FR"):
        assert [change.applied_at for change in Change.objects.all()] == [None]
    assert confirmations(carrier, "SI", ReceiptKind.RECALLED) == {}


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


@pytest.fixture
def desks(carrier: Carrier) -> dict[str, Desk]:
    return {node: Desk(carrier, node, "operator", Role.OPERATOR) for node in ("SI", "FR")}


def correction(message_id: str, **more) -> dict:
    return {
        "form": "correction",
        "fields": {"message": message_id, "what": ["number"]},
        "text": "right",
        **more,
    }


def test_a_correction_from_the_composer_marks_the_former_version_on_both_desks(carrier, desks) -> None:
    """In a thread of several it goes to those to whom the former version went, whoever wrote last."""
    sent = carrier.send_to("SI", "FR", "MA")
    carrier.carry()
    carrier.send("MA", "SI", "an answer", subject="", thread_id=ThreadId(sent.thread.thread_id))
    carrier.carry()
    path = f"/threads/{sent.thread.thread_id}/"
    offered = desks["SI"].text(f"{path}?form=correction")
    choices = re.search(r'<select name="c_message".*?</select>', offered, re.DOTALL).group()
    assert re.findall(r'value="([^"]+)"', choices) == [sent.message_id], "own messages only"
    form = {
        "form": "correction",
        "c_message": sent.message_id,
        "c_what": "number",
        "text": "right",
        "priority": "urgent",
        "label": "official",
    }
    asked = desks["SI"].page(path, form).content.decode()
    mark = re.search(r'name="confirmed" value="(\w+)"', asked).group(1)
    assert desks["SI"].page(path, {**form, "confirmed": mark}).status_code == 302
    page = desks["SI"].text(path)
    assert page.count("<b>Corrected</b>") == 1
    assert page.count("not confirmed yet") == 2
    carrier.carry()
    assert "<b>Corrected</b>" in desks["FR"].text(path)
    assert confirmations(carrier, "SI", ReceiptKind.CORRECTED) == {"FR": "unread", "MA": "unread"}


def test_a_correction_that_could_not_hold_is_refused_at_the_sender(carrier, desks) -> None:
    """I13: by whatever door it comes; every recipient's node would refuse it."""
    si, sent = desks["SI"], carrier.send("SI", "FR", "text")
    theirs = carrier.send("FR", "SI", "theirs")
    carrier.carry()
    with carrier.at("SI"):
        add_unit("customs", "Customs", UnitKind.AUTHORITY, now(), None)
    customs = Desk(carrier, "SI", "carina", Role.OPERATOR, unit="customs")
    before = len(carrier.messages("SI"))
    for desk, message_id, recipients, code in (
        (si, new_id(now()), ["FR"], "message.not_found"),
        (si, theirs.message_id, ["FR"], "recall.not_sender"),
        (si, sent.message_id, ["FR", "MA"], "message.recipient"),
        (si, sent.message_id, ["MA"], "message.recipient"),
        (customs, sent.message_id, ["FR"], "message.not_found"),
    ):
        _, refused = desk.call("post", "messages", correction(message_id, recipients=recipients))
        assert refused["error"]["code"] == code, refused
    asked = recall(carrier, "SI", sent.message_id)
    for message_id, code in ((sent.message_id, "recall.done"), (asked.message_id, "recall.not_allowed")):
        _, refused = si.call("post", "messages", correction(message_id, recipients=["FR"]))
        assert refused["error"]["code"] == code
    assert len(carrier.messages("SI")) == before + 1, "only the recall was sent"
    with carrier.at("SI"):
        assert [change.kind for change in Change.objects.all()] == ["recall"]


def test_files_of_a_recalled_message_are_erased_with_it(carrier: Carrier) -> None:
    """Row, key and sealed bytes: nothing is left at the recipient; the sender keeps its own."""
    sent = carrier.send("SI", "FR", "text")
    carrier.carry()
    with carrier.at("FR") as home:
        desk = carrier.caller("FR")
        file = attachments.add_whole(desk, "film.mp4", b"frames", now())
        Attachment.objects.update(message_id=sent.message_id, sender="SI", state="ready")
        path = sealing.path_of(file)
        assert path.exists()
        assert home.path in path.parents
    recall(carrier, "SI", sent.message_id)
    carrier.carry()
    with carrier.at("FR"):
        assert not Attachment.objects.exists()
        assert not path.exists()


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
