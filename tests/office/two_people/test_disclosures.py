"""I9: showing a message to the secretariat takes two people, through every door and in the database itself."""

import json
import subprocess
import sys

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from comity.kernel.codes import Action, Purpose, Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import MessageId, new_id
from comity.office.access import caller_for_account
from comity.office.approvals import services as approvals
from comity.office.approvals.models import Approval
from comity.office.disclosures.models import Disclosure
from comity.office.disclosures.services import request_disclosure
from comity.office.messages.models import Message
from comity.office.people.models import Account
from comity.office.people.services import create_account, issue_grant
from comity.office.supervision.models import JournalEvent
from tests.office.line.carrier import Carrier, canary, now

SECRET = canary()
REASON = "The other bureau disputes what it wrote."
POWERFUL = [Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR]
"""One person with every role that could matter: still one person."""


@pytest.fixture
def carrier(offices):
    return Carrier(offices)


class Story:
    """A message from FR on the desk of SI, `asker` who wants it disclosed, `other` who may approve."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.message_id = carrier.send("FR", "SI", SECRET, subject="A subject").message_id
        carrier.carry()
        with self.at_si():
            self.asker, self.other = (self.account(name, POWERFUL) for name in ("asker", "other"))
            self.approval = request_disclosure(self.asker, MessageId(self.message_id), REASON, now())

    def at_si(self):
        return self.carrier.at("SI")

    def account(self, name, roles):
        return caller_for_account(
            create_account(name, None, name, self.home().bureau, roles, "en", now(), None)
        )

    def home(self):
        from comity.office import runtime

        return runtime.home()

    def client(self, caller) -> Client:
        client = Client(SERVER_NAME="localhost")
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(Account.objects.get(id=caller.officer), backend=backend)
        return client

    def nothing_left(self) -> bool:
        """Whether nothing was decided and nothing is on its way."""
        found = Approval.objects.get(approval_id=self.approval.approval_id)
        sent = Message.objects.filter(sender="SI").count()
        return (found.state, found.decided_by_id, Disclosure.objects.count(), sent) == ("waiting", None, 0, 0)

    def change_text(self) -> None:
        Message.objects.filter(message_id=self.message_id).update(text="another text")


@pytest.fixture
def story(carrier):
    return Story(carrier)


def by_service(story, caller, seen):
    try:
        approvals.approve(caller, story.approval.approval_id, seen, now())
    except ComityError as error:
        return str(error.code)
    return ""


def by_page(story, caller, seen):
    path = f"/approvals/{story.approval.approval_id}/approve/"
    answer = story.client(caller).post(path, {"content_hash": seen}, secure=True)
    if answer.status_code == 302:
        return ""
    page = answer.content.decode()
    return next(code for code in ("approval.same_person", "approval.changed") if code in page)


def by_api(story, caller, seen):
    path = f"/api/v1/approvals/{story.approval.approval_id}/approve"
    token = issue_grant(caller, list(Purpose), now())
    headers = {"Authorization": f"Bearer {token}"}
    body = json.dumps({"content_hash": seen})
    client = Client(SERVER_NAME="localhost")
    answer = client.post(path, body, content_type="application/json", headers=headers, secure=True)
    return answer.json()["error"]["code"] if answer.status_code >= 400 else ""


def by_command(story, caller, seen):
    name = Account.objects.get(id=caller.officer).username
    home = str(story.home().path)
    arguments = ["approval", "approve", "--home", home, "--as", name, "--hash", seen, "--json"]
    command = [sys.executable, "-m", "comity", *arguments, story.approval.approval_id]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    return answer["error"]["code"] if done.returncode else ""


DOORS = [by_service, by_page, by_api, by_command]


def test_i9_every_door_wants_another_person_and_the_same_text(story):
    """One table of attempts, the same for every door; in the end the right one works at the first door."""
    seen = story.approval.content_hash
    with story.at_si():
        before = Message.objects.get(message_id=story.message_id).text
        for door in DOORS:
            assert door(story, story.asker, seen) == "approval.same_person", door
            assert door(story, story.other, "0" * 64) == "approval.changed", door
            story.change_text()
            assert door(story, story.other, seen) == "approval.changed", door
            Message.objects.filter(message_id=story.message_id).update(text=before)
            assert story.nothing_left(), door
        refused = JournalEvent.objects.filter(action=Action.APPROVAL_DECIDE, allowed=False).order_by("id")
        expected = ["approval.same_person", "approval.changed", "approval.changed"] * len(DOORS)
        assert [row.code for row in refused] == expected
        for door in DOORS[:1]:
            assert door(story, story.other, seen) == ""
        assert Approval.objects.get().state == "approved"
        assert Disclosure.objects.get().message_id == story.message_id


@pytest.mark.parametrize("door", [by_page, by_api])
def test_a_second_person_approves_at_every_door(story, door):
    with story.at_si():
        assert door(story, story.other, story.approval.content_hash) == ""
        assert Disclosure.objects.get().approval.decided_by_id == story.other.officer


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_i9_the_database_refuses_the_same_person(story):
    """As the application's own role, without any of our code."""
    decide = (
        "UPDATE approvals_approval SET state = %s, decided_by_id = %s, decided_at = requested_at,"
        " decided_hash = content_hash"
    )
    with story.at_si():
        with pytest.raises(IntegrityError, match="approval_two_people"):
            sql(decide, "approved", story.asker.officer)
        with pytest.raises(IntegrityError, match="approval_two_people"):
            sql(decide, "refused", story.asker.officer)
        with pytest.raises(IntegrityError, match="approval_state_fits"):
            sql("UPDATE approvals_approval SET state = 'approved', decided_hash = content_hash")
        assert story.nothing_left()


