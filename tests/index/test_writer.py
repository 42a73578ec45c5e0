"""Applying the feed: checked, whole or not at all, and nothing of a removed record is left."""

import multiprocessing
import signal
from datetime import timedelta

import lmdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.index import layout
from comity.index.blocks import has_row, read_row
from comity.index.buckets import EXACT_WIDTH, ID_WIDTH, entries
from comity.index.classes import EVERYBODY, read_classes
from comity.index.heads import decode_name
from comity.index.postings import posted
from comity.index.reader import IndexReader
from comity.index.templates import TemplateMemory
from comity.index.writer import IndexWriter
from comity.kernel.clock import to_wire
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.protocol.search import DocumentQuery, PersonQuery, PlateQuery, VinQuery
from tests.index.feeding import AS_OF, NOW, Feed, country_of, document, person, record_id, vehicle


def contents(index):
    """Everything in the index in words that do not depend on the numbers given out."""
    writer = index.writer
    dbs = writer._databases
    memory = TemplateMemory()
    with writer._environment.begin() as transaction:
        state = layout.read_state(transaction, dbs)
        taken = [*range(1, state.next_record), *range(layout.ALONE, state.next_alone)]
        present = [number for number in taken if has_row(transaction, dbs, number)]
        rows = {number: read_row(transaction, dbs, number, memory) for number in present}
        ids = {number: row.body.record_id for number, row in rows.items()}
        names = {
            number: decode_name(data)
            for database in (dbs.names, dbs.hidden_names)
            for number, data in transaction.cursor(db=database)
        }
        named = {
            layout.unpack(number): (ids[head.record], head._replace(record=0, visibility=0), form)
            for number, (head, form) in names.items()
        }
        classes = dict(read_classes(transaction, dbs.classes))
        audiences = {number: stored.audience for number, stored in classes.items()} | {EVERYBODY: None}
        return {
            "records": {
                ids[n]: (row.data, row.expires, row.audience, len(row.names)) for n, row in rows.items()
            },
            "exact": sorted(
                (key, entry[:3], ids[int.from_bytes(entry[3:7], "big")], audiences[entry[7:]])
                for key, bucket in transaction.cursor(db=dbs.exact)
                for entry in entries(bucket, EXACT_WIDTH)
            ),
            "ids": sorted(
                (key, entry[:3], ids[int.from_bytes(entry[3:], "big")])
                for key, bucket in transaction.cursor(db=dbs.ids)
                for entry in entries(bucket, ID_WIDTH)
            ),
            "classes": sorted((stored.audience, stored.count) for stored in classes.values()),
            "templates": sorted(data for key, data in transaction.cursor(db=dbs.templates) if len(key) == 4),
            "digests": sorted(key for key, _ in transaction.cursor(db=dbs.templates) if len(key) > 4),
            "names": sorted(named.values()),
            "grams": sorted(
                (key, named[number], audiences[visibility.to_bytes(2, "big")])
                for chunk, value in transaction.cursor(db=dbs.grams)
                for key, number, visibility in posted(chunk, value)
            ),
            "counts": dict(transaction.cursor(db=dbs.counts)),
            "words": sorted(
                (key[2:], ids[layout.unpack(number)], audiences[key[:2]])
                for key, number in transaction.cursor(db=dbs.words)
            ),
            "state": totals_of(state),
        }


def totals_of(state):
    return {"records": state.records, "public_names": state.public_names}


IDS = [record_id(number) for number in range(1, 6)]
WORDS = st.sampled_from(["Ana", "Marko", "Testova", "Testov", "Izmislek", "de", "Ali"])
NAMES = st.lists(WORDS, min_size=2, max_size=3).map(" ".join)
NUMBERS = st.sampled_from(["AA111", "AA-112", "BB222", "bb222"])
LIMITS = st.sampled_from([{}, {"deny": ["SVN"]}, {"allow": ["FRA"]}])


@st.composite
def versions(draw):
    limits = draw(LIMITS) | {"record": draw(st.sampled_from(IDS)), "owner": "MA"}
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return document(draw(NUMBERS), **limits)
    if kind == 1:
        return vehicle(plate=draw(NUMBERS), vin=draw(st.sampled_from([None, "WVWZZZ1KZAW000123"])), **limits)
    weak, papers = draw(st.lists(NAMES, max_size=1)), draw(st.lists(NUMBERS, max_size=2))
    return person(*draw(st.lists(NAMES, min_size=1, max_size=3)), weak=weak, documents=papers, **limits)


STEPS = st.one_of(
    versions(),
    st.tuples(st.sampled_from(["withdraw", "retract"]), st.sampled_from(IDS)),
    st.just(("hidden", None)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(STEPS, max_size=6), max_size=5))
