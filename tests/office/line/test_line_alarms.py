"""What the line has not delivered is told at the desk, by page and by program, until it is over (I4)."""

from datetime import timedelta

import pytest

from comity.kernel.codes import Role
from comity.office.messages import gaps, lateness
from comity.office.messages.models import LineAlarm, TakeLane
from comity.office.supervision.models import JournalEvent
from comity.office.units.models import UnitKind
from comity.office.units.services import add_unit
from tests.office.line.carrier import Carrier, now
from tests.office.line.test_line_forms import Desk, read_in

LETTER = {"subject": "Lorry", "text": "words"}
MISSING = "Messages from this bureau are missing"
GIVEN_UP = "did not come and are given up"


@pytest.fixture(name="carrier", scope="module")
def _carrier(one_carrier: Carrier) -> Carrier:
    """One line for all tests here: each leaves nothing on its way."""
    return one_carrier


@pytest.fixture(scope="module")
def si(carrier: Carrier) -> Desk:
    return Desk(carrier, "SI", "operator", Role.OPERATOR)


@pytest.fixture(scope="module")
def fr(carrier: Carrier) -> Desk:
    return Desk(carrier, "FR", "operator", Role.OPERATOR)


def send(desk: Desk, *recipients: str, **more: str) -> tuple[str, str]:
    """Send a letter; return its id and the path of its thread."""
    status, sent = desk.call("post", "messages", {"recipients": list(recipients), **LETTER, **more})
    assert status == 201, sent
    return sent["header"]["message_id"], f"/threads/{sent['header']['thread_id']}/"


def look(carrier: Carrier, node: str = "SI", **later: float) -> None:
    """Have the worker look after the line at a later hour."""
    at = now() + timedelta(**later)
    with carrier.at(node):
        for step in (lateness.tell_late, lateness.clear_delivered, lateness.expire, gaps.clear_closed):
            step(at)


def stand(desk: Desk) -> list[dict]:
    status, found = desk.call("get", "alarms")
    assert status == 200, found
    return found["alarms"]


def test_how_late_a_message_is_stands_beside_it_and_goes_when_it_arrives(carrier, si):
    message_id, thread = send(si, "FR")
    look(carrier, minutes=6)
    assert "Not delivered after 5 minutes" in si.text(thread)
    look(carrier, hours=2)
    page = si.text(thread)
    assert page.count("notice is-alarm") == 1, "of one message only how late it is by now"
    assert "Not delivered after 1 hour<" in page
    assert "call their desk" in page
    assert "Not delivered after 1 hour" in si.text("/inbox/"), "the row of the list says it, too"
    assert '<span class="number is-alarm">1</span>' in si.text("/inbox/")
    view = si.text("/inbox/?view=alarms")
    assert thread in view
    (alarm,) = stand(si)
    assert (alarm["kind"], alarm["peer"], alarm["minutes"]) == ("late", "FR", 60)
    assert alarm["message_id"] == message_id
    assert si.call("get", f"messages/{message_id}")[1]["alarms"] == [alarm]

    carrier.carry()
    assert stand(si) == []
    assert si.call("get", f"messages/{message_id}")[1]["alarms"] == []
    assert "notice is-alarm" not in si.text(thread), "it is over before the worker has looked again"
    assert thread not in si.text("/inbox/?view=alarms")
    look(carrier)
    with carrier.at("SI"):
        assert not LineAlarm.objects.filter(cleared_at=None).exists()


def test_of_several_recipients_each_ends_its_own_alarm(carrier, si):
    message_id, thread = send(si, "FR", "MA")
    look(carrier, minutes=6)
    assert [alarm["peer"] for alarm in si.call("get", f"messages/{message_id}")[1]["alarms"]] == ["FR", "MA"]
    carrier.push("SI")
    carrier.pull("FR")
    carrier.push("FR")
    carrier.pull("SI")
    assert [alarm["peer"] for alarm in stand(si)] == ["MA"]
    assert si.text(thread).count("notice is-alarm") == 1
    look(carrier)
    with carrier.at("SI"):
        assert [alarm.peer for alarm in LineAlarm.objects.filter(cleared_at=None)] == ["MA"]
    carrier.carry()
    assert stand(si) == []


