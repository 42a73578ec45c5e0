"""I9: what a bureau holds back leaves only after another person released exactly it, through every door."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from comity.crypto.files import write_private
from comity.kernel.codes import Action, HandlingLabel, Purpose, Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import BureauId, FormId, MessageId, new_id
from comity.node.home import NodeHome
from comity.node.release_settings import ReleaseSection
from comity.node.settings import SETTINGS_FILE, to_toml
from comity.office import runtime
from comity.office.access import caller_for_account
from comity.office.approvals import services as approvals
from comity.office.approvals.models import Approval
from comity.office.attachments.models import Attachment
from comity.office.attachments.services import add_whole, unsent
from comity.office.messages import services as line
from comity.office.messages.models import Message, OutboxItem
from comity.office.messages.services import Draft
from comity.office.people.models import Account
from comity.office.people.services import create_account, issue_grant, set_active
from comity.office.recalls import services as recalls
from comity.office.releases.changes import PARTS, changes
from comity.office.releases.demand import write_down
from comity.office.releases.forgetting import KEPT, forget_refused
from comity.office.releases.models import ReleaseDemand, Submission
from comity.office.releases.services import Waiting, hand_in
from comity.office.scoping import acting_for
from comity.office.supervision.models import JournalEvent
from comity.protocol.members import MemberStatus
from tests.harness.offices import PASSWORD, start_anew
from tests.office.line.carrier import Carrier, canary, now
from tests.office.line.test_line_bad_envelopes import set_standing

POWERFUL = [Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR]
"""One person with every role that could matter: still one person."""
HELD = ReleaseSection(label="restricted")


def demand(offices, node, section):
    """Have the bureau say in its settings what it demands, as its processes do when they start."""
    home = NodeHome.open(offices.path(node))
    changed = msgspec.structs.replace(home.settings, release=section)
    write_private(home.path / SETTINGS_FILE, to_toml(changed).encode())
    offices.homes[node] = NodeHome.open(home.path)
    start_anew()
    with offices.at(node):
        write_down(now())


class Story:
    """A bureau that holds restricted messages back; `author` writes, `other` may release."""

    def __init__(self, offices) -> None:
        self.offices = offices
        self.carrier = Carrier(offices)
        demand(offices, "SI", HELD)
        with self.at_si():
            self.author, self.other = (self.account(name, POWERFUL) for name in ("author", "other"))
            self.administrator = self.account("admin", [Role.ADMINISTRATOR])
            self.operator = self.account("operator", [Role.OPERATOR])

    def at_si(self):
        return self.carrier.at("SI")

    def account(self, name, roles):
        made = create_account(name, None, name, runtime.home().bureau, roles, "en", now(), None)
        return proved(caller_for_account(made))

    def draft(self, *to, **more):
        values = {"subject": "A subject", "text": self.text, "label": HandlingLabel.RESTRICTED, **more}
        return Draft(recipients=tuple(map(BureauId, to or ("FR",))), **values)

    text = canary()

    def waits(self, **more) -> Waiting:
        (waiting,) = hand_in(self.author, [self.draft(**more)], now())
        assert isinstance(waiting, Waiting)
        return waiting

    def client(self, caller) -> Client:
        client = Client(SERVER_NAME="localhost")
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(Account.objects.get(id=caller.officer), backend=backend)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": now().timestamp()}]
        session["account_authentication_methods_user"] = caller.officer
        session.save()
        return client

    def nothing_left(self, waiting) -> bool:
        found = Approval.objects.get(approval_id=waiting.approval.approval_id)
        row = Submission.objects.get(submission_id=waiting.submission.submission_id)
        state = (found.state, found.decided_by_id, row.released_by_id, row.released_at)
        return state == ("waiting", None, None, None) and not OutboxItem.objects.exists()


def proved(caller, at=None):
    return replace(caller, proved_at=at or now())


@pytest.fixture
def story(offices):
    return Story(offices)


def by_service(_story, waiting, caller, seen):
    try:
        approvals.approve(caller, waiting.approval.approval_id, seen, now())
    except ComityError as error:
        return str(error.code)
    return ""


def by_page(story, waiting, caller, seen):
    path = f"/approvals/{waiting.approval.approval_id}/approve/"
    answer = story.client(caller).post(path, {"content_hash": seen}, secure=True)
    if answer.status_code == 302:
        return ""
    page = answer.content.decode()
    return next((code for code in CODES if code in page), str(answer.status_code))


def by_api(_story, waiting, caller, seen):
    path = f"/api/v1/approvals/{waiting.approval.approval_id}/approve"
    try:
        token = issue_grant(caller, list(Purpose), now())
    except ComityError as error:
        return str(error.code)
    headers = {"Authorization": f"Bearer {token}"}
    body = json.dumps({"content_hash": seen})
    answer = Client(SERVER_NAME="localhost").post(
        path, body, content_type="application/json", headers=headers, secure=True
    )
    return answer.json()["error"]["code"] if answer.status_code >= 400 else ""


def by_command(_story, waiting, caller, seen):
    name = Account.objects.get(id=caller.officer).username
    home = str(runtime.home().path)
    arguments = ["approval", "approve", "--home", home, "--as", name, "--hash", seen, "--json"]
    command = [sys.executable, "-m", "comity", *arguments, waiting.approval.approval_id]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["error"]["code"] if done.returncode else ""


DOORS = [by_service, by_page, by_api]
"""The command line starts a process for each try: it has the same table in a test of its own."""
CODES = (
    "approval.same_person",
    "approval.changed",
    "approval.decided",
    "access.not_found",
    "message.recipient",
)
NOT_THERE = ("access.not_found", "404", "grant.missing")


def test_i9_every_door_wants_another_person_and_the_same_text(story):
    """One table of forbidden attempts, the same for every door; each leaves nothing sent and is journaled."""
    with story.at_si():
        waiting = story.waits()
        seen = waiting.submission.content_hash
        for door in DOORS:
            assert door(story, waiting, story.author, seen) == "approval.same_person", door
            assert door(story, waiting, story.other, "0" * 64) == "approval.changed", door
            assert door(story, waiting, story.administrator, seen) in NOT_THERE, door
            assert door(story, waiting, story.operator, seen) in NOT_THERE, door
            assert story.nothing_left(waiting), door
        refused = JournalEvent.objects.filter(action=Action.APPROVAL_DECIDE, allowed=False)
        codes = [row.code for row in refused.order_by("id")]
        assert codes.count("approval.same_person") == codes.count("approval.changed") == len(DOORS)
        assert codes.count("access.denied") >= 2 * (len(DOORS) - 1)
        assert by_page(story, waiting, story.other, seen) == ""
        (sent,) = Message.objects.filter(sender="SI")
        assert (sent.message_id, sent.text, sent.author) == (
            waiting.submission.message_id,
            story.text,
            story.author.officer,
        )
        for door in DOORS:
            assert door(story, waiting, story.other, seen) == "approval.decided", door
        assert Message.objects.filter(sender="SI").count() == OutboxItem.objects.count() == 1
    story.carrier.carry()
    assert [(m.text, m.message_id) for m in story.carrier.messages("FR")] == [(story.text, sent.message_id)]


def test_i9_the_command_line_has_the_same_table(story):
    with story.at_si():
        waiting = story.waits()
        seen = waiting.submission.content_hash
        assert by_command(story, waiting, story.author, seen) == "approval.same_person"
        assert by_command(story, waiting, story.other, "0" * 64) == "approval.changed"
        assert by_command(story, waiting, story.administrator, seen) == "access.not_found"
        assert story.nothing_left(waiting)
        assert by_command(story, waiting, story.other, seen) == ""
        assert Message.objects.get(sender="SI").message_id == waiting.submission.message_id


def test_i9_nothing_is_sent_around_the_release(story):
    """The lowest function that sends refuses too: a door that forgot to hand in sends nothing."""
    with story.at_si():
        for way in (
            lambda: line.send_all(story.author, [story.draft()], now()),
            lambda: line.send_drafts([story.draft()], now(), story.author.officer),
        ):
            with pytest.raises(ComityError) as refused, transaction.atomic():
                way()
            assert refused.value.code is ErrorCode.RELEASE_NEEDED
        assert not Message.objects.exists()
        assert not OutboxItem.objects.exists()


def test_i9_another_bureau_finds_nothing(story):
    with story.at_si():
        waiting = story.waits()
        with acting_for(BureauId("FR")), pytest.raises(ComityError) as refused:
            approvals.approve(
                story.other, waiting.approval.approval_id, waiting.submission.content_hash, now()
            )
        assert refused.value.code is ErrorCode.APPROVAL_NOT_FOUND
        assert story.nothing_left(waiting)


def test_i9_a_recipient_who_was_suspended_meanwhile_stops_the_release(story):

    with story.at_si():
        waiting = story.waits()
    set_standing(story.carrier, "FR", MemberStatus.SUSPENDED)
    with story.at_si():
        for door in DOORS:
            assert door(story, waiting, story.other, waiting.submission.content_hash) == "message.recipient"
            assert story.nothing_left(waiting)
        codes = JournalEvent.objects.filter(action=Action.APPROVAL_DECIDE, allowed=False)
        assert [row.code for row in codes] == ["message.recipient"] * len(DOORS)


def test_i9_an_author_who_lost_the_right_stops_the_release(story):
    with story.at_si():
        waiting = story.waits()
        set_active(story.author.officer, now(), None, active=False)
        assert by_service(story, waiting, story.other, waiting.submission.content_hash) == "release.author"
        assert story.nothing_left(waiting)


def test_i9_releasing_asks_who_you_are(story):
    """A session that was left open is not enough, nor an old grant; with a second factor only that counts."""
    with story.at_si():
        waiting = story.waits()
        seen, path = waiting.submission.content_hash, f"/approvals/{waiting.approval.approval_id}/approve/"
        for stale in (None, now() - timedelta(minutes=6), now() + timedelta(minutes=1)):
            caller = replace(story.other, proved_at=stale)
            assert by_service(story, waiting, caller, seen) == "approval.proof"
        client = story.client(story.other)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": now().timestamp() - 301}]
        session.save()
        answer = client.post(path, {"content_hash": seen}, secure=True)
        back = f"%2Fapprovals%2F{waiting.approval.approval_id}%2F"
        assert answer["Location"] == f"/accounts/reauthenticate/?next={back}"
        assert story.nothing_left(waiting)
        with_second_factor(story.other)
        answer = story.client(story.other).post(path, {"content_hash": seen}, secure=True)
        assert answer["Location"] == f"/accounts/2fa/reauthenticate/?next={back}"
        assert story.nothing_left(waiting)
        client = story.client(story.other)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "mfa", "type": "totp", "at": now().timestamp()}
        ]
        session.save()
        assert client.post(path, {"content_hash": seen}, secure=True).status_code == 302
        assert Message.objects.filter(sender="SI").count() == 1


def test_who_releases_shows_who_they_are_and_comes_back(story):
    """The whole way on the desk: signed in long ago, asked for the password, led back, released."""
    with story.at_si():
        waiting = story.waits()
        person = Account.objects.get(id=story.other.officer)
        person.set_password(PASSWORD)
        person.save()
        path = f"/approvals/{waiting.approval.approval_id}/"
        client = story.client(story.other)
        session = client.session
        session["account_authentication_methods"] = []
        session.save()
        seen = {"content_hash": waiting.submission.content_hash}
        assert "You are asked first to confirm" in client.get(path, secure=True).content.decode()
        asked = client.post(f"{path}approve/", seen, secure=True)["Location"]
        assert client.get(asked, secure=True).status_code == 200
        assert client.post(asked, {"password": "wrong"}, secure=True).status_code == 200
        assert client.post(f"{path}approve/", seen, secure=True)["Location"] == asked
        assert client.post(asked, {"password": PASSWORD}, secure=True)["Location"] == path
        assert "You are asked first to confirm" not in client.get(path, secure=True).content.decode()
        assert client.post(f"{path}approve/", seen, secure=True)["Location"] == path
        left = client.get(path, secure=True).content.decode()
        assert "It has left." in left
        assert f"#m-{waiting.submission.message_id}" in left
        assert Message.objects.filter(sender="SI").count() == 1


def with_second_factor(caller):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(
        user=Account.objects.get(id=caller.officer), type=Authenticator.Type.TOTP, data={"secret": "x"}
    )


def database_refuses(statement, values):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError:
        return True
    return False


MESSAGE_ROW = (
    "INSERT INTO line_message (message_id, thread_id, bureau, sender, unit, recipient, recipients,"
    " shows_recipients, sequence, {order}, form, priority, label, subject, text, fields, attachments,"
    " in_reply_to, author, state, envelope_digest, sealing_key, created_at, stored_at)"
    " SELECT %(message)s, %(thread)s, s.bureau, s.bureau, '', 'FR', %(to)s, %(false)s, 0, 1, 'free_text',"
    " 'normal', %(label)s, 'A subject', %(text)s, %(none)s, %(list)s, '', %(author)s, 'queued', '', '',"
    " s.submitted_at, s.submitted_at FROM releases_submission s LIMIT 1"
)
ATTEMPTS = {
    "another text": "UPDATE releases_submission SET content = %(other_content)s",
    "another hash": "UPDATE releases_submission SET content_hash = %(zeros)s",
    "another author": "UPDATE releases_submission SET author_id = %(other)s",
    "released without approval": (
        "UPDATE releases_submission SET released_by_id = %(other)s, released_at = submitted_at"
    ),
    "released by its author": (
        "UPDATE releases_submission SET released_by_id = author_id, released_at = submitted_at"
    ),
    "gone": "DELETE FROM releases_submission",
    "born released": (
        "INSERT INTO releases_submission (submission_id, bureau, message_id, author_id, first, act, content,"
        " content_hash, submitted_at, released_at, released_by_id) SELECT %(id)s, bureau, %(id)s, author_id,"
        " first, act, content, content_hash, submitted_at, submitted_at, %(other)s FROM releases_submission"
    ),
    "less demanded": "UPDATE releases_releasedemand SET labels = %(list)s",
    "nothing demanded": "DELETE FROM releases_releasedemand",
}


def test_i9_the_database_refuses_the_ways_around(story):
    """As the application's own role, without any of our code: neither a mark nor a message without release."""
    with story.at_si() as home:
        waiting = story.waits()
        free = line.send_all(story.author, [story.draft(label=HandlingLabel.OFFICIAL)], now())[0]
        OutboxItem.objects.all().delete()
        values = values_for(story, waiting, free)
        for name, statement in ATTEMPTS.items():
            assert database_refuses(statement, values), name
            assert story.nothing_left(waiting), name
        insert = MESSAGE_ROW.format(order='"order"')
        free_row = {**values, "label": "official", "message": new_id(now())}
        for name, change in {
            "never handed in": {"message": new_id(now())},
            "handed in, not released": {},
            "confidential": {"message": new_id(now()), "label": "confidential"},
            "nobody's": {"message": new_id(now()), "author": ""},
        }.items():
            assert database_refuses(insert, {**values, **change}), name
        assert not database_refuses(insert, free_row), "what needs no release is stored as ever"
        assert database_refuses(
            "UPDATE line_message SET message_id = %(id)s WHERE message_id = %(message)s",
            free_row | {"id": "x"},
        )
        assert home.bureau == "SI"


