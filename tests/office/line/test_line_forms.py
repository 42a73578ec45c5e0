"""Declared forms from desk to desk: written at one door, read at the other in the reader's own language.

Each test goes by the pages or the machine interface of offices in this process; the line between them is real.
"""

import itertools
import json
import re

import pytest
from django.test import Client

from comity.kernel.clock import SystemClock
from comity.kernel.codes import Purpose, Role
from comity.kernel.ids import UnitId
from comity.office.access import caller_for_account
from comity.office.attachments.services import add_whole
from comity.office.forms.services import add_form
from comity.office.messages.models import Message
from comity.office.people.models import Account
from comity.office.people.services import create_account, issue_grant
from comity.office.supervision.models import JournalEvent
from comity.office.units.models import UnitKind
from comity.office.units.services import add_unit, set_active
from tests.office.line.carrier import Carrier

CAR = {
    "plate": "KR XQ-1",
    "plate_country": "SVN",
    "colour": "red",
    "driver": "Иван Петров",
    "purpose": "investigation",
}
LETTER = {"priority": "urgent", "label": "official"}
OWN = """
id = "SI:fishing_boat"
clock = "8h"
name = { en = "Fishing boat", ar = "قارب صيد", fr = "Bateau de pêche" }
[[fields]]
name = "sign"
kind = "text"
required = true
label = { en = "Call sign", ar = "رمز النداء", fr = "Indicatif" }
[[fields]]
name = "armed"
kind = "yes_no"
label = { en = "Armed", fr = "Armé" }
"""