def database_refuses(statement, values):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError:
        return True
    return False


ATTEMPTS = {
    "another text": "UPDATE approvals_approval SET content_hash = %(zeros)s",
    "another subject": "UPDATE approvals_approval SET subject = 'message:other'",
    "another asker": "UPDATE approvals_approval SET requested_by_id = %(other)s",
    "another reason": "UPDATE approvals_approval SET reason = 'another'",
    "another hash approved": (
        "UPDATE approvals_approval SET state = 'approved', decided_by_id = %(other)s,"
        " decided_at = requested_at, decided_hash = %(zeros)s"
    ),
    "gone": "DELETE FROM approvals_approval",
    "born approved": (
        "INSERT INTO approvals_approval (approval_id, bureau, kind, subject, content_hash, reason,"
        " requested_by_id, requested_at, state, decided_by_id, decided_at, decided_hash, note)"
        " SELECT %(id)s, bureau, kind, 'message:x', content_hash, reason, requested_by_id, requested_at,"
        " 'approved', %(other)s, requested_at, content_hash, note FROM approvals_approval"
    ),
    "disclosed without approval": (
        "INSERT INTO disclosures_disclosure (bureau, message_id, approval_id, sent_as, disclosed_at)"
        " SELECT bureau, %(message)s, id, %(id)s, requested_at FROM approvals_approval"
    ),
}


def test_i9_the_database_refuses_the_ways_around(story):
    with story.at_si():
        values = {
            "zeros": "0" * 64,
            "other": story.other.officer,
            "id": new_id(now()),
            "message": story.message_id,
        }
        for name, statement in ATTEMPTS.items():
            assert database_refuses(statement, values), name
            assert story.nothing_left(), name


def test_i9_a_decision_stays_as_it_was_made(story):
    with story.at_si():
        approvals.approve(story.other, story.approval.approval_id, story.approval.content_hash, now())
        for statement in (
            "UPDATE approvals_approval SET state = 'waiting', decided_by_id = NULL, decided_at = NULL, decided_hash = ''",
            "UPDATE approvals_approval SET note = 'another'",
            "UPDATE disclosures_disclosure SET message_id = 'another'",
            "DELETE FROM disclosures_disclosure",
        ):
            with pytest.raises(DatabaseError):
                sql(statement)
        again = by_service(story, story.other, story.approval.content_hash)
        assert again == ErrorCode.APPROVAL_DECIDED


