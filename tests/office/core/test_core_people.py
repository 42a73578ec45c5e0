"""Accounts, grants, sessions and second factors."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from comity.kernel.codes import Action, Purpose, Role
from comity.kernel.errors import AuthenticationError, ComityError, ErrorCode
from comity.node.grants import MAX_GRANT_SECONDS
from comity.office import access, middleware
from comity.office.access import caller_for_grant
from comity.office.people.adapters import SealedSecrets
from comity.office.people.models import Account
from comity.office.people.services import create_account, issue_grant, set_active, set_roles
from comity.office.scoping import acting_for
from comity.office.settings_common import SESSION_IDLE_SECONDS, SESSION_LONGEST_SECONDS
from comity.office.supervision.models import JournalEvent
from tests.office.core.making import caller, now

GOOD = "correct horse battery 9 staple"


@pytest.fixture
def si(offices):
    with offices.at("SI") as home, acting_for(home.bureau):
        yield home


def code_of(attempt):
    with pytest.raises(ComityError) as refused:
        attempt()
    return refused.value.code


@pytest.mark.parametrize("password", ["short", "fourteen chars", "passwordpassword", "somebody somebody"])
def test_weak_passwords_are_refused(si, password):
    def attempt():
        create_account(
            "somebody", password, "Somebody Somebody", si.bureau, [Role.OFFICER], "en", now(), None
        )

    expected = ErrorCode.ACCOUNT_PASSWORD_WEAK
    if password == "passwordpassword":
        # Sixteen letters that stand on no list of common ones: long enough.
        attempt()
        return
    assert code_of(attempt) is expected
    assert not Account.objects.filter(username="somebody").exists()


def test_usernames_are_taken_once_in_whatever_case(si):
    create_account("anna", GOOD, "Anna", si.bureau, [Role.OFFICER], "en", now(), None)
    again = lambda: create_account("ANNA", GOOD, "Anna", si.bureau, [Role.OFFICER], "en", now(), None)  # noqa: E731
    assert code_of(again) is ErrorCode.ACCOUNT_EXISTS


def test_only_an_administrator_makes_accounts_and_it_is_written_down(si):
    def make(by):
        return create_account("anna", GOOD, "Anna", si.bureau, [Role.OFFICER], "en", now(), by)

    assert code_of(lambda: make(caller(Role.OPERATOR))) is ErrorCode.ACCESS_NOT_FOUND
    administrator = caller(Role.ADMINISTRATOR)
    made = make(administrator)
    event = JournalEvent.objects.filter(subject=f"account:{made.id}").get()
    assert (event.officer, event.action, event.allowed) == (administrator.officer, "account:manage", True)
    assert made.password.startswith("argon2")


def test_a_grant_ends_with_its_account_and_loses_roles_at_once(si):
    owner, administrator = caller(Role.DATA_OWNER), caller(Role.ADMINISTRATOR)
    token = issue_grant(owner, [Purpose.BORDER_CONTROL], now())
    assert caller_for_grant(token, now()).actor.roles == {Role.DATA_OWNER}
    set_roles(owner.officer, [Role.OFFICER], now(), administrator)
    assert caller_for_grant(token, now()).actor.roles == frozenset()
    set_active(owner.officer, now(), administrator, active=False)
    assert code_of(lambda: caller_for_grant(token, now())) is ErrorCode.GRANT_FOREIGN


def test_grants_are_short_and_for_a_purpose(si):
    officer = caller(Role.OFFICER)
    assert code_of(lambda: issue_grant(officer, [], now())) is ErrorCode.PURPOSE_MISSING
    too_long = lambda: issue_grant(officer, [Purpose.ALERT], now(), MAX_GRANT_SECONDS + 1)  # noqa: E731
    assert code_of(too_long) is ErrorCode.INPUT_WRONG_TYPE
    token = issue_grant(officer, [Purpose.ALERT], now())
    with pytest.raises(AuthenticationError):
        caller_for_grant(token, now() + timedelta(seconds=601))
    assert code_of(lambda: issue_grant(caller(Role.ADMINISTRATOR), [Purpose.ALERT], now())) is (
        ErrorCode.ACCESS_NOT_FOUND
    )


def test_a_grant_of_one_purpose_enters_no_record_for_another(si):
    owner = caller(Role.DATA_OWNER)
    narrow = caller_for_grant(issue_grant(owner, [Purpose.BORDER_CONTROL], now()), now())
    from comity.rules.decisions import Subject

    def enter(purpose):
        access.require(narrow, Action.RECORD_SUBMIT, Subject(owner=si.bureau), now(), purpose)

    enter(Purpose.BORDER_CONTROL)
    assert code_of(lambda: enter(Purpose.ALERT)) is ErrorCode.PURPOSE_NOT_ALLOWED


def test_second_factors_are_not_readable_in_the_database(si):
    sealed = SealedSecrets().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert SealedSecrets().decrypt(sealed) == "JBSWY3DPEHPK3PXP"
    with pytest.raises(ComityError):
        SealedSecrets().decrypt(sealed[:-4] + "AAAA")


def aged(client, **seconds):
    store = SessionStore(client.session.session_key)
    for key, ago in seconds.items():
        store[getattr(middleware, key)] = int(now().timestamp()) - ago
    store.save()


@pytest.mark.parametrize(
    ("ages", "signed_in"),
    [
        ({"_LAST": SESSION_IDLE_SECONDS - 60}, True),
        ({"_LAST": SESSION_IDLE_SECONDS + 1}, False),
        ({"_STARTED": SESSION_LONGEST_SECONDS + 1}, False),
    ],
)
def test_idle_and_old_sessions_end(si, ages, signed_in):
    client = Client(headers={"host": "localhost"})
    client.force_login(Account.objects.get(id=caller(Role.OPERATOR).officer))
    assert client.get("/inbox/", secure=True).status_code == 200
    aged(client, **ages)
    answer = client.get("/inbox/", secure=True)
    assert (answer.status_code == 200) is signed_in


def test_nobody_signs_up(si):
    client = Client(headers={"host": "localhost"})
    answer = client.get("/accounts/signup/", secure=True)
    assert b"<form" not in answer.content or b"password1" not in answer.content
    client.post("/accounts/signup/", {"username": "intruder", "password1": GOOD}, secure=True)
    assert not Account.objects.filter(username="intruder").exists()