def test_any_history_in_any_batches_equals_a_fresh_build_i6(make_index, batches):
    index, present = make_index(), {}
    for batch in batches:
        entries = []
        for step in batch:
            if isinstance(step, tuple):
                what, record = step
                entries.append(index.feed.hidden() if record is None else getattr(index.feed, what)(record))
                present.pop(record, None)
            else:
                entries.append(index.feed.put(step))
                present[step.record_id] = step
        index.writer.apply(entries, "")
    fresh = make_index()
    fresh.put(*present.values())
    assert contents(index) == contents(fresh)
    for viewer in ("SVN", "FRA", "MAR"):
        for body in present.values():
            assert_found_by_each_key(index, body, viewer)
    index.writer.close()
    fresh.writer.close()


def assert_found_by_each_key(index, body, viewer):
    limits = body.restrictions
    visible = viewer == "MAR" or (viewer not in limits.deny and (not limits.allow or viewer in limits.allow))
    content = body.content
    queries = [DocumentQuery(each["number"]) for each in content.get("documents", ())]
    queries += [
        PersonQuery(each["text"]) for each in content.get("names", ()) if each.get("quality") != "weak"
    ]
    queries += [DocumentQuery(content["number"])] if "number" in content else []
    queries += [PlateQuery(content["plate"])] if "plate" in content else []
    queries += [VinQuery(vin) for vin in [content.get("vin")] if vin] * 2
    assert queries
    for query in queries:
        assert (body.record_id in index.ids(query, viewer)) == visible
    assert (index.reader.record(body.record_id, viewer, NOW) is not None) == visible


def test_a_denied_country_gets_the_same_answer_as_if_the_record_were_not_there_i6(make_index):
    public = [person("Ana Testova", "Ana Izmisljena"), person("Anja Testova"), document("AA111")]
    secret = [
        person("Ana Testova", births=["1980-01-01"], documents=["AA111"], deny=["SVN"], owner="MA"),
        *(person(f"Ana Testova{letter}", allow=["FRA"], owner="MA") for letter in "abcdefgh"),
        document("AA111", deny=["SVN"], owner="MA"),
        document("AA112", expires=NOW),
    ]
    without, with_secrets = make_index(), make_index()
    without.put(*public)
    with_secrets.put(*secret[:5], *public, *secret[5:])
    queries = [
        PersonQuery("Ana Testova", "1980-01-01"),
        PersonQuery("Anna Testowa"),
        DocumentQuery("AA111"),
        DocumentQuery("AA112"),
    ]
    for query in queries:
        denied, ignorant = with_secrets.ask(query, "SVN"), without.ask(query, "SVN")
        assert denied.candidates == ignorant.candidates
        assert (denied.asked, denied.warnings) == (ignorant.asked, ignorant.warnings)
    assert len(with_secrets.ask(queries[2], "FRA").candidates) == 3
    assert len(with_secrets.ask(queries[2], "XPO").candidates) == 3
    assert len(with_secrets.ask(queries[2], "MAR").candidates) == 3


def test_hidden_names_take_no_place_among_those_compared_i6(index):
    crowd = [person("Ana Testova", deny=["SVN"], owner="MA") for _ in range(300)]
    seen = person("Ana Testovac")
    index.put(*crowd, seen)
    assert index.ids(PersonQuery("Ana Testova")) == [seen.record_id]


def test_a_withdrawal_is_confirmed_and_nothing_is_left_i7(index):
    body = person("Ana Testova", documents=["AA111"])
    index.put(body, document("AA112"))
    applied = index.writer.apply([index.feed.withdraw(body.record_id)], AS_OF)
    assert applied.withdrawn == [body.record_id]
    assert (applied.sequence, applied.chain) == (3, index.feed.chain.hex())
    assert index.reader.record(body.record_id, "FRA", NOW) is None
    left = contents(index)
    assert len(left["records"]) == 1
    assert [left[part] for part in ("names", "grams", "counts")] == [[], [], {}]


def test_withdrawing_what_is_not_here_is_confirmed_too_i7(index):
    unknown = record_id()
    assert index.writer.apply([index.feed.withdraw(unknown)], AS_OF).withdrawn == [unknown]


def test_put_and_withdrawal_in_one_batch_leave_nothing(index):
    body = document("AA111")
    entries = [index.feed.put(body), index.feed.withdraw(body.record_id)]
    assert index.writer.apply(entries, AS_OF).withdrawn == [body.record_id]
    assert index.ids(DocumentQuery("AA111")) == []