class Desk:
    """One account of an office: its pages and its machine calls."""

    def __init__(
        self, carrier: Carrier, node: str, name: str, *roles: Role, unit: str = "", language: str = "en"
    ):
        self.carrier, self.node = carrier, node
        with carrier.at(node) as home:
            at = SystemClock().now()
            account = create_account(name, None, name, home.bureau, roles, language, at, None, UnitId(unit))
            self.account_id = account.id
            self.caller = caller_for_account(account)

    def page(self, path: str, form: dict | None = None):
        with self.carrier.at(self.node):
            client = Client(SERVER_NAME="localhost")
            account = Account.objects.get(id=self.account_id)
            client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
            return client.get(path, secure=True) if form is None else client.post(path, form, secure=True)

    def text(self, path: str) -> str:
        answer = self.page(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def call(self, method: str, path: str, body: dict | None = None):
        with self.carrier.at(self.node):
            token = issue_grant(self.caller, list(Purpose), SystemClock().now())
            headers = {"Authorization": f"Bearer {token}"}
            client = Client(SERVER_NAME="localhost", headers=headers)
            data = "" if body is None else json.dumps(body)
            more = {} if method == "get" else {"data": data, "content_type": "application/json"}
            answer = getattr(client, method)(f"/api/v1/{path}", secure=True, **more)
            return answer.status_code, json.loads(answer.content)


@pytest.fixture(name="carrier", scope="module")
def _carrier(one_carrier: Carrier) -> Carrier:
    """One line for all tests here: each looks at its own messages only."""
    one_carrier.by_hand = itertools.count(1)  # numbers of what is sealed by hand, from MA to FR
    return one_carrier


@pytest.fixture(scope="module")
def si(carrier):
    return Desk(carrier, "SI", "operator", Role.OPERATOR)


@pytest.fixture(scope="module")
def fr(carrier):
    return Desk(carrier, "FR", "operator", Role.OPERATOR)


def count(carrier, node="SI"):
    return len(carrier.messages(node))


def coded(values, **more):
    return {**LETTER, **{f"c_{name}": value for name, value in values.items()}, **more}


def thread_of(answer):
    assert answer.status_code == 302, problems(answer)
    return answer["Location"].split("#")[0]


def problems(answer):
    return re.findall(r'<ul class="stack is-tight">.*?</ul>', answer.content.decode(), re.DOTALL)


def read_in(desk, path, language):
    def speak(code):
        with desk.carrier.at(desk.node):
            Account.objects.filter(id=desk.account_id).update(language=code)

    speak(language)
    try:
        return desk.text(path)
    finally:
        speak("en")


def test_a_vehicle_check_is_read_in_the_readers_language_and_answered_in_codes(carrier, si, fr):
    path = thread_of(si.page("/threads/new/", coded(CAR, form="vehicle_check", recipient="FR")))
    carrier.carry()
    arabic = read_in(fr, path, "ar")
    for words in ("التحقق من مركبة", "لوحة التسجيل", "KR XQ-1", "سلوفينيا (SVN)", "أحمر", "تحقيق جنائي"):
        assert words in arabic
    assert "Иван Петров" in arabic
    assert "Ivan Petrov" in arabic
    assert 'dir="rtl"' in arabic
    french = read_in(fr, path, "fr")
    assert "Enquête pénale" in french
    assert '<option value="answer" selected>' in french, "the form that answers is offered at once"
    answer = coded({"result": "confirmed", "person_name": "Jean Untel"}, form="answer", text="Bien à vous")
    thread_of(fr.page(path, answer))
    carrier.carry()
    slovene = read_in(si, path, "sl")
    assert "Potrjeno" in slovene
    assert "Bien à vous" in slovene
    with carrier.at("SI"):
        sent = Message.objects.get(form="vehicle_check", thread__thread_id=path.split("/")[2])
        assert sent.answered_at is not None


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_sent(carrier, si):
    before = count(carrier)
    wrong = coded(
        {"plate_country": "nowhere", "purpose": "", "colour": "pink"}, form="vehicle_check", recipient="FR"
    )
    answer = si.page("/threads/new/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    for name in ("c_plate_country", "c_purpose", "c_plate", "c_colour"):
        assert f'href="#id_{name}"' in page
        assert f'id="id_{name}_error"' in page
    assert 'value="nowhere"' in page
    assert count(carrier) == before


def test_a_country_may_be_typed_by_its_name(carrier, si):
    si.page(
        "/threads/new/", coded({**CAR, "plate_country": "slovenia"}, form="vehicle_check", recipient="FR")
    )
    assert carrier.messages("SI")[-1].fields["plate_country"] == "SVN"


def test_changing_the_form_keeps_what_was_typed(si):
    said = coded({"person_name": "Made Up", "birth_date": "1980"}, form="missing_person", text="words")
    page = si.page("/threads/new/fields/", said).content.decode()
    assert 'name="c_event_date"' in page
    assert 'value="Made Up"' in page
    assert ">\nwords</textarea>" in page or ">words</textarea>" in page
    whole = si.page("/threads/new/", {**said, "choose": "1"}).content.decode()
    assert 'value="1980"' in whole
    assert "problems-title" not in whole


def test_the_machine_interface_lists_takes_and_shows_forms(carrier, si):
    status, listed = si.call("get", "forms")
    assert status == 200
    by_id = {one["declaration"]["id"]: one for one in listed["forms"]}
    assert by_id["hit_confirmation"]["answered_by"][0] == "hit_confirmation_answer"
    assert by_id["free_text"]["answered_by"] == []
    status, sent = si.call("post", "messages", {"recipient": "FR", "form": "vehicle_check", "fields": CAR})
    assert status == 201, sent
    assert sent["header"]["form"] == "vehicle_check"
    assert sent["header"]["priority"] == "urgent", "the form's own when nothing else is said"
    assert sent["fields"]["driver"] == {"name": "Иван Петров", "script": "Cyrl"}
    before = count(carrier)
    for change, code, field in (
        ({"form": "moon"}, "form.unknown", "form"),
        ({"fields": {**CAR, "colour": "pink"}}, "input.not_a_choice", "fields.colour"),
        ({"fields": {}}, "input.missing_field", "fields.purpose"),
        ({"fields": {"purpose": "investigation"}}, "form.one_of", "fields.plate"),
        ({"form": "free_text", "fields": {"x": 1}, "text": "t", "subject": "s"}, "input.unknown_field", "fields.x"),
        ({"form": "information_request", "fields": {"subject_kind": "person", "purpose": "arrest"}}, "message.empty", "text"),
        ({"recipients": ["MA"]}, "input.missing_field", "recipient"),
        ({"form": "hit_alarm", "fields": {}}, "form.unknown", "form"),
    ):  # fmt: skip
        body = {"recipient": "FR", "form": "vehicle_check", "fields": CAR, **change}
        status, refused = si.call("post", "messages", body)
        assert (status, refused["error"]["code"], refused["error"]["field"]) == (422, code, field)
    assert count(carrier) == before


def test_an_own_form_needs_no_installing_at_its_recipient(carrier, si, fr):
    with carrier.at("SI"):
        add_form(None, OWN.encode(), SystemClock().now())
    path = thread_of(
        si.page(
            "/threads/new/", coded({"sign": "XQ7", "armed": "no"}, form="SI:fishing_boat", recipient="FR")
        )
    )
    carrier.carry()
    french = read_in(fr, path, "fr")
    for words in ("Bateau de pêche", "Indicatif", "XQ7", "Armé", "Non"):
        assert words in french
    assert "رمز النداء" in read_in(fr, path, "ar")
    assert '<option value="answer" selected>' in read_in(fr, path, "en")
    status, refused = fr.call(
        "post", "messages", {"recipient": "SI", "form": "SI:fishing_boat", "fields": {}}
    )
    assert (status, refused["error"]["code"]) == (422, "form.unknown")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": {"en": "<script>alert(1)</script>"}}, "form.text"),
        ({"name": {"en": "safe\u202eexe"}}, "form.text"),
        ({"fields": [{"name": "a", "kind": "text", "label": {"en": "x" * 60_000}}]}, "form.too_large"),
        ({"fields": [{"name": "a", "kind": "text", "label": {"en": "x"}}] * 2}, "form.duplicate"),
        ({"fields": "x"}, "form.malformed"),
        ({"id": "FR:fishing_boat"}, "form.id"),
    ],
)
def test_a_hostile_declaration_is_refused_at_the_intake(carrier, fr, change, code):
    """The sender's own checks are not relied on: the envelope is sealed by hand."""
    from comity.protocol.forms import read_form, travelling
    from tests.office.line.carrier import text_letter

    definition = {**travelling(read_form(OWN.replace("SI:", "MA:").encode())), **change}
    letter = text_letter(form="MA:fishing_boat", form_definition=definition, fields={"sign": "x"})
    before = count(carrier, "FR")
    (taken,) = carrier.take_in("FR", carrier.envelope("MA", "FR", letter, sequence=next(carrier.by_hand)))
    assert str(taken.refused) == code
    assert count(carrier, "FR") == before
    assert carrier.refusals("FR")[-1] == code