def values_for(story, waiting, free):
    postgresql = connection.vendor == "postgresql"
    return {
        "zeros": "0" * 64,
        "other": story.other.officer,
        "author": story.author.officer,
        "id": new_id(now()),
        "message": waiting.submission.message_id,
        "thread": free.thread.pk,
        "text": story.text,
        "label": "restricted",
        "to": '["FR"]',
        "none": "{}",
        "list": "[]",
        "false": False if postgresql else 0,
        "other_content": json.dumps({**waiting.submission.content, "text": "another"}),
    }


def test_i9_a_release_covers_exactly_its_own_message(story):
    """Released and approved, by the book; yet what is stored under its id is another text, or goes elsewhere."""
    with story.at_si():
        waiting = story.waits()
        approval = waiting.approval
        Approval.objects.filter(pk=approval.pk).update(
            state="approved",
            decided_by=story.other.officer,
            decided_at=now(),
            decided_hash=approval.content_hash,
        )
        Submission.objects.filter(pk=waiting.submission.pk).update(
            released_by=story.other.officer, released_at=now()
        )
        draft = waiting.content.draft(MessageId(waiting.submission.message_id))
        for name, changed in {
            "text": replace(draft, text="another"),
            "recipients": replace(draft, recipients=(BureauId("FR"), BureauId("MA"))),
            "label": replace(draft, label=HandlingLabel.CONFIDENTIAL),
            "form": replace(draft, form=FormId("document_check")),
            "fields": replace(draft, fields={"a": "b"}),
            "author": replace(draft),
        }.items():
            author = story.other.officer if name == "author" else story.author.officer
            with pytest.raises(IntegrityError, match="second person"), transaction.atomic():
                line.send_drafts([changed], now(), author)
            assert not OutboxItem.objects.exists(), name
        with transaction.atomic():
            line.send_drafts([draft], now(), story.author.officer)
        assert OutboxItem.objects.count() == 1


