"""Every address of the office: nothing without a guard, and each role finds what its rights allow."""

from collections.abc import Iterator

import msgspec
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from comity.kernel.codes import Action, Purpose, Role
from comity.kernel.ids import UnitId
from comity.office.access import caller_for_account, could
from comity.office.machine import API_PREFIX, ENDPOINTS
from comity.office.people.services import create_account, issue_grant
from comity.office.scoping import acting_for
from comity.office.units.models import UnitKind
from comity.office.units.services import add_unit
from comity.rules.permissions import UNIT_ACTIONS
from tests.office.core.making import caller, now

OPEN = {
    "livez",
    "readyz",
    "openapi",
    "join",
    "language",
    "preferences",
    "home",
}
"""Open to everybody: they name no data. `home` leads on, `language` and `preferences` set a cookie; `join` demands an invitation's secret."""
OPEN_PREFIXES = ("accounts/",)
"""django-allauth guards its own pages."""
SOME_ID = "018f0000-0000-7000-8000-000000000000"


def patterns(resolver, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


def all_patterns():
    return list(patterns(get_resolver()))


def test_no_address_without_a_guard():
    unguarded = [
        route
        for route, pattern in all_patterns()
        if not hasattr(pattern.callback, "comity_action")
        and not hasattr(pattern.callback, "comity_operations")
        and pattern.name not in OPEN
        and not route.startswith(OPEN_PREFIXES)
    ]
    assert unguarded == []


def machine_routes():
    return [(endpoint.route, one) for endpoint in ENDPOINTS for one in endpoint.operations]


def filled(route):
    """Return an address of a route, with something that nobody has in its places."""
    kinds = {"<int": "0", "<uui": SOME_ID, "<str": "travel_documents" if "collection" in route else SOME_ID}
    return "/" + "/".join(kinds.get(part[:4], part) for part in route.split("/"))


def ask(client, route, one, token=None):
    path = filled(API_PREFIX + route)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"data": b"{}", "content_type": "application/json"} if one.body is not None else {}
    send = getattr(client, one.method.lower())
    return send(path, secure=True, headers=headers, **body)


def code(response):
    return msgspec.json.decode(response.content)["error"]["code"] if response.status_code >= 400 else ""


@pytest.mark.parametrize("role", list(Role))
def test_every_machine_operation_for_every_role(offices, role):
    """A role that lacks the right gets 404, as if there were nothing; one that has it gets further."""
    with offices.at("SI") as home, acting_for(home.bureau):
        person, client = caller(role), Client(headers={"host": "localhost"})
        if not could(person, Action.GRANT_ISSUE, now()):
            token = None
        else:
            token = issue_grant(person, list(Purpose), now())
        for route, one in machine_routes():
            answer = ask(client, route, one, token)
            if token is None:
                assert (answer.status_code, code(answer)) == (401, "grant.missing"), route
            elif not could(person, one.action, now()):
                assert (answer.status_code, code(answer)) == (404, "access.not_found"), (route, one.method)
            else:
                assert code(answer) != "access.not_found", (route, one.method)
                assert answer.status_code < 500, (route, answer.content)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR, Role.DATA_OWNER])
def test_every_machine_operation_for_a_unit(offices, role):
    """An account of a unit finds nothing but what stands in the units' own table, whatever its roles."""
    with offices.at("SI") as home, acting_for(home.bureau):
        add_unit("customs", "Customs", UnitKind.AUTHORITY, now(), None)
        account = create_account(
            "customs", None, "C", home.bureau, [role], "en", now(), None, UnitId("customs")
        )
        person, client = caller_for_account(account), Client(headers={"host": "localhost"})
        token = (
            issue_grant(person, list(Purpose), now()) if could(person, Action.GRANT_ISSUE, now()) else None
        )
        reached = set()
        for route, one in machine_routes():
            answer = ask(client, route, one, token)
            if token is None:
                assert (answer.status_code, code(answer)) == (401, "grant.missing"), route
            elif not could(person, one.action, now()):
                assert (answer.status_code, code(answer)) == (404, "access.not_found"), (route, one.method)
            else:
                reached.add(one.action)
        assert reached <= UNIT_ACTIONS


def test_a_session_alone_opens_no_machine_operation(offices):
    """CSRF: what a browser sends along by itself must not act."""
    with offices.at("SI") as home, acting_for(home.bureau):
        from comity.office.people.models import Account

        account = Account.objects.get(id=caller(Role.DATA_OWNER).officer)
        client = Client(headers={"host": "localhost"})
        client.force_login(account)
        for route, one in machine_routes():
            answer = ask(client, route, one)
            assert (answer.status_code, code(answer)) == (401, "grant.missing"), route


def test_doors_open_to_members_only(offices):
    with offices.at("SEC") as home, acting_for(home.bureau):
        client = Client(headers={"host": "localhost"})
        doors = [(route, pattern) for route, pattern in all_patterns() if route.startswith("node/")]
        assert len(doors) >= 8
        for route, _pattern in doors:
            for send in (client.get, client.post):
                answer = send(filled(route), secure=True)
                assert (answer.status_code, code(answer)) in {
                    (403, "member.certificate"),
                    (405, "http.method_not_allowed"),
                }, route


@pytest.mark.parametrize("role", [*Role, None])
def test_every_page_for_every_role(offices, role):
    """A page that the role may not use is not there; nobody signed in is led to the sign-in page."""
    with offices.at("SI") as home, acting_for(home.bureau):
        client = Client(headers={"host": "localhost"})
        person = None
        if role is not None:
            from comity.office.people.models import Account

            person = caller(role)
            client.force_login(Account.objects.get(id=person.officer))
        pages = [
            (route, pattern.callback.comity_action)
            for route, pattern in all_patterns()
            if hasattr(pattern.callback, "comity_action") and not route.startswith("node/")
        ]
        assert pages
        for route, action in pages:
            path = filled(route)
            answer = client.get(path, secure=True)
            if answer.status_code == 405:
                answer = client.post(path, secure=True)
            if person is None:
                assert answer.status_code == 302, path
                assert answer["Location"].startswith("/accounts/login/"), path
            elif not could(person, action, now()):
                assert answer.status_code == 404, (path, role)
            else:
                assert answer.status_code in {200, 302, 404, 422}, (path, role, answer.status_code)
