"""A rebuild beside the live index: the same answers, whatever came in meanwhile."""

import multiprocessing
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.index import bulk, generations
from comity.index.blocks import read_row
from comity.index.opening import LiveIndex
from comity.index.reader import IndexReader
from comity.index.rebuilding import rebuild_from_rows
from comity.index.templates import TemplateMemory
from comity.index.walking import differences, stored_rows
from comity.index.writer import IndexWriter
from comity.kernel.canonical import canonical_bytes
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.protocol.search import DocumentQuery, PersonQuery, PlateQuery
from tests.index.feeding import AS_OF, NOW, Feed, country_of, document, person, record, record_id, vehicle


@pytest.fixture
def feed():
    return Feed()


@pytest.fixture
def filled(tmp_path, feed):
    """Make an index of a few records of each kind and return their bodies."""
    bodies = [
        *(document(f"AA{number}") for number in range(30)),
        *(vehicle(plate=f"LJ-{number}", owner="MA", deny=["SVN"]) for number in range(5)),
        *(person(f"Ana Testova{letter}", documents=[f"P{letter}"]) for letter in "abcdefghijk"),
    ]
    with IndexWriter(tmp_path, "SVN") as writer:
        writer.apply([feed.put(body) for body in bodies], AS_OF)
        gone = [bodies.pop(3), bodies.pop(10), bodies.pop(-1)]
        writer.apply([feed.withdraw(body.record_id) for body in gone], AS_OF)
    return bodies


def told(_what, _done, _total):
    """Progress that nobody watches."""


def ids(reader, query, viewer="FRA"):
    return [found.record_id for found in reader.answer(query, viewer, NOW).candidates]


def test_a_rebuilt_index_answers_and_counts_the_same(tmp_path, filled, monkeypatch):
    monkeypatch.setattr(bulk, "RECORDS_AT_ONCE", 7)
    with closing(IndexReader(tmp_path)) as reader:
        before = reader.status()
    steps = []
    rebuilt = rebuild_from_rows(tmp_path, "SVN", lambda *step: steps.append(step))
    assert (rebuilt.generation, rebuilt.records) == (2, len(filled))
    assert ("records", len(filled), len(filled)) in steps
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}
    with closing(IndexReader(tmp_path, country_of)) as reader:
        assert reader.status() == before
        for body in filled:
            assert body == reader.record(body.record_id, "MAR", NOW)
        assert ids(reader, DocumentQuery("AA1")) == [filled[1].record_id]
        assert ids(reader, DocumentQuery("AA3")) == []
        assert ids(reader, PersonQuery("Ana Testovad"))[0] == filled[-7].record_id
        assert (len(ids(reader, PlateQuery("LJ-1"))), ids(reader, PlateQuery("LJ-1"), "SVN")) == (1, [])


def _rebuild_told_by_pipe(directory, pipe):
    """In another process: after each batch say so, and wait for the word to go on."""
    bulk.RECORDS_AT_ONCE = 10

    def tell(_what, done, _total):
        pipe.send(done)
        pipe.recv()

    pipe.send(rebuild_from_rows(directory, "SVN", tell))


def test_what_comes_in_while_it_is_built_is_in_the_new_one(tmp_path, filled, feed):
    """The feed goes on during the long part; changed, new and withdrawn records are caught up with."""
    changed, gone, new = filled[0], filled[-2], document("NEW1")
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_rebuild_told_by_pipe, args=(tmp_path, there))
    child.start()
    with IndexWriter(tmp_path, "SVN") as writer:
        assert here.recv() == 10
        assert generations.is_rebuilding(tmp_path)
        again = document("BB0", record=changed.record_id, version=2)
        writer.apply([feed.put(again), feed.put(new), feed.withdraw(gone.record_id)], AS_OF)
        here.send("go on")
        while isinstance(found := here.recv(), int):
            here.send("go on")
        child.join()
        assert (found.generation, found.records) == (2, len(filled))
        assert writer.status().sequence == feed.sequence
        writer.apply([feed.put(document("LATER"))], AS_OF)
    with closing(IndexReader(tmp_path, country_of)) as reader:
        assert reader.status().sequence == feed.sequence
        assert [len(ids(reader, DocumentQuery(n))) for n in ("AA0", "BB0", "NEW1", "LATER")] == [0, 1, 1, 1]
        assert reader.record(gone.record_id, "SVN", NOW) is None


@given(
    st.lists(
        st.tuples(
            st.text("ABCXYZ0189", min_size=1, max_size=14),
            st.sampled_from([{}, {"event_date": "2020-02-29"}, {"event_date": "1969-12-31"}]),
            st.sampled_from([1, 7, 200, 70_000]),
            st.sampled_from([{}, {"deny": ["SVN"]}, {"owner": "FR"}]),
        ),
        max_size=30,
    )
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_documents_come_through_columns_byte_for_byte(tmp_path_factory, drawn):
    directory, feed = tmp_path_factory.mktemp("index"), Feed()
    bodies = [
        record(
            "travel_documents",
            {"number": number, "country": "FRA", "type": "passport", "loss": "lost"} | more,
            version=version,
            **{"owner": "MA"} | limits,
        )
        for number, more, version, limits in drawn
    ]
    with IndexWriter(directory, "SVN") as writer:
        writer.apply([feed.put(body) for body in bodies], AS_OF)
    before = rows_of(directory)
    rebuild_from_rows(directory, "SVN", told)
    assert rows_of(directory) == before == sorted(map(canonical_bytes, bodies))


def rows_of(directory):
    with closing(LiveIndex.at(directory)) as live, live.snapshot() as snapshot:
        templates = TemplateMemory()
        return sorted(
            read_row(snapshot.transaction, snapshot.databases, number, templates).data
            for number, _ in stored_rows(snapshot)
        )


def test_a_rebuild_that_breaks_off_leaves_the_live_index(tmp_path, filled):
    def power_cut(_what, _done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild_from_rows(tmp_path, "SVN", power_cut)
    with closing(IndexReader(tmp_path)) as reader:
        assert reader.status().records == len(filled)
    assert rebuild_from_rows(tmp_path, "SVN", told).generation == 2
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["2"]


def test_without_an_index_there_is_nothing_to_rebuild(tmp_path):
    with pytest.raises(UnavailableError) as caught:
        rebuild_from_rows(tmp_path, "SVN", told)
    assert caught.value.code == ErrorCode.INDEX_UNAVAILABLE


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=40))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_differences_lead_from_one_snapshot_to_the_other(tmp_path_factory, steps):
    directory, feed = tmp_path_factory.mktemp("index"), Feed()
    with IndexWriter(directory, "SVN") as writer:
        writer.apply([feed.put(document(f"AA{n}", record=record_id(n))) for n in range(20)], AS_OF)
        live = LiveIndex.over(writer._environment, writer._databases)
        with live.snapshot() as before:
            for number, stays in steps:
                text, lone = f"{'B' * (number % 9)}{number}", number % 3 == 0
                body = (
                    person(f"Ana {text}", record=record_id(number))
                    if lone
                    else document(text, record=record_id(number))
                )
                writer.apply([feed.put(body) if stays else feed.withdraw(record_id(number))], AS_OF)
            with live.snapshot() as now:
                gone, come = differences(before, now)
                rows_before, rows_now = dict(stored_rows(before)), dict(stored_rows(now))
    assert rows_before.items() - set(gone) | set(come) == set(rows_now.items())
    assert not {number for number, _ in come} & set(rows_before)
    assert {number for number, _ in gone} <= set(rows_before)