def test_the_secretariat_gets_the_message_with_its_receipts(story):
    """Plaintext and receipts, sealed, and nothing before the second person; the other desk hears nothing."""
    story.carrier.carry()
    assert story.carrier.messages("SEC") == []
    with story.at_si():
        approvals.approve(story.other, story.approval.approval_id, story.approval.content_hash, now())
    story.carrier.carry()
    (shown,) = story.carrier.messages("SEC")
    assert (shown.form, shown.sender, shown.subject) == ("disclosure", "SI", "A subject")
    stated = shown.fields["message"]
    assert (stated["text"], stated["sender"], stated["message_id"]) == (SECRET, "FR", story.message_id)
    assert shown.fields["reason"] == REASON
    for node in ("SI", "SEC"):
        with story.carrier.at(node):
            rows = JournalEvent.objects.filter(action=Action.MESSAGE_DISCLOSE, allowed=True)
            assert f"message:{story.message_id}" in {row.subject for row in rows}
    assert [m.form for m in story.carrier.messages("FR")] == ["free_text"]


def test_a_disclosed_message_of_ones_own_carries_its_receipts(carrier):
    sent = carrier.send("SI", "FR", SECRET)
    carrier.carry()
    with carrier.at("SI"):
        story = Story.__new__(Story)
        story.carrier = carrier
        asker, other = (story.account(name, [Role.APPROVER]) for name in ("asker", "other"))
        asked = request_disclosure(asker, MessageId(sent.message_id), REASON, now())
        approvals.approve(other, asked.approval_id, asked.content_hash, now())
    carrier.carry()
    (shown,) = carrier.messages("SEC")
    (receipt,) = shown.fields["receipts"]
    assert (receipt["kind"], receipt["recipient"], receipt["message_id"]) == (
        "delivered",
        "FR",
        sent.message_id,
    )


def test_the_same_is_asked_for_once_and_again_after_a_refusal(story):
    with story.at_si():
        with pytest.raises(ComityError) as refused:
            request_disclosure(story.other, MessageId(story.message_id), REASON, now())
        assert refused.value.code is ErrorCode.APPROVAL_EXISTS
        for reason in ("", "  ", "x" * 2001, "a\0b"):
            with pytest.raises(ComityError) as refused:
                request_disclosure(story.other, MessageId(story.message_id), reason, now())
            assert refused.value.field == "reason"
        with pytest.raises(ComityError) as refused:
            approvals.refuse(story.asker, story.approval.approval_id, "no", now())
        assert refused.value.code is ErrorCode.APPROVAL_SAME_PERSON
        approvals.refuse(story.other, story.approval.approval_id, "Not needed.", now())
        assert by_service(story, story.other, story.approval.content_hash) == ErrorCode.APPROVAL_DECIDED
        asked = request_disclosure(story.other, MessageId(story.message_id), REASON, now())
        approvals.approve(story.asker, asked.approval_id, asked.content_hash, now())
        with pytest.raises(ComityError) as refused:
            request_disclosure(story.other, MessageId(story.message_id), REASON, now())
        assert refused.value.code is ErrorCode.DISCLOSURE_DONE


def test_a_page_shows_exactly_what_is_approved(story):
    with story.at_si():
        path = f"/approvals/{story.approval.approval_id}/"
        page = story.client(story.other).get(path, secure=True).content.decode()
        assert SECRET in page
        assert story.approval.content_hash in page
        own = story.client(story.asker).get(path, secure=True).content.decode()
        assert "/approve/" not in own
        story.change_text()
        changed = story.client(story.other).get(path, secure=True).content.decode()
        assert "another text" in changed
        assert "disabled" in changed