def test_a_refusal_says_why_and_the_author_hands_in_again(story):
    """Reason needed; the author corrects in the same form; the approver sees what changed since they looked."""
    with story.at_si():
        file = add_whole(story.author, "a.txt", b"words", now()).attachment_id
        waiting = story.waits(attachments=(file,))
        assert unsent(story.author) == []
        path = f"/approvals/{waiting.approval.approval_id}/"
        approver, author = story.client(story.other), story.client(story.author)
        page = approver.get(path, secure=True).content.decode()
        assert story.text in page
        assert "a.txt" in page
        assert "Changed since" not in page
        assert "/approve/" not in author.get(path, secure=True).content.decode()
        assert approver.post(f"{path}refuse/", {"note": " "}, secure=True).status_code == 422
        assert approver.post(f"{path}refuse/", {"note": "Say which car."}, secure=True).status_code == 302
        assert by_service(story, waiting, story.other, waiting.submission.content_hash) == "approval.decided"
        assert "Say which car." in author.get("/releases/?view=refused", secure=True).content.decode()
        led = author.get(f"/releases/{waiting.submission.submission_id}/again/", secure=True)
        form = author.get(led["Location"], secure=True).content.decode()
        assert story.text in form
        assert file in form
        again = {
            "again": waiting.submission.submission_id,
            "form": "free_text",
            "reach": "one",
            "recipient": "FR",
            "subject": "A subject",
            "text": f"{story.text} The red car.",
            "priority": "normal",
            "label": "restricted",
            "attachments": file,
        }
        answer = author.post("/threads/new/", again, secure=True)
        assert answer.status_code == 302
        page = approver.get(answer["Location"], secure=True).content.decode()
        assert "Changed since" in page
        assert "The red car." in page.split("<ins>")[1].split("</ins>")[0]
        last = Approval.objects.order_by("-id").first()
        assert answer["Location"] == f"/approvals/{last.approval_id}/"
        seen = last.content_hash
        approvals.approve(story.other, last.approval_id, seen, now())
        sent = Message.objects.get(sender="SI")
        assert sent.text.endswith("The red car.")
        assert Attachment.objects.get(attachment_id=file).message_id == sent.message_id
        assert not Submission.objects.exclude(content=None).exists(), "the message itself holds it now"
    with story.at_si(), pytest.raises(ComityError) as refused:
        hand_in(story.author, [story.draft()], now(), corrects=waiting.submission.submission_id)
    assert refused.value.code is ErrorCode.APPROVAL_DECIDED