def test_a_flash_that_does_not_arrive_stands_above_every_page(carrier, si):
    send(si, "FR")
    _, thread = send(si, "FR", priority="flash")
    look(carrier, minutes=6)
    page = si.text("/directory/")
    assert page.count("Not delivered after 5 minutes") == 1
    assert thread in page
    carrier.carry()
    assert "Not delivered" not in si.text("/directory/")


def lose_one_of_two(carrier: Carrier, desk: Desk) -> None:
    """Let FR take in the second of two messages and lose the first, as a node put back from a backup does."""
    send(desk, "FR", text="first")
    send(desk, "FR", text="second")
    carrier.push("SI")
    one, two = carrier.page("FR")
    carrier.take_in("FR", two)
    carrier.acknowledge("FR", one, two)


def ask(carrier: Carrier, **ago: float) -> None:
    with carrier.at("FR"):
        TakeLane.objects.exclude(gap_since=None).update(gap_since=now() - timedelta(**ago), asked_at=None)
        gaps.ask_for_missing(now())


def test_a_gap_is_told_on_both_desks_until_it_closes(carrier, si, fr):
    lose_one_of_two(carrier, si)
    before = fr.call("get", "messages")[1]["messages"]
    ask(carrier, seconds=40)
    page = fr.text("/inbox/?view=alarms")
    assert MISSING in page
    assert MISSING not in fr.text("/inbox/"), "elsewhere the number of the view says it"
    assert '<span class="number is-alarm">1</span>' in fr.text("/inbox/")
    (alarm,) = stand(fr)
    assert (alarm["kind"], alarm["peer"], alarm["priority"], alarm["message_id"]) == (
        "missing",
        "SI",
        "normal",
        None,
    )
    assert alarm["first"] == alarm["last"]
    carrier.push("FR")
    carrier.pull("SI")
    assert [alarm["kind"] for alarm in stand(si)] == ["asked"]
    assert "has not received messages of ours" in si.text("/inbox/?view=alarms")
    carrier.carry()
    look(carrier, "FR")
    look(carrier, "SI")
    assert (stand(si), stand(fr)) == ([], [])
    assert len(fr.call("get", "messages")[1]["messages"]) == len(before) + 2


def test_what_is_given_up_stands_until_a_person_has_seen_to_it(carrier, si, fr):
    lose_one_of_two(carrier, si)
    ask(carrier, seconds=40)
    with carrier.at("FR"):
        TakeLane.objects.exclude(gap_since=None).update(gap_since=now() - timedelta(hours=2))
        gaps.ask_for_missing(now() + timedelta(minutes=1))
    look(carrier, "FR")
    assert GIVEN_UP in fr.text("/inbox/?view=alarms")
    (alarm,) = [alarm for alarm in stand(fr) if alarm["kind"] == "given_up"]
    assert alarm["first"] == alarm["last"]
    carrier.carry()
    look(carrier, "FR", days=1)
    assert [one["alarm_id"] for one in stand(fr)] == [alarm["alarm_id"]], "nothing else ends it"
    assert fr.call("post", f"alarms/{alarm['alarm_id']}/set-aside")[0] == 200
    assert stand(fr) == []
    assert GIVEN_UP not in fr.text("/inbox/?view=alarms")


def expired(carrier: Carrier, desk: Desk) -> tuple[dict, str]:
    """Return the alarm on a message that was never delivered, and the path of its thread."""
    message_id, thread = send(desk, "FR")
    look(carrier, days=91)
    (alarm,) = desk.call("get", f"messages/{message_id}")[1]["alarms"]
    assert alarm["kind"] == "expired"
    return alarm, thread


