"""Ended at any instant, the index goes on where it stood and equals one that was built in peace (I7)."""

import random
import signal
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.index import generations
from comity.index.blocks import read_row
from comity.index.opening import LiveIndex
from comity.index.reader import IndexReader
from comity.index.templates import TemplateMemory
from comity.index.verifying import verify_all
from comity.index.walking import stored_rows
from comity.index.writer import IndexWriter
from comity.kernel.canonical import canonical_bytes
from comity.protocol.search import DocumentQuery, PersonQuery, PlateQuery
from tests.index.crashing import context, die_while_reading, follow, follow_on_a_full_disk, rebuild, run
from tests.index.feeding import AS_OF, NOW, Feed, country_of, document, person, record_id, vehicle

KILLED = -signal.SIGKILL
FOLLOW_CALLS, REBUILD_CALLS = 2_500, 1_500
"""Fatal calls that following or rebuilding these histories makes: some lives end well."""
NUMBERS = [f"AA{number:03}" for number in range(20)]
NAMES = ["Ana Testova", "Anna Testowa", "Marko Izmislek", "Тестов Иван", "로버트 하드버거"]
QUERIES = [*map(DocumentQuery, NUMBERS), *map(PersonQuery, NAMES), *map(PlateQuery, NUMBERS)]


class History:
    """Entries of a feed and the records that are left of them."""

    def __init__(self, seed, entries):
        self.chance = random.Random(seed)
        self.feed, self.entries, self.present = Feed(), [], {}
        for _ in range(entries):
            self.step()

    def step(self):
        record = record_id(self.chance.randrange(12))
        what = self.chance.random()
        if what < 0.25:
            self.present.pop(record, None)
            self.entries.append(self.feed.withdraw(record) if what < 0.2 else self.feed.retract(record))
        elif what < 0.3:
            self.entries.append(self.feed.hidden())
        else:
            self.present[record] = body = self.body(record)
            self.entries.append(self.feed.put(body))

    def body(self, record):
        number = self.chance.choice(NUMBERS)
        limits = self.chance.choice([{}, {"deny": ["SVN"]}, {"allow": ["FRA"]}]) | {
            "record": record,
            "owner": "MA",
        }
        kind = self.chance.randrange(3)
        if kind == 0:
            return document(number, **limits)
        if kind == 1:
            return vehicle(plate=number, **limits)
        return person(*self.chance.sample(NAMES, 2), documents=[number], **limits)

    def sizes(self):
        return [self.chance.randint(1, 6) for _ in range(len(self.entries))]


def held(directory):
    """Everything that an index answers: where it stands, every row, every query of every viewer."""
    with closing(LiveIndex.at(directory)) as live, live.snapshot() as snapshot:
        verified = verify_all(snapshot, lambda *_: None)
        assert verified.faults == []
        templates = TemplateMemory()
        rows = sorted(
            read_row(snapshot.transaction, snapshot.databases, number, templates).data
            for number, _ in stored_rows(snapshot)
        )
    with closing(IndexReader(directory, country_of)) as reader:
        answers = [
            (viewer, reader.answer(query, viewer, NOW).candidates)
            for viewer in ("SVN", "FRA", "MAR")
            for query in QUERIES
        ]
        return reader.status(), rows, answers


def built_in_peace(directory, history):
    with IndexWriter(directory, "XPO") as writer:
        writer.apply(history.entries, AS_OF)
    return held(directory)


def assert_equals_one_built_in_peace(directory, history, fresh):
    status, rows, answers = held(directory)
    assert rows == sorted(map(canonical_bytes, history.present.values()))
    assert (status, rows, answers) == built_in_peace(fresh, history)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), lives=st.lists(st.integers(1, FOLLOW_CALLS), max_size=4))
def test_any_history_with_any_crashes_equals_one_built_in_peace(tmp_path_factory, seed, lives):
    directory, history = tmp_path_factory.mktemp("crashed"), History(seed, 40)
    for call in lives:
        assert run(follow, directory, history.entries, history.sizes(), call) in {KILLED, 0}
    assert run(follow, directory, history.entries, history.sizes(), 0) == 0
    assert_equals_one_built_in_peace(directory, history, tmp_path_factory.mktemp("peace"))


def test_a_writer_killed_at_each_call_of_a_batch_goes_on(tmp_path):
    """One batch, every place to die in it: never half of it, and the next life takes it up."""
    history, calls, killed = History(3, 12), 0, True
    while killed:
        calls += 7
        killed = run(follow, tmp_path / str(calls), history.entries, [12], calls) == KILLED
        if generations.current_number(tmp_path / str(calls)) is not None:
            with closing(LiveIndex.at(tmp_path / str(calls))) as live, live.snapshot() as snapshot:
                found = verify_all(snapshot, lambda *_: None)
                assert (found.faults, found.records) in [([], 0), ([], len(history.present))]
    assert calls > 30


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), call=st.integers(1, REBUILD_CALLS))
def test_a_rebuild_killed_anywhere_leaves_one_whole_generation(tmp_path_factory, seed, call):
    directory, history = tmp_path_factory.mktemp("rebuilt"), History(seed, 30)
    half = history.entries[:15]
    assert run(follow, directory, half, [15], 0) == 0
    assert run(rebuild, directory, call) in {KILLED, 0}
    assert run(follow, directory, history.entries, history.sizes(), 0) == 0
    assert_equals_one_built_in_peace(directory, history, tmp_path_factory.mktemp("peace"))
    assert run(rebuild, directory, 0) == 0
    number = str(generations.current_number(directory))
    assert [path.name for path in directory.iterdir() if path.is_dir()] == [number]
    assert_equals_one_built_in_peace(directory, history, tmp_path_factory.mktemp("peace"))


@pytest.mark.parametrize("limit", [40_000, 70_000, 100_000])
def test_a_full_disk_loses_nothing_and_the_writer_goes_on_when_there_is_room(tmp_path, limit):
    history = History(limit, 40)
    here, there = context.Pipe(duplex=False)
    assert run(follow_on_a_full_disk, tmp_path / "full", history.entries, limit, there) == 0
    assert here.recv() == 1
    assert_equals_one_built_in_peace(tmp_path / "full", history, tmp_path / "peace")


def test_a_reader_that_died_does_not_keep_what_was_withdrawn(tmp_path):
    """Its snapshot would keep every page of that time, and the file would only grow."""
    with IndexWriter(tmp_path, "XPO") as writer:
        writer.touch(AS_OF)
        assert run(die_while_reading, tmp_path) == KILLED
        assert snapshots_held(writer) == 1
        writer._index._forget_at = 0
        writer.touch(AS_OF)
        assert snapshots_held(writer) == 0


def snapshots_held(writer):
    lines = writer._environment.readers().splitlines()[1:]
    return sum(not line.endswith("-") for line in lines)
