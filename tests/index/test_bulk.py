"""Building in bulk: the same index as feeding gives, whole or not at all, and taken up again after a crash."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.index.bulk import FOLDER, BulkBuilder
from comity.index.columns import DocumentColumns
from comity.index.reader import IndexReader
from comity.index.writer import IndexWriter
from comity.kernel.canonical import canonical_bytes
from comity.kernel.errors import ErrorCode, InputError, IntegrityError, UnavailableError
from comity.ledger.commitments import GENESIS
from comity.protocol.search import DocumentQuery, PersonQuery, PlateQuery
from tests.index.feeding import AS_OF, NOW, Feed, country_of, document, person, record_id, vehicle
from tests.index.test_storage import KEYS
from tests.index.test_writer import contents

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VIEWERS = ("SVN", "FRA", "MAR", "XPO")
ENVELOPES = [
    document("X1"),
    document("X1", country="MAR", owner="MA", loss="lost"),
    document("X1", owner="MA", deny=["SVN"]),
    document("X1", owner="FR", allow=["MAR"], kind="visa"),
]


class Documents:
    """The same documents as columns and as records."""

    def __init__(self, rows):
        self.rows = rows
        ids = [record_id() for _ in rows]
        self.columns = DocumentColumns(
            record_ids=np.array(
                [list(bytes.fromhex(each.replace("-", ""))) for each in ids], dtype=np.uint8
            ).reshape(-1, 16),
            numbers=np.array([row[0].encode() for row in rows], dtype="S22"),
            versions=np.array([row[1] for row in rows], dtype=np.uint32),
            expires=np.array([row[2] for row in rows], dtype=np.uint32),
            event_days=np.array([row[3] for row in rows], dtype=np.int32),
            templates=np.array([row[4] for row in rows], dtype=np.uint32),
        )
        self.bodies = [self._body(record, *row) for record, row in zip(ids, rows, strict=True)]

    def _body(self, record, number, version, expires, day, template):
        envelope = ENVELOPES[template]
        event = {} if day < 0 else {"event_date": (EPOCH + timedelta(days=day)).date().isoformat()}
        return msgspec.structs.replace(
            envelope,
            record_id=record,
            version=version,
            expires_at=(EPOCH + timedelta(seconds=expires)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            content=envelope.content | {"number": number} | event,
        )


ROWS = st.lists(
    st.tuples(
        st.one_of(KEYS, st.sampled_from(["AO1", "A01", "AB8", "ABB"])),
        st.sampled_from([1, 5, 300]),
        st.sampled_from([1_700_000_000, 4_000_000_000]),
        st.sampled_from([-1, 0, 20_000, 65_535]),
        st.integers(0, 3),
    ),
    max_size=40,
)
OTHERS = [
    person("Ana Testova", "Anna Testowa", documents=["AO1"], owner="MA", deny=["SVN"]),
    person("Marko Izmislek", births=["1970-05-03"], documents=["ZZ1", "A01"]),
    vehicle(plate="LJ AB-123", vin="WVWZZZ1KZAW000123", owner="FR", allow=["MAR"]),
    vehicle(plate="AO1"),
    document("AB-8", owner="FR"),
]


def answers(reader, numbers):
    queries = [DocumentQuery(number) for number in numbers]
    queries += [
        PersonQuery("Ana Testova"),
        PersonQuery("Marko Izmislek", "1970-05-03"),
        PlateQuery("LJAB123"),
    ]
    return [
        (found.asked, found.warnings, found.candidates)
        for viewer in VIEWERS
        for query in queries
        for found in [reader.answer(query, viewer, NOW)]
    ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, max_size=3))
def test_a_bulk_build_answers_and_counts_as_a_fed_one(make_index, tmp_path_factory, chunks):
    fed, folder = make_index(), tmp_path_factory.mktemp("bulk")
    documents = [Documents(rows) for rows in chunks]
    with BulkBuilder(folder, "XPO") as builder:
        for each in documents:
            builder.add_documents(each.columns, ENVELOPES)
        builder.add_records(canonical_bytes(body) for body in OTHERS)
        assert builder.accepted == len(chunks) + 1
        total = sum(len(each.bodies) for each in documents) + len(OTHERS)
        status = builder.finish(total, fed_chain := bytes(range(32)), AS_OF)
    fed.put(*(body for each in documents for body in each.bodies), *OTHERS)
    assert (status.records, status.sequence, status.chain) == (total, total, fed_chain.hex())
    assert status.as_of == AS_OF
    assert not (folder / FOLDER).exists()
    numbers = {row[0] for rows in chunks for row in rows} | {"AO1", "A01", "AB8", "ZZ1", "AO2"}
    with IndexWriter(folder, "XPO") as writer:
        reader = writer.reader(country_of)
        assert answers(reader, numbers) == answers(fed.reader, numbers)
        built = contents(type("Holder", (), {"writer": writer}))
        expected = contents(fed)
        same = ("records", "exact", "ids", "classes", "names", "grams", "counts", "words", "state")
        assert {name: built.get(name) for name in same} == {name: expected.get(name) for name in same}
    fed.writer.close()


def test_the_feed_goes_on_where_a_bulk_build_ends(tmp_path):
    documents = Documents([("AB12345", 1, 4_000_000_000, 20_000, 0), ("AB12346", 1, 4_000_000_000, -1, 2)])
    with BulkBuilder(tmp_path, "XPO") as builder:
        builder.add_documents(documents.columns, ENVELOPES)
        builder.finish(0, GENESIS, AS_OF)
    feed = Feed()
    with IndexWriter(tmp_path, "XPO") as writer:
        reader = writer.reader(country_of)
        later = document("AB12347")
        writer.apply([feed.put(later), feed.withdraw(documents.bodies[0].record_id)], AS_OF)
        changed = msgspec.structs.replace(documents.bodies[1], version=2)
        writer.apply([feed.put(changed)], AS_OF)
        found = [reader.answer(DocumentQuery(f"AB1234{end}"), "FRA", NOW).candidates for end in "567"]
        assert [[one.version for one in each] for each in found] == [[], [2], [1]]
        assert reader.status().records == 2
        for body in (changed, later):
            writer.apply([feed.withdraw(body.record_id)], AS_OF)
        with writer._environment.begin() as transaction:
            left = {
                name: transaction.stat(db=database)["entries"]
                for name, database in zip(writer._databases._fields, writer._databases, strict=True)
            }
    assert {name for name, entries in left.items() if entries} == {"meta"}


def test_progress_is_told(tmp_path):
    told = []
    with BulkBuilder(tmp_path, "XPO", progress=lambda *step: told.append(step)) as builder:
        builder.add_documents(Documents([("AB1", 1, 4_000_000_000, -1, 0)] * 3).columns, ENVELOPES)
        builder.add_records([canonical_bytes(person("Ana Testova"))])
        builder.finish(0, GENESIS, AS_OF)
    assert [step for step in told if step[0] == "records"] == [("records", 3, 0), ("records", 4, 0)]
    assert {stage for stage, _, _ in told} == {"records", "keys", "verify"}
    assert told[-1][1] == told[-1][2]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"numbers": np.array([b"ab1"], dtype="S22")}, ErrorCode.INPUT_BAD_NUMBER, "columns.numbers"),
        ({"numbers": np.array([b"A-1"], dtype="S22")}, ErrorCode.INPUT_BAD_NUMBER, "columns.numbers"),
        ({"numbers": np.array([b"A\0B"], dtype="S22")}, ErrorCode.INPUT_BAD_NUMBER, "columns.numbers"),
        ({"numbers": np.array([b""], dtype="S22")}, ErrorCode.INPUT_BAD_NUMBER, "columns.numbers"),
        ({"versions": np.zeros(2, dtype=np.uint32)}, ErrorCode.INPUT_WRONG_TYPE, "columns"),
        ({"event_days": np.array([70_000])}, ErrorCode.INPUT_IMPOSSIBLE_DATE, "columns.event_days"),
        ({"templates": np.array([9], dtype=np.uint32)}, ErrorCode.INPUT_WRONG_TYPE, "envelopes"),
    ],
)
def test_false_columns_are_refused_and_nothing_is_taken_i13(tmp_path, change, code, field):
    good = Documents([("AB1", 1, 4_000_000_000, -1, 0)]).columns
    with BulkBuilder(tmp_path, "XPO") as builder:
        with pytest.raises(InputError) as caught:
            builder.add_documents(good._replace(**change), ENVELOPES)
        assert (caught.value.code, caught.value.field) == (code, field)
        assert builder.accepted == 0
        builder.add_documents(good, ENVELOPES)
        assert builder.finish(0, GENESIS, AS_OF).records == 1


def test_one_id_given_twice_is_refused(tmp_path):
    columns = Documents([("AB1", 1, 4_000_000_000, -1, 0)]).columns
    with BulkBuilder(tmp_path, "XPO") as builder:
        builder.add_documents(columns, ENVELOPES)
        builder.add_documents(columns, ENVELOPES)
        with pytest.raises(IntegrityError) as caught:
            builder.finish(0, GENESIS, AS_OF)
    assert caught.value.code == ErrorCode.INTEGRITY_INDEX


def test_where_there_is_an_index_none_is_built(tmp_path):
    with BulkBuilder(tmp_path, "XPO") as builder:
        builder.finish(0, GENESIS, AS_OF)
    with pytest.raises(IntegrityError):
        BulkBuilder(tmp_path, "XPO")


def test_a_build_for_another_reader_is_not_taken_up(tmp_path):
    with BulkBuilder(tmp_path, "XPO") as builder:
        builder.add_documents(Documents([("AB1", 1, 4_000_000_000, -1, 0)]).columns, ENVELOPES)
    with BulkBuilder(tmp_path, "SVN") as builder:
        assert builder.accepted == 0
        assert builder.finish(0, GENESIS, AS_OF).records == 0


def chunk(number):
    """The same chunk each time that it is asked for."""
    rows = [(f"C{number}N{place}", 1, 4_000_000_000, 20_000, place % 4) for place in range(200)]
    documents = Documents(rows)
    documents.columns.record_ids[:] = np.arange(200 * 16, dtype=np.uint16).reshape(200, 16) >> 3
    documents.columns.record_ids[:, 0] = number
    documents.columns.record_ids[:, 6] = 0x70
    documents.columns.record_ids[:, 8] = 0x80
    documents.columns.record_ids[:, 9] = np.arange(200)
    return documents.columns


def people():
    return [canonical_bytes(person(f"Ana Testova{place}", record=record_id(place))) for place in range(30)]


def _build(folder, told, steps):
    """Build as far as `steps` allow, each told before it is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("comity.index.bulk.RECORDS_AT_ONCE", 10)
        patch.setattr("comity.index.bulk.KEYS_AT_ONCE", 50)

        def progress(*step):
            told.send(step)
            if told.recv() == "die":
                os.kill(os.getpid(), signal.SIGKILL)

        with BulkBuilder(folder, "XPO", progress=progress) as builder:
            for number in range(builder.accepted, 3):
                builder.add_documents(chunk(number), ENVELOPES)
            if builder.accepted == 3:
                builder.add_records(people())
            builder.finish(7, GENESIS, AS_OF)
    told.send("done")
    told.recv()


