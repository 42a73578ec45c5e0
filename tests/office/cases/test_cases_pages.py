"""The pages of cases through Django's own client: opened, added to, changed by two, counted in questions."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from comity.kernel.codes import Role
from comity.office.cases import changing, linking, notes, tasks
from comity.office.cases.models import Case, CaseItem, CaseReading, ItemKind
from comity.office.cases.opening import open_case
from comity.office.pages.live import counts_for
from tests.office.core.making import now


def get(client, name, status=200, /, query="", **values):
    response = client.get(reverse(name, kwargs=values) + query, secure=True)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


def post(client, name, said, status=302, /, **values):
    response = client.post(reverse(name, kwargs=values), said, secure=True)
    assert response.status_code == status, response.content.decode()
    return response.content.decode()


def test_a_case_is_opened_from_a_thread_and_its_number_stands_beside_it(desk):
    client, thread_id = desk.client(), desk.thread("White van")
    page = get(client, "thread", thread_id=thread_id)
    assert f"/cases/new/?kind=thread&amp;target={thread_id}" in page
    page = get(client, "case_new", query=f"?kind=thread&target={thread_id}")
    assert 'value="White van"' in page
    said = {"title": "Van", "kind": "thread", "target": thread_id, "template": "missing_person"}
    post(client, "case_new", said)
    case = Case.objects.get()
    assert case.assignee == desk.person().officer
    for name, values in (("thread", {"thread_id": thread_id}), ("inbox", {}), ("cases", {})):
        assert case.number in get(client, name, **values), name
    page = get(client, "case", case_id=case.case_id)
    assert "White van" in page
    assert "Ask the bureaus where the person may be" in page


def test_what_is_on_a_page_is_added_by_a_number_and_the_page_stays(desk):
    client, thread_id, case = desk.client(), desk.thread(), desk.case()
    said = {"kind": "thread", "target": thread_id, "number": case.number.lower()}
    response = client.post(reverse("case_add"), said, secure=True)
    assert response["Location"] == reverse("thread", kwargs={"thread_id": thread_id})
    assert CaseItem.objects.get(target=thread_id).case == case
    client.post(reverse("case_add"), {**said, "number": "SI-1999-000001"}, secure=True)
    assert "There is no such case." in get(client, "thread", thread_id=thread_id)


def test_a_number_leads_to_its_case(desk):
    case = desk.case()
    response = desk.client().get(reverse("cases"), {"number": case.number[3:].join(["si ", ""])}, secure=True)
    assert response["Location"] == reverse("case", kwargs={"case_id": case.case_id})


def test_what_was_typed_is_kept_when_somebody_else_was_quicker(desk):
    """Two operators on one case: 409, what differs, the typed text, and the second saving is a decision."""
    case, client = desk.case("Before"), desk.client(desk.person("bor"))
    get(client, "case_change", case_id=case.case_id)
    changing.change_case(desk.person(), case.case_id, 1, {"title": "Ana was here"}, now())
    said = {"title": "Bor's words", "state": "open", "label": "official", "version": 1}
    page = post(client, "case_change", said, 409, case_id=case.case_id)
    assert "Ana was here" in page
    assert 'value="Bor&#x27;s words"' in page
    assert "case.changed" in page
    assert 'name="version" value="2"' in page
    post(client, "case_change", {**said, "version": 2}, case_id=case.case_id)
    assert Case.objects.get().title == "Bor's words"
    task = tasks.add_task(desk.person(), case.case_id, "Call", now())
    tasks.change_task(desk.person(), case.case_id, task.item_id, 1, {"text": "Call at ten"}, now())
    where = {"case_id": case.case_id, "item_id": task.item_id}
    page = post(client, "case_task_change", {"text": "Call at nine", "version": 1}, 409, **where)
    assert "Call at ten" in page
    assert "Call at nine" in page


def test_a_note_that_is_refused_is_not_lost(desk):
    case, client = desk.case(), desk.client()
    said = {"text": "Seen in Koper", "happened_at": "2199-01-01T10:00"}
    page = post(client, "case_note", said, 422, case_id=case.case_id)
    assert "Seen in Koper" in page
    assert "Nothing was changed" in page


def test_each_action_of_the_page_is_one_request_and_can_be_undone(desk):
    case, other, client = desk.case(), desk.case("Other"), desk.client()
    item = desk.link(case, desk.thread())
    where = {"case_id": case.case_id, "item_id": item.item_id}
    post(client, "case_mark", {"finding": "1"}, **where)
    assert CaseItem.objects.get(pk=item.pk).finding
    post(client, "case_move", {"number": other.number}, **where)
    assert CaseItem.objects.get(pk=item.pk).case == other
    page = get(client, "case", case_id=case.case_id)
    (undo,) = re.findall(r"/cases/[0-9a-f-]+/steps/([0-9a-f-]+)/undo/", page)[:1]
    post(client, "case_undo", {}, case_id=case.case_id, step_id=undo)
    assert CaseItem.objects.get(pk=item.pk).case == case
    post(client, "case_move", {"number": "SI-1999-000001"}, 422, **where)
    post(client, "case_detach", {}, **where)
    assert CaseItem.objects.get(pk=item.pk).removed_at is not None
    post(client, "case_merge", {"number": other.number}, case_id=case.case_id)
    assert "merged into another one" in get(client, "case", case_id=other.case_id)
    task = tasks.add_task(desk.person(), case.case_id, "Call", now())
    post(client, "case_task_done", {"version": 1, "done": "1"}, case_id=case.case_id, item_id=task.item_id)
    assert CaseItem.objects.get(pk=task.pk).done_by == desk.person().officer


def test_the_timeline_is_filtered_by_kind(desk):
    case, client = desk.case("Filtered"), desk.client()
    desk.link(case, desk.thread("A message there"))
    notes.add_note(desk.person(), case.case_id, "A note here", now())
    page = get(client, "case", query="?kind=note", case_id=case.case_id)
    timeline = page[page.index('class="timeline"') :]
    assert "A note here" in timeline
    assert "A message there" not in timeline


def test_a_reading_is_shown_and_posting_is_none(desk):
    case = desk.case()
    bor = desk.person("bor")
    page = get(desk.client(bor), "case", case_id=case.case_id)
    assert "1 reading" in page
    assert ">Bor<" in page
    assert CaseReading.objects.get().officer == bor.officer


def test_a_confidential_case_is_not_there_for_others(desk):
    case = open_case(desk.person(), "Secret words", now(), label="confidential")
    thread_id = desk.thread()
    desk.link(case, thread_id)
    bor = desk.client(desk.person("bor"))
    get(bor, "case", 404, case_id=case.case_id)
    for name, values in (("cases", {}), ("inbox", {}), ("thread", {"thread_id": thread_id})):
        page = get(bor, name, **values)
        assert "Secret words" not in page, name
        assert case.number not in page, name
    assert case.number in get(desk.client(desk.person("vida", Role.APPROVER)), "cases", query="?view=open")


@pytest.mark.parametrize("view", ["", "open", "overdue"])
def test_the_list_asks_the_database_a_few_times_however_long_it_is(desk, view):
    """At most 12 questions of the list's own; what the frame asks for every page is counted apart."""
    client = desk.client()
    get(client, "cases")  # the session notes the hour of its first request
    asked = []
    for many in (1, 12):
        for number in range(many):
            case = desk.case(f"Case {number}", template="document_hit")
            Case.objects.filter(pk=case.pk).update(due_at=case.opened_at)
        with CaptureQueriesContext(connection) as found:
            get(client, "cases", query=f"?view={view}")
        asked.append(len(found))
    with CaptureQueriesContext(connection) as frame:
        counts_for(desk.person(), now())
    assert asked[0] == asked[1]
    assert asked[1] - len(frame) <= 12


def test_one_case_asks_the_database_a_few_times_however_full_it_is(desk):
    client, case = desk.client(), desk.case(template="document_hit")
    asked = []
    for many in (1, 6):
        for number in range(many):
            item = desk.link(case, desk.thread(f"Thread {number}"))
            notes.mark(desk.person(), case.case_id, item.item_id, now(), finding=True)
            note = notes.add_note(desk.person(), case.case_id, f"Note {number}", now())
            linking.detach(desk.person(), case.case_id, note.item_id, now())
        get(client, "case", case_id=case.case_id)
        with CaptureQueriesContext(connection) as found:
            get(client, "case", case_id=case.case_id)
        asked.append(len(found))
    assert asked[0] == asked[1]
    assert CaseItem.objects.filter(case=case, kind=ItemKind.THREAD).count() == 7
