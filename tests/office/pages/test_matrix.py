"""Every route, every role: allowed or 404, and a stranger is led to the sign-in page. No route appears unseen."""

from datetime import timedelta
from itertools import product

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from comity.kernel.clock import SystemClock
from comity.kernel.codes import CollectionName, Role
from comity.kernel.ids import BureauId, FormId, MessageId, UnitId, new_id
from comity.office.access import caller_for_account
from comity.office.approvals.models import Approval
from comity.office.approvals.services import refuse
from comity.office.attachments.models import Attachment
from comity.office.attachments.services import add_whole
from comity.office.cases.models import Case, CaseItem
from comity.office.cases.opening import open_case
from comity.office.clocks.models import RequestClock
from comity.office.disclosures.services import request_disclosure
from comity.office.hits.models import Hit, HitSide
from comity.office.messages.models import LineAlarm, Message, Thread
from comity.office.messages.services import Draft, send_all
from comity.office.people.models import Account
from comity.office.people.services import create_account
from comity.office.records.models import Record
from comity.office.records.services import submit_record
from comity.office.releases.models import Submission
from comity.office.releases.services import hand_in
from comity.office.scoping import acting_for
from comity.office.units.models import UnitKind
from comity.office.units.services import add_unit

F, D, A, W, S, M = (
    Role.OFFICER,
    Role.OPERATOR,
    Role.APPROVER,
    Role.DATA_OWNER,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
)
ALL = frozenset(Role)
DESK, READERS = frozenset({D, A}), frozenset({D, A, S})

PAGES = {
    "home": ("GET", ALL),
    "search": ("GET POST", frozenset({F, D, A})),
    "live": ("GET", ALL),
    "inbox": ("GET", READERS),
    "compose": ("GET POST", DESK),
    "compose_fields": ("POST", DESK),
    "compose_reach": ("POST", DESK),
    "thread": ("GET POST", DESK),
    "message_pass_on": ("POST", DESK),
    "alarm_set_aside": ("POST", DESK),
    "thread_read": ("POST", DESK),
    "attachment": ("GET", DESK),
    "attachment_preview": ("GET", DESK),
    "attachment_original": ("POST", DESK),
    "attachment_fetch": ("POST", DESK),
    "attachment_new": ("POST", DESK),
    "attachment_part": ("POST", DESK),
    "attachment_complete": ("POST", DESK),
    "hits": ("GET", READERS),
    "hit": ("GET", READERS),
    "hit_of_search": ("GET", READERS),
    "hit_decide": ("POST", DESK),
    "hit_outcome": ("POST", DESK),
    "hit_tell_owner": ("POST", DESK),
    "cases": ("GET", DESK),
    "case_new": ("GET POST", DESK),
    "case_add": ("POST", DESK),
    "case": ("GET", DESK),
    "case_change": ("GET POST", DESK),
    "case_take": ("POST", DESK),
    "case_merge": ("GET POST", DESK),
    "case_note": ("POST", DESK),
    "case_task": ("POST", DESK),
    "case_entity": ("GET POST", DESK),
    "case_finding": ("POST", DESK),
    "case_undo": ("POST", DESK),
    "case_task_change": ("GET POST", DESK),
    "case_task_done": ("POST", DESK),
    "case_detach": ("POST", DESK),
    "case_move": ("POST", DESK),
    "case_mark": ("POST", DESK),
    "approvals": ("GET", DESK),
    "approval": ("GET", DESK),
    "approval_approve": ("POST", frozenset({A})),
    "approval_refuse": ("POST", frozenset({A})),
    "disclose": ("GET POST", DESK),
    "releases": ("GET", DESK),
    "release_again": ("GET", DESK),
    "recall": ("GET POST", DESK),
    "correct": ("GET POST", DESK),
    "export": ("GET POST", DESK),
    "clock_seen": ("POST", DESK),
    "records": ("GET", frozenset({D, A, W, S})),
    "record": ("GET", frozenset({D, A, W, S})),
    "record_new": ("GET POST", frozenset({W})),
    "record_change": ("GET POST", frozenset({W})),
    "record_withdraw": ("GET POST", frozenset({W})),
    "record_upload": ("GET POST", frozenset({W})),
    "directory": ("GET", ALL),
    "journal": ("GET", frozenset({S})),
}
"""Methods and roles of each page."""
OPEN = {"language", "preferences", "livez", "readyz", "openapi"}
"""Nothing of a bureau is behind these."""
ACCOUNT_PREFIXES = ("account_", "mfa_", "usersessions_")
"""Pages of django-allauth: about the own account only."""
OF_ONE_THING = {
    "attachment",
    "attachment_preview",
    "attachment_original",
    "attachment_fetch",
    "attachment_part",
    "attachment_complete",
    "thread",
    "thread_read",
    "approval",
    "approval_approve",
    "approval_refuse",
    "disclose",
    "release_again",
    "message_pass_on",
    "alarm_set_aside",
    "recall",
    "correct",
    "export",
    "clock_seen",
    "case",
    "case_change",
    "case_take",
    "case_merge",
    "case_note",
    "case_task",
    "case_entity",
    "case_finding",
    "case_undo",
    "case_task_change",
    "case_task_done",
    "case_detach",
    "case_move",
    "case_mark",
    "hit",
    "hit_decide",
    "hit_outcome",
    "hit_tell_owner",
    "record",
    "record_change",
    "record_withdraw",
}


