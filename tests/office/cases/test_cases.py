"""Cases: numbers, links that are rows, labels that say who may read, changes that never overwrite."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from comity.kernel.codes import Action, HandlingLabel, Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.office.cases import changing, linking, merging, notes, reading, tasks, timeline, undoing
from comity.office.cases.linking import Target
from comity.office.cases.models import Case, CaseItem, CaseReading, CaseStep, ItemKind
from comity.office.cases.opening import open_case
from comity.office.cases.steps import CaseChangedError
from comity.office.cases.templates import add_template, shipped, templates_here
from comity.office.supervision.models import JournalEvent
from comity.rules.decisions import Context, decide
from tests.office.core.making import now


def refused(code: ErrorCode):
    return pytest.raises(ComityError, match=f"^{code}:")


def present(case):
    return CaseItem.objects.filter(case=case, removed_at=None)


def test_numbers_are_spoken_and_given_once(desk):
    first, second = desk.case(), desk.case()
    year = now().year
    assert (first.number, second.number) == (f"SI-{year}-000001", f"SI-{year}-000002")
    later = open_case(desk.person(), "Next year", now().replace(year=year + 1))
    assert later.number == f"SI-{year + 1}-000001"
    for said in (f"si {year} 2", f"SI-{year}-000002", f" si/{year}/0002 "):
        assert reading.case_numbered(desk.person(), said) == second
    with refused(ErrorCode.CASE_NOT_FOUND):
        reading.case_numbered(desk.person(), f"SI-{year}-000009")


def test_a_case_is_opened_about_a_thread_and_keeps_what_comes_later(desk):
    thread_id = desk.thread("White van")
    case = open_case(desk.person(), "Van", now(), about=Target(ItemKind.THREAD, thread_id))
    (item,) = present(case)
    assert item.target == thread_id
    page = timeline.page(case, [item], frozenset(), timeline.Clock.LEARNT, 0)
    assert [entry.title for entry in page.entries if entry.message] == ["White van"]


def test_a_thing_is_in_one_case_and_is_moved_in_one_action(desk):
    a, b = desk.case("A"), desk.case("B")
    thread_id = desk.thread()
    item = desk.link(a, thread_id)
    assert desk.link(a, thread_id) == item, "once more changes nothing"
    with refused(ErrorCode.CASE_LINKED):
        desk.link(b, thread_id)
    step = linking.move(desk.person(), a.case_id, item.item_id, b.number, now())
    assert list(present(b)) == [item]
    assert not present(a).exists()
    undoing.undo(desk.person(), a.case_id, step.step_id, now())
    assert list(present(a)) == [item]
    with refused(ErrorCode.CASE_STEP):
        undoing.undo(desk.person(), a.case_id, step.step_id, now())
    assert JournalEvent.objects.filter(subject=f"case:{a.case_id}", action="case:change").count() >= 4


def test_what_was_detached_comes_back_unless_it_found_another_place(desk):
    a, b = desk.case("A"), desk.case("B")
    thread_id = desk.thread()
    item = desk.link(a, thread_id)
    step = linking.detach(desk.person(), a.case_id, item.item_id, now())
    assert not present(a).exists()
    with refused(ErrorCode.CASE_CHANGED):
        linking.detach(desk.person(), a.case_id, item.item_id, now())
    other = desk.link(b, thread_id)
    with refused(ErrorCode.CASE_LINKED):
        undoing.undo(desk.person(), a.case_id, step.step_id, now())
    linking.detach(desk.person(), b.case_id, other.item_id, now())
    undoing.undo(desk.person(), a.case_id, step.step_id, now())
    assert list(present(a)) == [item]


def test_two_people_cannot_overwrite_each_other(desk):
    case, ana, bor = desk.case("Before"), desk.person(), desk.person("bor")
    changing.change_case(ana, case.case_id, 1, {"title": "Ana's", "summary": "What Ana knows"}, now())
    with pytest.raises(CaseChangedError) as caught:
        changing.change_case(bor, case.case_id, 1, {"title": "Bor's"}, now())
    assert caught.value.public()["error"]["code"] == "case.changed"
    assert caught.value.differs == {"title": "Ana's", "summary": "What Ana knows"}
    assert Case.objects.get(pk=case.pk).title == "Ana's"
    changing.change_case(bor, case.case_id, 2, {"title": "Bor's"}, now())
    task = tasks.add_task(ana, case.case_id, "Call them", now())
    tasks.change_task(ana, case.case_id, task.item_id, 1, {"text": "Call them at ten"}, now())
    with pytest.raises(CaseChangedError) as caught:
        tasks.change_task(bor, case.case_id, task.item_id, 1, {"done": True}, now())
    assert caught.value.differs["text"] == "Call them at ten"


def test_a_case_is_closed_with_an_outcome_and_opened_again(desk):
    case, ana = desk.case(), desk.person()
    with refused(ErrorCode.INPUT_MISSING_FIELD):
        changing.change_case(ana, case.case_id, 1, {"state": "closed"}, now())
    closed = {"state": "closed", "outcome": "found", "outcome_word": "In Koper"}
    changing.change_case(ana, case.case_id, 1, closed, now())
    for act in (
        lambda: notes.add_note(ana, case.case_id, "Too late", now()),
        lambda: tasks.add_task(ana, case.case_id, "Too late", now()),
        lambda: desk.link(case, desk.thread()),
        lambda: changing.change_case(ana, case.case_id, 2, {"title": "Another"}, now()),
    ):
        with refused(ErrorCode.CASE_CLOSED):
            act()
    opened = changing.change_case(ana, case.case_id, 2, {"state": "open"}, now())
    assert (opened.state, opened.outcome, opened.outcome_word) == ("open", "", "")


def test_the_label_rises_with_what_is_linked_and_says_who_may_read(desk):
    case, ana, bor = desk.case(), desk.person(), desk.person("bor")
    approver = desk.person("vida", Role.APPROVER)
    thread_id = desk.thread(label=HandlingLabel.CONFIDENTIAL)
    linking.link(ana, case.case_id, Target(ItemKind.THREAD, thread_id), now())
    case.refresh_from_db()
    assert case.label == "confidential"
    assert reading.own_case(ana, case.case_id, Action.CASE_VIEW, now()) == case
    assert reading.own_case(approver, case.case_id, Action.CASE_VIEW, now()) == case
    for action in (Action.CASE_VIEW, Action.CASE_CHANGE, Action.CASE_MERGE):
        with refused(ErrorCode.ACCESS_NOT_FOUND):
            reading.own_case(bor, case.case_id, action, now())
    with refused(ErrorCode.CASE_NOT_FOUND):
        reading.case_numbered(bor, case.number)
    with refused(ErrorCode.CASE_LABEL):
        changing.change_case(ana, case.case_id, case.version, {"label": "official"}, now())
    tasks.add_task(ana, case.case_id, "Look at it", now(), assignee=bor.officer)
    assert reading.own_case(bor, case.case_id, Action.CASE_VIEW, now()) == case


def test_the_query_and_the_rule_agree_on_who_may_read(desk):
    people = [desk.person(), desk.person("bor"), desk.person("vida", Role.APPROVER)]
    for label in HandlingLabel:
        open_case(people[1], f"{label}", now(), label=label)
    for caller in people:
        seen = set(reading.readable(caller))
        for case in Case.objects.all():
            rule = decide(caller.actor, Action.CASE_VIEW, reading.subject_of(case), Context(at=now()))
            assert rule.allowed is (case in seen), (caller.officer, case.label)


def test_tasks_of_a_template_are_due_and_done_by_somebody(desk):
    assert set(shipped()) == {"document_hit", "missing_person"}
    case, ana = desk.case(template="document_hit"), desk.person()
    first, *others = present(case).filter(kind=ItemKind.TASK).order_by("due_at")
    assert first.due_at - case.opened_at == timedelta(hours=1)
    assert len(others) == 3
    assert list(tasks.overdue(now())) == []
    assert list(tasks.overdue(now() + timedelta(hours=1, minutes=1))) == [first]
    done = tasks.change_task(ana, case.case_id, first.item_id, 1, {"done": True}, now())
    assert done.done_by == ana.officer
    assert list(tasks.overdue(now() + timedelta(hours=1, minutes=1))) == []
    with refused(ErrorCode.CASE_ASSIGNEE):
        tasks.add_task(ana, case.case_id, "For whom", now(), assignee="nobody-here")


OWN = b"""
id = "SI:boat"
name = { en = "Boat", sl = "Ladja" }
label = "restricted"
[[tasks]]
words = { en = "Call the port" }
due_hours = 2
"""


def test_a_bureau_adds_a_template_of_its_own(desk):
    approver = desk.person("vida", Role.APPROVER)
    add_template(approver, OWN, now())
    assert "SI:boat" in templates_here()
    case = desk.case(template="SI:boat")
    assert (case.label, present(case).get().text) == ("restricted", "Call the port")
    for odd in (b"id = ", OWN.replace(b"SI:boat", b"boat"), OWN.replace(b"en = ", b"xx = "), b"\xff"):
        with refused(ErrorCode.CASE_TEMPLATE):
            add_template(approver, odd, now())
    with refused(ErrorCode.ACCESS_NOT_FOUND):
        add_template(desk.person(), OWN, now())


def test_the_summary_is_made_of_findings_and_notes_have_two_clocks(desk):
    case, ana = desk.case(), desk.person()
    seen = now() - timedelta(days=2)
    note = notes.add_note(ana, case.case_id, "Seen in Nantes", now(), happened_at=seen, finding=True)
    notes.add_note(ana, case.case_id, "Called back", now())
    with refused(ErrorCode.INPUT_IMPOSSIBLE_DATE):
        notes.add_note(ana, case.case_id, "Ahead", now(), happened_at=now() + timedelta(hours=1))
    items = list(present(case))

    def order(clock):
        kinds = frozenset({timeline.EntryKind.NOTE})
        return [entry.text for entry in timeline.page(case, items, kinds, clock, 0).entries]

    assert order(timeline.Clock.LEARNT) == ["Called back", "Seen in Nantes"]
    assert order(timeline.Clock.HAPPENED) == ["Called back", "Seen in Nantes"]
    earlier = notes.add_note(ana, case.case_id, "Stolen", now(), happened_at=seen - timedelta(days=1))
    items = list(present(case))
    assert order(timeline.Clock.LEARNT)[0] == "Stolen"
    assert order(timeline.Clock.HAPPENED)[-1] == "Stolen"
    assert earlier.finding is False
    notes.mark(ana, case.case_id, note.item_id, now(), finding=False)
    assert not present(case).filter(finding=True).exists()


def test_a_message_of_a_linked_thread_becomes_a_finding(desk):
    case = desk.case()
    message = desk.message("Seen")
    desk.link(case, message.thread.thread_id)
    notes.mark_message(desk.person(), case.case_id, message.message_id, now())
    page = timeline.page(case, list(present(case)), frozenset(), timeline.Clock.LEARNT, 0)
    (entry,) = [entry for entry in page.entries if entry.message]
    assert entry.item.finding is True


def test_a_merge_moves_everything_and_undo_puts_it_back(desk):
    a, b, ana = desk.case("A"), desk.case("B", label=HandlingLabel.RESTRICTED), desk.person()
    thread = desk.link(b, desk.thread())
    note = notes.add_note(ana, b.case_id, "Of B", now())
    task = tasks.add_task(ana, b.case_id, "Of B", now())
    own = notes.add_note(ana, a.case_id, "Of A", now())
    before = list(Case.objects.filter(pk=b.pk).values())
    step = merging.merge(ana, a.case_id, b.number, now())
    assert set(present(a)) == {thread, note, task, own}
    a.refresh_from_db()
    assert a.label == "restricted"
    with refused(ErrorCode.CASE_MERGED):
        notes.add_note(ana, b.case_id, "Into the void", now())
    with refused(ErrorCode.CASE_LINKED):
        merging.merge(ana, a.case_id, a.number, now())
    later = notes.add_note(ana, a.case_id, "After the merge", now())
    undoing.undo(ana, a.case_id, step.step_id, now())
    assert set(present(b)) == {thread, note, task}
    assert set(present(a)) == {own, later}
    after = list(Case.objects.filter(pk=b.pk).values())
    ignored = {"changed_at"}
    assert [{k: v for k, v in row.items() if k not in ignored} for row in before] == [
        {k: v for k, v in row.items() if k not in ignored} for row in after
    ]
    a.refresh_from_db()
    assert a.label == "official"


def test_merges_in_a_row_are_undone_from_the_last(desk):
    a, b, c, ana = desk.case("A"), desk.case("B"), desk.case("C"), desk.person()
    item = desk.link(c, desk.thread())
    first = merging.merge(ana, b.case_id, c.number, now())
    second = merging.merge(ana, a.case_id, b.number, now())
    assert set(present(a)) == {item}
    with refused(ErrorCode.CASE_MERGED):
        undoing.undo(ana, b.case_id, first.step_id, now())
    undoing.undo(ana, a.case_id, second.step_id, now())
    undoing.undo(ana, b.case_id, first.step_id, now())
    assert set(present(c)) == {item}


def test_who_has_seen_a_case_is_noted_and_cannot_be_unsaid(desk):
    case, ana = desk.case(), desk.person()
    at = now()
    for later in (0, 30, 61):
        reading.note_reading(ana, case, at + timedelta(seconds=later))
    reading.note_reading(desk.person("bor"), case, at)
    assert CaseReading.objects.filter(case=case).count() == 3
    for change in (
        lambda: CaseReading.objects.all().delete(),
        lambda: CaseReading.objects.update(officer="somebody"),
        lambda: CaseStep.objects.all().delete(),
        lambda: CaseStep.objects.update(by="somebody"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert CaseStep.objects.update(detail=None) == 1, "what a step quotes can be erased"