def test_a_form_of_a_newer_version_is_shown_as_it_was_sent(carrier, fr):
    """A message is never lost because one desk is newer than the other."""
    from tests.office.line.carrier import text_letter

    letter = text_letter(form="boarding_of_tomorrow", fields={"berth": "<b>7</b>"})
    (taken,) = carrier.take_in("FR", carrier.envelope("MA", "FR", letter, sequence=next(carrier.by_hand)))
    assert taken.refused is None
    message = carrier.messages("FR")[-1]
    page = fr.text(f"/threads/{message.thread.thread_id}/")
    assert "berth" in page
    assert "&lt;b&gt;7&lt;/b&gt;" in page
    assert "as it was sent" in page


# --- reach


def mark_in(answer):
    page = answer.content.decode()
    found = re.search(r'name="confirmed" value="([0-9a-f]{16})"', page)
    assert found, problems(answer) or page[:500]
    return found[1], page


def test_a_broadcast_is_confirmed_before_anything_leaves(carrier, si):
    words = {**LETTER, "subject": "To all", "text": "Words", "reach": "all"}
    before = count(carrier)
    mark, page = mark_in(si.page("/threads/new/", words))
    assert "2 bureaus receive this" in page
    assert "National bureau Paris" in page
    assert "Secretariat" in page
    assert "only when chosen by itself" in page
    assert count(carrier) == before
    stale = si.page("/threads/new/", {**words, "confirmed": "0" * 16})
    assert mark_in(stale)[0] == mark, "what was confirmed is not what would be sent: it is asked again"
    assert count(carrier) == before
    thread_of(si.page("/threads/new/", {**words, "confirmed": mark}))
    sent = carrier.messages("SI")[-1]
    assert sent.recipients == ["FR", "MA"]
    assert sent.shows_recipients is False
    back = si.page("/threads/new/", {**words, "edit": "1"}).content.decode()
    assert 'value="To all"' in back