def run(folder, steps):
    """Run a builder for so many steps of its progress, then kill it; return whether it was done before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["comity.index.bulk", "hypothesis", "pytest"])
    mine, other = context.Pipe()
    process = context.Process(target=_build, args=(folder, other, steps))
    process.start()
    done = False
    for step in range(steps + 1):
        done = mine.recv() == "done"
        mine.send("die" if step == steps and not done else "go on")
        if done:
            break
    process.join()
    return done


@pytest.mark.parametrize("steps", [[0], [1, 0], [3], [4, 1], [7, 4, 20], [30]])
def test_kill_9_loses_no_more_than_the_chunk_under_way_i7(tmp_path, steps):
    for number in steps:
        assert not run(tmp_path, number)
        with pytest.raises(UnavailableError):
            IndexReader(tmp_path)
    assert run(tmp_path, 10_000)
    with IndexWriter(tmp_path, "XPO") as writer:
        reader = writer.reader(country_of)
        assert (reader.status().records, reader.status().sequence) == (630, 7)
        for number in range(3):
            for place in range(200):
                assert len(reader.answer(DocumentQuery(f"C{number}N{place}"), "XPO", NOW).candidates) == 1
        for place in range(30):
            assert reader.answer(PersonQuery(f"Ana Testova{place}"), "FRA", NOW).candidates
