"""Whatever is linked, detached, moved, merged and undone: every row stays exactly once, and can go home."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity.kernel.errors import ComityError
from comity.kernel.ids import new_id
from comity.office.cases import linking, merging, notes, undoing
from comity.office.cases.linking import Target
from comity.office.cases.models import Case, CaseItem, CaseStep, ItemKind
from comity.office.cases.opening import open_case
from comity.office.cases.undoing import UNDOABLE
from comity.office.messages.models import Thread
from tests.office.core.making import now

CASES, THREADS = 3, 3
NUMBERS = st.integers(0, 30)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("link"), st.integers(0, CASES - 1), st.integers(0, THREADS - 1)),
        st.tuples(st.just("detach"), NUMBERS, st.just(0)),
        st.tuples(st.just("move"), NUMBERS, st.integers(0, CASES - 1)),
        st.tuples(st.just("merge"), st.integers(0, CASES - 1), st.integers(0, CASES - 1)),
        st.tuples(st.just("undo"), NUMBERS, st.just(0)),
    ),
    max_size=14,
)
LASTING = ("item_id", "kind", "target", "text", "happened_at", "learnt_at", "by", "finding", "version")


class Play:
    """Three cases with a note each, three threads, and a clock that never stands still."""

    def __init__(self, desk):
        self.ana = desk.person()
        self.ticks = count()
        self.cases = [open_case(self.ana, f"Case {number}", self.at()) for number in range(CASES)]
        self.born = {
            notes.add_note(self.ana, case.case_id, "A note", self.at()).item_id: case.pk
            for case in self.cases
        }
        self.threads = [new_id(self.at()) for _ in range(THREADS)]
        for thread_id in self.threads:
            Thread.objects.create(
                thread_id=thread_id,
                bureau="SI",
                peer="FR",
                parties=["FR"],
                subject="A thread",
                opened_at=self.at(),
                last_at=self.at(),
            )

    def at(self):
        return now() + timedelta(milliseconds=next(self.ticks))

    def items(self):
        return CaseItem.objects.filter(case__in=self.cases).order_by("pk")

    def steps(self):
        found = CaseStep.objects.filter(case__in=self.cases, kind__in=UNDOABLE, undone=None)
        return list(found.order_by("pk"))

    def rows(self):
        return list(self.items().values()), list(
            Case.objects.filter(pk__in=[case.pk for case in self.cases]).order_by("pk").values()
        )

    def act(self, operation, one, two):
        if operation == "link":
            about = Target(ItemKind.THREAD, self.threads[two])
            linking.link(self.ana, self.cases[one].case_id, about, self.at())
        elif operation == "merge":
            merging.merge(self.ana, self.cases[one].case_id, self.cases[two].number, self.at())
        elif operation == "undo":
            if steps := self.steps():
                self.undo(steps[one % len(steps)])
        elif items := list(self.items().select_related("case")):
            item = items[one % len(items)]
            if operation == "detach":
                linking.detach(self.ana, item.case.case_id, item.item_id, self.at())
            else:
                number = self.cases[two].number
                linking.move(self.ana, item.case.case_id, item.item_id, number, self.at())

    def undo(self, step):
        undoing.undo(self.ana, step.case.case_id, step.step_id, self.at())


def check_once(play, before):
    """Nothing is gone, nothing is twice, nothing that lasts has changed, and no thing is in two cases."""
    rows = {row["item_id"]: row for row in play.items().values()}
    assert set(before) <= set(rows)
    for item_id, former in before.items():
        assert [rows[item_id][name] for name in LASTING] == [former[name] for name in LASTING]
    present = [row["target"] for row in rows.values() if row["target"] and row["removed_at"] is None]
    assert len(present) == len(set(present))
    merged = [case.pk for case in Case.objects.filter(merged_into__in=play.cases)]
    assert not [row for row in rows.values() if row["case_id"] in merged], "a merged case holds nothing"
    return rows


def test_every_row_stays_exactly_once_and_goes_home(desk):
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @example(
        [("link", 1, 0), ("merge", 0, 1), ("move", 3, 2), ("undo", 1, 0)]
    )  # the merge first, then the move
    @given(OPERATIONS)
    def play_through(operations):
        play = Play(desk)
        rows = check_once(play, {})
        for operation in operations:
            before = play.rows()
            try:
                play.act(*operation)
            except ComityError:
                assert play.rows() == before, "what is refused changes nothing"
            rows = check_once(play, rows)
        for step in reversed(play.steps()):
            play.undo(step)
            rows = check_once(play, rows)
        for item in play.items():
            if item.kind == ItemKind.NOTE:
                assert (item.case_id, item.removed_at) == (play.born[item.item_id], None)
            else:
                assert item.removed_at is not None, "every link was undone"
        assert not Case.objects.filter(merged_into__in=play.cases).exists()

    play_through()