def test_recipients_learn_of_one_another_only_when_the_sender_says_so(carrier, si, fr):
    words = {
        **LETTER,
        "subject": "s",
        "text": "t",
        "reach": "several",
        "recipients": ["FR", "MA"],
        "label": "restricted",
    }
    for more, shown in (({}, ["FR"]), ({"show_recipients": "on"}, ["FR", "MA"])):
        mark, page = mark_in(si.page("/threads/new/", {**words, **more}))
        assert ("The recipients are shown to one another." in page) is bool(more)
        path = thread_of(si.page("/threads/new/", {**words, **more, "confirmed": mark}))
        carrier.carry()
        assert carrier.messages("FR")[-1].recipients == shown
        main = fr.text(path).split('id="letters"')[1]
        assert ("Rabat" in main or "<b>MA</b>" in main) is bool(more)


def test_the_sentence_follows_the_choice(carrier, si):
    before = count(carrier)

    def said(**choice):
        return si.page("/threads/new/reach/", choice).content.decode()

    assert "Nobody receives this yet" in said(reach="one")
    assert "1 bureau receives this" in said(reach="one", recipient="FR")
    assert "2 bureaus receive this" in said(reach="several", recipients=["FR", "MA"])
    region = said(reach="region", region="europe")
    assert "Paris" in region
    assert "Rabat" not in region
    assert "1 does not" in said(reach="all")
    assert count(carrier) == before


def test_programs_reach_a_region_or_all(carrier, si):
    body = {"subject": "s", "text": "t"}
    status, sent = si.call("post", "messages", {**body, "reach": "region:middle_east_north_africa"})
    assert (status, sent["header"]["recipients"]) == (201, ["MA"])
    status, sent = si.call("post", "messages", {**body, "reach": "all", "show_recipients": True})
    assert (status, sent["header"]["recipients"]) == (201, ["FR", "MA"])
    assert [one["recipient"] for one in sent["deliveries"]] == ["FR", "MA"]
    for reach, code in (("region:africa", "reach.region"), ("region:moon", "reach.region")):
        status, refused = si.call("post", "messages", {**body, "reach": reach})
        assert (status, refused["error"]["code"]) == (422, code)


def test_a_reply_in_a_thread_of_several_goes_to_whom_it_answers(carrier, si, fr):
    words = {**LETTER, "subject": "s", "text": "t", "reach": "all"}
    mark, _ = mark_in(si.page("/threads/new/", words))
    path = thread_of(si.page("/threads/new/", {**words, "confirmed": mark}))
    carrier.carry()
    thread_of(fr.page(path, {**LETTER, "form": "free_text", "text": "From Paris"}))
    carrier.carry()
    thread_of(si.page(path, {**LETTER, "form": "free_text", "text": "To Paris alone"}))
    assert carrier.messages("SI")[-1].recipients == ["FR"]
    mark, page = mark_in(si.page(path, {**LETTER, "form": "free_text", "text": "To both", "to": "all"}))
    assert "2 bureaus receive this" in page
    thread_of(
        si.page(path, {**LETTER, "form": "free_text", "text": "To both", "to": "all", "confirmed": mark})
    )
    assert carrier.messages("SI")[-1].recipients == ["FR", "MA"]


# --- units