def routes(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield pattern.name, prefix + str(pattern.pattern), pattern.callback


def is_for_programs(route):
    return route.startswith(("api/", "node/", "join/"))


def is_listed(name):
    return name in PAGES or name in OPEN or (name or "").startswith(ACCOUNT_PREFIXES)


def test_no_route_appears_unseen():
    found = [(name, route) for name, route, _ in routes(get_resolver().url_patterns)]
    unseen = [(name, route) for name, route in found if not is_for_programs(route) and not is_listed(name)]
    assert not unseen
    assert set(PAGES) | OPEN <= {name for name, _ in found}


def test_every_page_asks_who_may():
    for name, _, callback in routes(get_resolver().url_patterns):
        if name in PAGES:
            assert getattr(callback, "comity_action", None) is not None, name


@pytest.fixture
def desk(offices):
    """The office of SI with one account per role, and one thread, hit and record of its own and of others."""
    with offices.at("SI") as home:
        at = SystemClock().now()
        accounts = {
            role: create_account(role.value, None, role.value, home.bureau, [role], "en", at, None)
            for role in Role
        }
        with acting_for(home.bureau):
            own = own_things(accounts, at)
        with acting_for(BureauId("FR")):
            foreign = foreign_things(own, at)
        yield accounts, own, foreign


def own_things(accounts, at):
    desk = caller_for_account(accounts[D])
    file = add_whole(desk, "a file.txt", b"Some words.", at)
    draft = Draft(
        recipients=(BureauId("FR"),), subject="A subject", text="A text", attachments=(file.attachment_id,)
    )
    (message,) = send_all(desk, [draft], at)
    RequestClock.objects.create(
        bureau="SI",
        message_id=message.message_id,
        thread_id=message.thread.thread_id,
        peer="FR",
        side="theirs",
        created_at=at,
        warn_at=at,
        due_at=at,
    )
    asked = request_disclosure(
        caller_for_account(accounts[D]), MessageId(message.message_id), "It is disputed.", at
    )
    (waiting,) = hand_in(
        desk, [Draft(recipients=(BureauId("FR"),), form=FormId("diffusion"), subject="A", text="B")], at
    )
    refuse(caller_for_account(accounts[A]), waiting.approval.approval_id, "Say which car.", at)
    alarm = LineAlarm.objects.create(
        bureau="SI", kind="expired", peer="FR", message=message, key="k", raised_at=at
    )
    record = submit_record(
        caller_for_account(accounts[W]),
        CollectionName.TRAVEL_DOCUMENTS,
        {"owner_reference": "R1", "purpose": "border_control", "legal_basis": "art. 1"},
        {"number": "PA0001", "country": "SVN", "type": "passport", "loss": "lost"},
        at,
    )
    return {
        "thread_id": message.thread.thread_id,
        "message_id": message.message_id,
        "alarm_id": alarm.pk,
        "approval_id": asked.approval_id,
        "submission_id": waiting.submission.submission_id,
        "hit_id": make_hit("SI", record.record_id, at).hit_id,
        "sought_id": make_hit("SI", new_id(at), at, HitSide.SEARCHER, owner="FR").hit_id,
        "record_id": record.record_id,
        "search_id": new_id(at),
        "collection": "vehicles",
        "attachment_id": file.attachment_id,
        "number": 0,
        **case_with_task(desk, at),
    }


def case_with_task(caller, at, bureau=None):
    case = open_case(caller, "A case", at, template="document_hit")
    task = case.items.order_by("id").first()
    things = {
        "kind": "person",
        "case_id": case.case_id,
        "item_id": task.item_id,
        "step_id": case.steps.first().step_id,
    }
    if bureau:
        for rows in (CaseItem.objects.filter(case=case), Case.objects.filter(pk=case.pk)):
            rows.update(bureau=bureau)
    return things


def foreign_things(own, at):
    """Rows that can only stand in this database by mistake: no page may show them all the same."""
    thread = Thread.objects.create(
        thread_id=new_id(at), bureau="FR", peer="MA", subject="Theirs", opened_at=at, last_at=at
    )
    record = Record.objects.create(
        record_id=new_id(at),
        bureau="FR",
        collection="vehicles",
        version=1,
        state="in_force",
        owner_reference="T1",
        title="Theirs",
        body=None,
        expires_at=at + timedelta(days=9),
        created_at=at,
        changed_at=at,
    )
    hit = make_hit("FR", record.record_id, at)
    message = receive(thread, "FR", "MA")
    approval = Approval.objects.create(
        approval_id=new_id(at),
        bureau="FR",
        kind="disclosure",
        subject=f"message:{message.message_id}",
        content_hash="0" * 64,
        reason="Theirs",
        requested_by=Account.objects.first(),
        requested_at=at,
    )
    ids = {"thread_id": thread.thread_id, "record_id": record.record_id, "message_id": message.message_id}
    ids["approval_id"] = approval.approval_id
    alarm = LineAlarm.objects.create(
        bureau="FR", kind="expired", peer="MA", message=message, key="k", raised_at=at
    )
    ids["alarm_id"] = alarm.pk
    ids["submission_id"] = Submission.objects.create(
        submission_id=new_id(at),
        bureau="FR",
        message_id=new_id(at),
        author=Account.objects.first(),
        act="send",
        submitted_at=at,
    ).submission_id
    ids["attachment_id"] = foreign_file(message.message_id, at)
    with acting_for(BureauId("SI")):
        ids |= case_with_task(caller_for_account(Account.objects.get(username=D.value)), at, "FR")
    return {**own, **ids, "hit_id": hit.hit_id, "sought_id": hit.hit_id}


def foreign_file(message_id, at):
    return Attachment.objects.create(
        attachment_id=new_id(at),
        bureau="FR",
        blob_id=new_id(at),
        message_id=message_id,
        sender="FR",
        name="Theirs",
        size=1,
        key="",
        state="sent",
        next_attempt_at=at,
        created_at=at,
        expires_at=at,
    ).attachment_id


def make_hit(bureau, record_id, at, side=HitSide.OWNER, owner=""):
    return Hit.objects.create(
        hit_id=new_id(at),
        bureau=bureau,
        side=side,
        search_id=new_id(at),
        record_id=record_id,
        record_version=1,
        collection="travel_documents",
        owner=owner or bureau,
        searcher=bureau if owner else "MA",
        purpose="border_control",
        strength="HIT",
        score=1000,
        asked=["PA0001"],
        reasons=[],
        view={"number": "PA0001"},
        notify="at_once",
        searched_at=at,
        opened_at=at,
        due_at=at + timedelta(hours=1),
    )


def client_of(account=None):
    client = Client(SERVER_NAME="localhost")
    if account is not None:
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(name, things):
    if name == "hit_tell_owner":  # only whoever searched can tell an owner
        things = {**things, "hit_id": things["sought_id"]}
    pattern = next(route for found, route, _ in routes(get_resolver().url_patterns) if found == name)
    return reverse(name, kwargs={key: value for key, value in things.items() if f":{key}>" in pattern})


def ask(client, method, path):
    return client.get(path, secure=True) if method == "GET" else client.post(path, {}, secure=True)


def test_every_role_on_every_page(desk):
    accounts, own, _ = desk
    wrong = []
    for role, account in accounts.items():
        client = client_of(account)
        for name, (methods, roles) in PAGES.items():
            for method in methods.split():
                status = ask(client, method, address(name, own)).status_code
                fine = status in {200, 302, 409, 422} if role in roles else status == 404
                if not fine:
                    wrong.append((name, method, role.value, status))
    assert not wrong


OF_A_UNIT = {
    "home",
    "search",
    "live",
    "inbox",
    "compose",
    "compose_fields",
    "compose_reach",
    "attachment_new",
    "releases",
    "directory",
}
"""What an account of a unit may open as far as its roles go; a thread only when something of it was passed on."""


def test_every_role_of_a_unit_on_every_page(desk):
    """Whatever its roles: the bureau's hits, records, journal and threads are not there for a unit."""
    _, own, _ = desk
    at = SystemClock().now()
    with acting_for(BureauId("SI")):
        add_unit("customs", "Customs", UnitKind.AUTHORITY, at, None)
        accounts = {
            role: create_account(
                f"customs-{role}", None, role.value, BureauId("SI"), [role], "en", at, None, UnitId("customs")
            )
            for role in Role
        }
    wrong = []
    for role, account in accounts.items():
        client = client_of(account)
        for name, (methods, roles) in PAGES.items():
            for method in methods.split():
                status = ask(client, method, address(name, own)).status_code
                open_to_it = name in OF_A_UNIT and role in roles
                if not (status in {200, 302, 422} if open_to_it else status == 404):
                    wrong.append((name, method, role.value, status))
    assert not wrong


def test_nobody_signed_in_is_led_to_the_sign_in_page(desk):
    _, own, _ = desk
    client = client_of()
    for name, (methods, _) in PAGES.items():
        for method in methods.split():
            response = ask(client, method, address(name, own))
            assert response.status_code == 302, name
            assert response["Location"].startswith("/accounts/login/"), name


def test_things_of_other_bureaus_do_not_exist(desk):
    """I6 for the desk: another bureau's thread, hit or record is 404 to every role."""
    accounts, _, foreign = desk
    for role, account in accounts.items():
        client = client_of(account)
        for name in OF_ONE_THING:
            for method in PAGES[name][0].split():
                assert ask(client, method, address(name, foreign)).status_code == 404, (role, name)


def test_other_methods_are_refused(desk):
    accounts, own, _ = desk
    for name, (methods, roles) in PAGES.items():
        client = client_of(accounts[min(roles)])
        for method, allowed in product(("GET", "POST"), [methods.split()]):
            if method not in allowed:
                assert ask(client, method, address(name, own)).status_code == 405, (name, method)


def test_opening_a_page_changes_nothing(desk):
    """A message is read when the reader's page says so by a request of its own, not by being loaded."""
    accounts, own, _ = desk
    client = client_of(accounts[D])
    with acting_for(BureauId("SI")):
        thread = Thread.objects.get(thread_id=own["thread_id"])
        message = receive(thread)
        client.get(address("thread", own), secure=True)
        message.refresh_from_db()
        assert message.read_at is None
        client.post(address("thread_read", own), secure=True)
        message.refresh_from_db()
        assert message.read_at is not None
        thread.refresh_from_db()
        assert thread.unread == 0


def receive(thread, bureau="SI", sender="FR"):
    at = SystemClock().now()
    Thread.objects.filter(pk=thread.pk).update(unread=1)
    return Message.objects.create(
        message_id=new_id(at),
        thread=thread,
        bureau=bureau,
        sender=sender,
        recipient=bureau,
        recipients=[bureau],
        sequence=1,
        form="free_text",
        priority="normal",
        label="official",
        subject="s",
        text="t",
        state="received",
        envelope_digest="0" * 64,
        created_at=at,
        stored_at=at,
    )


def test_forms_from_elsewhere_are_refused(desk):
    accounts, own, _ = desk
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.force_login(accounts[D], backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, (methods, roles) in PAGES.items():
        if "POST" in methods and D in roles:
            assert client.post(address(name, own), {}, secure=True).status_code == 403, name
    for name in ("language", "preferences", "account_logout"):
        assert client.post(reverse(name), {}, secure=True).status_code == 403, name


def test_the_way_back_stays_on_this_site(desk):
    client = client_of()
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        response = client.post(reverse("language"), {"language": "fr", "next": target}, secure=True)
        assert response["Location"] == "/"
    response = client.post(reverse("language"), {"language": "fr", "next": "/hits/"}, secure=True)
    assert response["Location"] == "/hits/"


def test_a_page_speaks_the_chosen_language(desk):
    client = client_of()
    client.post(reverse("language"), {"language": "ar", "next": "/"}, secure=True)
    page = client.get(reverse("account_login"), secure=True).content.decode()
    assert 'lang="ar" dir="rtl"' in page
    assert "كلمة المرور" in page


def test_a_supervisor_sees_headers_only(desk):
    accounts, _, _ = desk
    page = client_of(accounts[S]).get(reverse("inbox"), secure=True).content.decode()
    assert "A subject" not in page
    assert "/threads/" not in page


def test_what_somebody_writes_stays_text(desk):
    accounts, own, _ = desk
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    with acting_for(BureauId("SI")):
        Thread.objects.filter(thread_id=own["thread_id"]).update(subject=evil)
        Message.objects.update(text=evil)
        Hit.objects.update(asked=[evil], note=evil, view={"number": evil})
        Case.objects.update(title=evil, summary=evil)
        CaseItem.objects.update(text=evil)
    client = client_of(accounts[D])
    for name in ("inbox", "thread", "hits", "hit", "cases", "case"):
        page = client.get(address(name, own), secure=True).content.decode()
        assert "<script>alert" not in page
        assert "<img" not in page