def test_what_was_refused_is_forgotten_after_a_month(story):
    """I12: a draft is no archive; what still waits stays."""
    with story.at_si():
        refused, waits = story.waits(), story.waits()
        approvals.refuse(story.other, refused.approval.approval_id, "Say which car.", now())
        assert not forget_refused(now() + KEPT - timedelta(minutes=5))
        assert forget_refused(now() + KEPT + timedelta(minutes=5))
        kept = Submission.objects.exclude(content=None).values_list("submission_id", flat=True)
        assert list(kept) == [waits.submission.submission_id]
        page = story.client(story.author).get("/releases/?view=refused", secure=True).content.decode()
        assert "Say which car." in page
        assert story.text not in page


def test_i9_the_table_itself_refuses_one_person(story):
    """The CHECK stands behind the trigger: without the trigger an author still cannot release their own."""
    with story.at_si():
        waiting = story.waits()
        with pytest.raises(IntegrityError, match="release_two_people"):
            mark_without_trigger()
        assert story.nothing_left(waiting)


def mark_without_trigger():
    on = " ON releases_submission" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER releases_submission_approved{on}")
        cursor.execute(
            "UPDATE releases_submission SET released_by_id = author_id, released_at = submitted_at"
        )


def test_pages_and_api_hand_in_and_say_so(story):
    with story.at_si():
        client = story.client(story.author)
        said = {"form": "free_text", "reach": "one", "recipient": "FR", "subject": "S", "text": story.text}
        answer = client.post(
            "/threads/new/", {**said, "priority": "normal", "label": "restricted"}, secure=True, follow=True
        )
        assert "Nothing leaves before another person has released it" in answer.content.decode()
        token = issue_grant(story.author, list(Purpose), now())
        body = {"recipient": "FR", "subject": "S", "text": "T"}
        batch = {"messages": [body, {**body, "label": "restricted"}]}
        status, one = api(token, "messages", {**body, "label": "restricted"})
        assert (status, one["grounds"], one["recipients"]) == (202, ["label"], ["FR"])
        assert Approval.objects.filter(
            approval_id=one["approval_id"], content_hash=one["content_hash"]
        ).exists()
        assert not Message.objects.exists()
        status, several = api(token, "messages/batch", batch)
        assert (status, len(several["sent"]), several["places"]) == (202, 1, [1])
        assert Message.objects.get().message_id == several["sent"][0]["message_id"]
        desk = story.client(story.other).get("/inbox/", secure=True).content.decode()
        assert 'Awaiting release<span class="number">3</span>' in desk
        assert desk.split('id="count-approvals" data-count="')[1][0] == "3"