@pytest.fixture(scope="module")
def customs(carrier):
    with carrier.at("SI"):
        add_unit("customs", "Customs administration", UnitKind.AUTHORITY, SystemClock().now(), None)
    return Desk(carrier, "SI", "carina", Role.OPERATOR, Role.APPROVER, unit="customs")


def test_a_unit_sees_what_is_passed_on_to_it_and_nothing_else(carrier, si, fr, customs):
    """Two messages of one thread and a thread beside it: one message is passed on."""
    path = thread_of(
        fr.page("/threads/new/", {**LETTER, "recipient": "SI", "subject": "Lorry", "text": "first words"})
    )
    carrier.carry()
    thread_of(fr.page(path, {**LETTER, "form": "free_text", "text": "second words"}))
    fr.page(
        "/threads/new/", {**LETTER, "recipient": "SI", "subject": "Another matter", "text": "third words"}
    )
    carrier.carry()
    first, second, _ = carrier.messages("SI")[-3:]
    api = f"messages/{first.message_id}"
    assert customs.page(path).status_code == 404
    assert customs.call("get", api)[0] == 404
    assert second.message_id not in json.dumps(customs.call("get", "messages")[1])
    assert "Lorry" not in customs.text("/inbox/")

    passed = si.page(f"/messages/{second.message_id}/pass-on/", {"unit": "customs", "note": "Yours?"})
    assert passed.status_code == 302
    page = customs.text(path)
    assert "second words" in page
    assert "first words" not in page
    assert customs.call("get", api)[0] == 404
    assert customs.call("get", f"messages/{second.message_id}")[0] == 200
    listed = [m["message_id"] for m in customs.call("get", "messages")[1]["messages"]]
    assert second.message_id in listed
    assert first.message_id not in listed
    inbox = customs.text("/inbox/")
    assert "Lorry" in inbox
    assert "Another matter" not in inbox
    assert re.search(r'data-count="[1-9]', inbox), "what the unit has not read is counted"
    with carrier.at("SI"):
        entry = JournalEvent.objects.filter(action="message:pass_on", allowed=True).last()
        assert entry.subject == f"message:{second.message_id}"


def test_a_unit_reads_without_a_receipt_and_writes_through_its_bureau(carrier, si, fr, customs):
    path = thread_of(
        fr.page("/threads/new/", {**LETTER, "recipient": "SI", "subject": "Lorry", "text": "words"})
    )
    carrier.carry()
    received = carrier.messages("SI")[-1]
    assert si.call("post", f"messages/{received.message_id}/pass-on", {"unit": "customs"})[0] == 200
    customs.page(f"{path}read/", {})
    message = carrier.messages("SI")[-1]
    assert message.read_at is None, "the sender is told only when the bureau has read it"
    assert si.call("get", f"messages/{received.message_id}")[1]["passed_on"][0]["read_at"] is not None
    thread_of(customs.page(path, {**LETTER, "form": "free_text", "text": "It is ours"}))
    carrier.carry()
    assert carrier.messages("FR")[-1].unit == "customs"
    assert "<bdi>customs</bdi>" in fr.text(path), "the reader is told which unit wrote it"
    assert "It is ours" in customs.text(path)
    assert "It is ours" in si.text(path)


def test_a_unit_does_nothing_that_is_its_bureaus(carrier, si, fr, customs):
    """Every action that decides for the bureau is 404, whatever the account's roles."""
    fr.page("/threads/new/", {**LETTER, "recipient": "SI", "subject": "Lorry", "text": "words"})
    carrier.carry()
    message = carrier.messages("SI")[-1]
    assert customs.page(f"/messages/{message.message_id}/pass-on/", {"unit": "customs"}).status_code == 404
    assert customs.call("post", f"messages/{message.message_id}/pass-on", {"unit": "customs"})[0] == 404
    assert customs.call("post", f"messages/{message.message_id}/read")[0] == 404
    for path in ("/hits/", "/records/", "/journal/"):
        assert customs.page(path).status_code == 404
    for path in ("hits", "records", "units"):
        assert customs.call("get", path)[0] == 404
    reply = {"recipient": "FR", "text": "t", "thread_id": message.thread.thread_id}
    status, refused = customs.call("post", "messages", reply)
    assert (status, refused["error"]["field"]) == (404, "thread_id")


