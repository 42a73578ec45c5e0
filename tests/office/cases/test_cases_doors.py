"""Cases through the machine API, as a program uses them: list, read, open, change by version."""

import msgspec
from django.test import Client

from comity.kernel.codes import Purpose, Role
from comity.office.cases.models import CaseReading
from comity.office.cases.opening import open_case
from comity.office.people.services import issue_grant
from tests.office.core.making import now


class Machine:
    """A program of the desk with a person's grant."""

    def __init__(self, caller):
        self.client = Client(SERVER_NAME="localhost")
        self.headers = {"Authorization": f"Bearer {issue_grant(caller, list(Purpose), now())}"}

    def ask(self, method, path, status=200, /, **more):
        if "body" in more:
            more = {"data": msgspec.json.encode(more.pop("body")), "content_type": "application/json"}
        response = getattr(self.client, method)(f"/api/v1/{path}", secure=True, headers=self.headers, **more)
        assert response.status_code == status, response.content
        return response.json()


def test_a_program_opens_reads_and_changes_a_case(desk):
    ana = desk.person()
    machine, thread_id = Machine(ana), desk.thread("White van")
    draft = {"title": "Van", "template": "document_hit", "thread_id": thread_id}
    made = machine.ask("post", "cases", 201, body=draft)
    assert made["header"]["assignee"] == ana.officer
    assert [item["kind"] for item in made["items"]] == ["task"] * 4 + ["thread"]
    case_id = made["header"]["case_id"]
    change = {"version": 1, "state": "closed", "outcome": "solved", "outcome_word": "Handed back"}
    closed = machine.ask("post", f"cases/{case_id}/change", body=change)
    assert (closed["header"]["state"], closed["header"]["version"]) == ("closed", 2)
    refused = machine.ask("post", f"cases/{case_id}/change", 409, body={"version": 1, "title": "Mine"})
    assert refused["error"]["code"] == "case.changed"
    assert refused["differs"] == {
        "state": "closed",
        "outcome": "solved",
        "outcome_word": "Handed back",
    }
    read = machine.ask("get", f"cases/{case_id}")
    assert read["outcome_word"] == "Handed back"
    assert CaseReading.objects.get().officer == ana.officer


def test_a_program_lists_what_its_person_may_read(desk):
    ana, bor = Machine(desk.person()), Machine(desk.person("bor"))
    for title, label in (("One", "official"), ("Two", "confidential"), ("Three", "restricted")):
        open_case(desk.person(), title, now(), label=label)

    def titles(machine, query=""):
        return [case["title"] for case in machine.ask("get", f"cases{query}")["cases"]]

    assert titles(ana) == ["One", "Two", "Three"]
    assert titles(bor) == ["One", "Three"]
    first = ana.ask("get", "cases?limit=1")["cases"][0]
    assert titles(ana, f"?after={first['id']}") == ["Two", "Three"]
    assert titles(ana, f"?number={first['number'].lower()}") == ["One"]
    hidden = ana.ask("get", "cases")["cases"][1]
    bor.ask("get", f"cases/{hidden['case_id']}", 404)
    bor.ask("post", f"cases/{hidden['case_id']}/change", 404, body={"version": 1, "title": "Mine"})


def test_what_a_case_is_about_must_be_there(desk):
    machine = Machine(desk.person("vida", Role.APPROVER))
    nothing = "018f0000-0000-7000-8000-000000000000"
    for what, code in (("thread_id", "message.not_found"), ("hit_id", "hit.not_found")):
        answer = machine.ask("post", "cases", 404, body={"title": "About nothing", what: nothing})
        assert answer["error"]["code"] == code
    assert machine.ask("get", "cases")["cases"] == []