def test_an_expired_message_is_set_aside_by_the_desk_and_the_journal_keeps_it(carrier, si):
    alarm, thread = expired(carrier, si)
    look(carrier, days=92)
    page = si.text(thread)
    assert "Not delivered before its time ran out" in page
    assert "Set aside" in page
    for _ in range(2):
        answer = si.page(f"/alarms/{alarm['alarm_id']}/set-aside/", {})
        assert (answer.status_code, answer["Location"]) == (302, thread)
    assert "notice is-alarm" not in si.text(thread)
    assert stand(si) == []
    with carrier.at("SI"):
        row = LineAlarm.objects.get(pk=alarm["alarm_id"])
        assert (row.cleared_by, row.cleared_at is None) == (si.account_id, False)
        entry = JournalEvent.objects.filter(action="alarm:set_aside", subject__startswith="alarm:").first()
        assert (entry.officer, entry.subject) == (si.account_id, f"alarm:{alarm['alarm_id']}")


def test_what_ends_by_itself_is_not_set_aside(carrier, si):
    send(si, "FR")
    look(carrier, minutes=6)
    (alarm,) = stand(si)
    status, refused = si.call("post", f"alarms/{alarm['alarm_id']}/set-aside")
    assert (status, refused["error"]["code"]) == (409, "alarm.stands")
    assert si.page(f"/alarms/{alarm['alarm_id']}/set-aside/", {})["Location"] == "/inbox/?view=alarms"
    assert stand(si) == [alarm]
    status, refused = si.call("post", f"alarms/{2**63 - 1}/set-aside")
    assert (status, refused["error"]["code"]) == (404, "alarm.not_found")
    carrier.carry()


def test_only_the_desk_sets_aside_and_a_unit_sees_its_own(carrier, si):
    """A supervisor sees that something is late, and no subject; a unit sees what it wrote itself."""
    with carrier.at("SI"):
        add_unit("customs", "Customs", UnitKind.AUTHORITY, now(), None)
    customs = Desk(carrier, "SI", "carina", Role.OPERATOR, Role.APPROVER, unit="customs")
    supervisor = Desk(carrier, "SI", "supervisor", Role.SUPERVISOR)
    theirs, _ = send(customs, "FR", subject="Of the customs")
    alarm, _ = expired(carrier, si)
    mine = [one for one in stand(si) if one["message_id"] == theirs]
    assert stand(customs) == mine
    page = customs.text("/inbox/?view=alarms")
    assert "Of the customs" in page
    assert "Lorry" not in page
    assert '<span class="number is-alarm">1</span>' in page
    for one in (alarm, *mine):
        path = f"/alarms/{one['alarm_id']}/set-aside/"
        assert [desk.page(path, {}).status_code for desk in (customs, supervisor)] == [404, 404]
        assert customs.call("post", f"alarms/{one['alarm_id']}/set-aside")[0] == 404
    seen = supervisor.text("/inbox/?view=alarms")
    assert "Not delivered before its time ran out" in seen
    assert "Lorry" not in seen
    for one in stand(si):
        assert si.call("post", f"alarms/{one['alarm_id']}/set-aside")[0] == 200


def test_the_list_goes_on_page_by_page(carrier, si):
    for _ in range(3):
        send(si, "FR")
    look(carrier, minutes=6)
    first = si.call("get", "alarms?limit=2")[1]["alarms"]
    rest = si.call("get", f"alarms?limit=2&before={first[-1]['alarm_id']}")[1]["alarms"]
    assert [*first, *rest] == stand(si)
    assert (len(first), len(rest)) == (2, 1)
    carrier.carry()


def test_words_are_in_the_readers_language(carrier, si):
    _, thread = send(si, "FR")
    look(carrier, minutes=6)
    for language, words in (("fr", "Non remis après 5 minutes"), ("sl", "Ni dostavljeno po 5 minut")):
        assert words in read_in(si, thread, language)
    assert "لم تُسلَّم بعد" in read_in(si, thread, "ar")
    assert "Sin entregar después de" in read_in(si, thread, "es")
    carrier.carry()