def altered(entry, **changes):
    return msgspec.structs.replace(entry, **changes)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda e: e[1:], ErrorCode.FEED_GAP),
        (lambda e: [e[0], e[2]], ErrorCode.FEED_GAP),
        (lambda e: [e[0], e[0]], ErrorCode.FEED_GAP),
        (lambda e: [e[0], altered(e[1], chain="00" * 32)], ErrorCode.FEED_CHAIN),
        (lambda e: [e[0], altered(e[1], commitment=e[0].commitment)], ErrorCode.FEED_CHAIN),
        (lambda e: [altered(e[0], body=e[1].body)], ErrorCode.FEED_COMMITMENT),
        (lambda e: [altered(e[0], salt=e[1].salt)], ErrorCode.FEED_COMMITMENT),
        (lambda e: [altered(e[0], salt="zz")], ErrorCode.FEED_COMMITMENT),
        (lambda e: [altered(e[0], salt=None)], ErrorCode.FEED_COMMITMENT),
        (lambda e: [altered(e[0], record_id=e[1].record_id)], ErrorCode.FEED_COMMITMENT),
        (lambda e: [altered(e[0], version=9)], ErrorCode.FEED_COMMITMENT),
        (lambda e: [e[0], e[1], altered(e[2], record_id=e[0].record_id)], ErrorCode.FEED_COMMITMENT),
    ],
)
def test_a_false_entry_changes_nothing_i13(index, spoil, code):
    index.put(document("AA100"))
    before = contents(index), index.reader.status()
    body = document("AA111")
    entries = [index.feed.put(body), index.feed.put(document("AA112")), index.feed.withdraw(record_id())]
    with pytest.raises(IntegrityError) as caught:
        index.writer.apply(spoil(entries), to_wire(NOW + timedelta(hours=1)))
    assert caught.value.code == code
    assert (contents(index), index.reader.status()) == before
    assert index.writer.apply(entries, AS_OF).sequence == 4


def test_as_of_moves_forward_only_and_not_before_the_end_is_reached(index):
    index.writer.apply([index.feed.put(document("A1"))], "")
    assert index.reader.status().as_of == ""
    index.writer.touch(AS_OF)
    index.writer.touch(to_wire(NOW - timedelta(hours=1)))
    assert index.reader.status().as_of == AS_OF


def test_the_map_grows_while_readers_go_on(make_index):
    index = make_index(map_bytes=64 * 1024)
    for start in range(0, 2_000, 500):
        index.put(*(document(f"AA{number}") for number in range(start, start + 500)))
        assert len(index.ids(DocumentQuery(f"AA{start}"))) == 1
    assert index.reader.status().records == 2_000
    assert index.writer._environment.info()["map_size"] > 64 * 1024


def test_clear_empties_and_is_not_up_to_date(index):
    index.put(document("AA111"))
    index.writer.clear()
    status = index.reader.status()
    assert (status.sequence, status.records, status.as_of) == (0, 0, "")
    assert index.ids(DocumentQuery("AA111")) == []
    index.feed = Feed()
    index.put(document("AA111"))
    assert len(index.ids(DocumentQuery("AA111"))) == 1


def test_another_format_is_refused(tmp_path):
    with IndexWriter(tmp_path, "XPO") as writer:
        writer.touch(AS_OF)
        with writer._environment.begin(write=True) as transaction:
            state = layout.encode_state(layout.State(format=99))
            transaction.put(layout.STATE_KEY, state, db=writer._databases.meta)
    with pytest.raises(IntegrityError) as caught:
        IndexWriter(tmp_path, "XPO")
    assert caught.value.code == ErrorCode.INTEGRITY_INDEX


def test_without_an_index_the_reader_says_so(tmp_path):
    with pytest.raises(UnavailableError) as caught:
        IndexReader(tmp_path)
    assert caught.value.code == ErrorCode.INDEX_UNAVAILABLE


def _write_for_ever(directory, told):
    feed = Feed()
    with IndexWriter(directory, "XPO", map_bytes=64 * 1024) as writer:
        while True:
            writer.apply([feed.put(document(f"AA{feed.sequence}")) for _ in range(20)], AS_OF)
            told.send(feed.sequence)


@pytest.mark.parametrize("batches", [1, 7, 40])
def test_kill_9_of_the_writer_leaves_whole_batches_beside_a_running_reader(tmp_path, batches):
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_write_for_ever, args=(tmp_path, send))
    process.start()
    acknowledged = receive.recv()
    reader = IndexReader(tmp_path, country_of)
    for _ in range(batches):
        acknowledged = receive.recv()
        status = reader.status()
        assert status.records == status.sequence >= acknowledged
        assert len(reader.answer(DocumentQuery(f"AA{acknowledged - 1}"), "SVN", NOW).candidates) == 1
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    status = reader.status()
    assert status.sequence >= acknowledged
    assert status.sequence % 20 == 0
    assert status.records == status.sequence
    for number in range(status.sequence):
        assert len(reader.answer(DocumentQuery(f"AA{number}"), "SVN", NOW).candidates) == 1
    reader.close()


def test_the_environment_is_private(index, tmp_path):
    assert isinstance(index.writer._environment, lmdb.Environment)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "index").iterdir()} == {0}