def test_a_unit_has_the_files_of_what_was_passed_on_and_no_others(carrier, si, fr, customs):
    """What it reads, with all that belongs to it; of everything else not even the name."""
    files = {}
    for name in ("passed.txt", "kept.txt"):
        with carrier.at("SI"):
            file = add_whole(si.caller, name, f"words of {name}".encode(), SystemClock().now())
        draft = {"recipient": "FR", "subject": name, "text": "t", "attachments": [file.attachment_id]}
        status, sent = si.call("post", "messages", draft)
        assert status == 201, sent
        files[name] = (file.attachment_id, sent["header"]["message_id"])
    passed, message_id = files["passed.txt"]
    kept, _ = files["kept.txt"]
    assert si.call("post", f"messages/{message_id}/pass-on", {"unit": "customs"})[0] == 200
    shown = customs.text(f"/attachments/{passed}/")
    assert "words of passed.txt" in shown
    assert customs.call("get", f"attachments/{passed}")[0] == 200
    original = customs.page(f"/attachments/{passed}/original", {})
    with carrier.at("SI"):
        assert b"".join(original.streaming_content) == b"words of passed.txt"
    for path in (f"/attachments/{kept}/", f"/attachments/{kept}/preview"):
        assert customs.page(path).status_code == 404, path
    assert customs.page(f"/attachments/{kept}/original", {}).status_code == 404
    for path in (f"attachments/{kept}", f"attachments/{kept}/content", f"attachments/{kept}/preview"):
        assert customs.call("get", path)[0] == 404, path
    assert "kept.txt" not in customs.text("/inbox/")
    with carrier.at("SI"):
        entries = JournalEvent.objects.filter(action="attachment:open", officer=customs.account_id)
        assert [(entry.subject, entry.allowed) for entry in entries if entry.subject] == [
            (f"attachment:{passed}", True)
        ]


def test_a_unit_sends_files_of_its_own(carrier, si, fr, customs):
    with carrier.at("SI"):
        file = add_whole(customs.caller, "own.txt", b"of the customs", SystemClock().now())
    assert si.call("get", f"attachments/{file.attachment_id}")[0] == 404, "unsent, it is its author's alone"
    draft = {"recipient": "FR", "subject": "s", "text": "t", "attachments": [file.attachment_id]}
    status, refused = si.call("post", "messages", draft)
    assert (status, refused["error"]["code"]) == (404, "attachment.not_found"), "nor does another send it"
    status, sent = customs.call("post", "messages", draft)
    assert (status, [one["name"] for one in sent["attachments"]]) == (201, ["own.txt"])
    assert "of the customs" in customs.text(f"/attachments/{file.attachment_id}/")
    assert "of the customs" in si.text(f"/attachments/{file.attachment_id}/")


def test_a_closed_unit_sees_nothing_more(carrier, si, fr):
    with carrier.at("SI"):
        add_unit("harbour", "Harbour police", UnitKind.AUTHORITY, SystemClock().now(), None)
    harbour = Desk(carrier, "SI", "pristan", Role.OPERATOR, unit="harbour")
    path = thread_of(
        fr.page("/threads/new/", {**LETTER, "recipient": "SI", "subject": "Ship", "text": "words"})
    )
    carrier.carry()
    message_id = carrier.messages("SI")[-1].message_id
    assert si.call("post", f"messages/{message_id}/pass-on", {"unit": "harbour"})[0] == 200
    assert harbour.page(path).status_code == 200
    with carrier.at("SI"):
        set_active(UnitId("harbour"), SystemClock().now(), None, active=False)
    assert harbour.page(path).status_code == 404
    assert harbour.page("/threads/new/").status_code == 404
    status, refused = si.call("post", f"messages/{message_id}/pass-on", {"unit": "harbour"})
    assert (status, refused["error"]["code"]) == (409, "unit.not_found")