def test_what_changed_is_told_part_by_part_in_words(story):
    with story.at_si():
        plate = {"plate": "KR XQ-472", "plate_country": "SVN", "purpose": "border_control"}
        before = story.waits(form=FormId("vehicle_check"), fields=plate).submission.content
        now_ = {
            **before,
            "fields": {**plate, "plate": "KR XQ-427"},
            "priority": "flash",
            "recipients": ["FR", "MA"],
            "text": before["text"] + " At once.",
        }
        found = {one.part: one.pieces for one in changes(before, now_)}
        assert list(changes(before, before)) == []
        new = {part: "".join(p.text for p in pieces if not p.was).strip() for part, pieces in found.items()}
        assert list(new) == ["recipients", "priority", "text", next(iter(set(new) - set(PARTS)))]
        assert (new["recipients"], new["priority"], new["text"]) == ("MA", "Flash", "At once.")
        assert all("".join(p.text for p in pieces if p.stands) for pieces in found.values())


def api(token, path, body):
    headers = {"Authorization": f"Bearer {token}"}
    client = Client(SERVER_NAME="localhost")
    answer = client.post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers, secure=True
    )
    return answer.status_code, answer.json()


def test_recall_and_correction_wait_too(story):
    with story.at_si():
        sent = line.send_all(story.author, [story.draft(label=HandlingLabel.OFFICIAL)], now())[0]
    demand(story.offices, "SI", ReleaseSection(everything=True))
    story.carrier.carry()
    with story.at_si():
        message_id = MessageId(sent.message_id)
        right = recalls.correct(story.author, message_id, {"what": ["number"]}, "As it is right.", now())
        back = recalls.recall(story.author, message_id, "Sent to the wrong bureau.", now())
        assert Message.objects.filter(sender="SI").count() == 1
        for waiting in (right, back):
            assert isinstance(waiting, Waiting)
            assert (
                by_service(story, waiting, story.author, waiting.submission.content_hash)
                == "approval.same_person"
            )
            assert by_service(story, waiting, story.other, waiting.submission.content_hash) == ""
        assert by_service(story, back, story.other, back.submission.content_hash) == "approval.decided"
    story.carrier.carry()
    with story.carrier.at("FR"):
        assert Message.objects.get(message_id=sent.message_id).text == ""


def test_what_the_node_says_by_itself_is_not_held(story):
    """Receipts and the like leave although everything that a person writes waits."""
    demand(story.offices, "SI", ReleaseSection(everything=True))
    got = story.carrier.send("FR", "SI", "text")
    story.carrier.carry()
    assert [row.kind for row in story.carrier.receipts("FR")] == ["delivered"]
    assert got.sender == "FR"


def test_the_demand_is_written_down_once(story):
    with story.at_si():
        before = ReleaseDemand.objects.count()
        write_down(now())
        assert ReleaseDemand.objects.count() == before
        assert ReleaseDemand.objects.order_by("-id").first().labels == ["restricted", "confidential"]
