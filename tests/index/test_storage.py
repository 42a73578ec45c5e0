"""Hashes, buckets and compact rows: what goes in comes back, and what must not be seen costs nothing."""

import gc
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.collections import KeyKind
from comity.index import buckets
from comity.index.blocks import MAX_ROW, read_row
from comity.index.bulk_columns import document_hashes, id_hashes
from comity.index.classes import EVERYBODY, LOOK_AT_ROW, ClassChanges
from comity.index.finding import number_of
from comity.index.layout import ALONE
from comity.index.planning import plan_query
from comity.index.rows import Audience
from comity.index.templates import TemplateMemory
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import DocumentKind, DocumentLoss
from comity.kernel.ids import new_id
from comity.protocol.search import DocumentQuery
from tests.index.feeding import AS_OF, NOW, document, person, record, record_id, vehicle

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
KEYS = st.text(SIGNS, min_size=1, max_size=22)


@given(st.lists(KEYS, min_size=1, max_size=20))
def test_a_hash_is_the_same_for_one_and_for_many(values):
    signs = np.array([value.encode() for value in values], dtype="S22").view(np.uint8).reshape(-1, 22)
    expected = [buckets.key_hash(KeyKind.DOCUMENT_NUMBER, value) for value in values]
    assert document_hashes(signs).tolist() == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(KeyKind), st.text(max_size=20)) | st.tuples(st.just(KeyKind.PLATE), KEYS),
        max_size=30,
    )
    | st.lists(st.tuples(st.just(KeyKind.DOCUMENT_NUMBER), st.text(max_size=25) | KEYS), max_size=30)
)
def test_a_place_is_the_same_for_one_and_for_many(keys):
    together = buckets.places(keys)
    assert together == [buckets.place(buckets.key_hash(kind, value)) for kind, value in keys]


@given(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=20))
def test_the_hash_of_an_id_is_the_same_for_one_and_for_many(ids):
    matrix = np.frombuffer(b"".join(ids), dtype=np.uint8).reshape(-1, 16)
    assert id_hashes(matrix).tolist() == [buckets.id_hash(each) for each in ids]


def test_numbers_in_a_row_spread_over_all_buckets_and_fingerprints():
    hashes = [buckets.key_hash(KeyKind.DOCUMENT_NUMBER, f"AB{number:07}") for number in range(20_000)]
    places = {buckets.place(value) for value in hashes}
    assert len(places) == len(hashes)
    firsts = np.bincount([value >> 59 for value in hashes], minlength=32)
    assert firsts.min() > 0.8 * firsts.mean()


@given(st.text(min_size=1, max_size=90), st.text(min_size=1, max_size=90))
def test_kinds_and_values_have_hashes_of_their_own(one, other):
    assert (buckets.key_hash(KeyKind.PLATE, one) == buckets.key_hash(KeyKind.PLATE, other)) == (one == other)
    assert buckets.key_hash(KeyKind.PLATE, one) != buckets.key_hash(KeyKind.VIN, one)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40).filter(
    lambda text: text == text.strip() and any(c.isalnum() and c.isascii() for c in text)
)
EVENTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["1969-12-31", "1970-01-01", "2024-02-29", "2149-06-06", "2149-06-07", "2024", "2024-05"]
    ),
)
EXPIRIES = st.integers(1_800_000_000_000_000, 7_258_118_400_000_000).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


@st.composite
def bodies(draw):
    limits = {
        "expires": draw(EXPIRIES),
        "version": draw(st.sampled_from([1, 2, 127, 128, 70_000])),
        "allow": draw(st.sampled_from([(), ("FRA", "SVN")])),
    }
    more = {name: draw(st.none() | WORDS) for name in ("place", "national_reference", "make", "colour")}
    chosen = {name: value for name, value in more.items() if value}
    kind = draw(st.sampled_from(["travel_documents", "vehicles", "persons"]))
    if kind == "travel_documents":
        content = {
            "number": draw(st.one_of(KEYS, WORDS)),
            "country": draw(st.sampled_from(["FRA", "SVN"])),
            "type": draw(st.sampled_from(DocumentKind)),
            "loss": draw(st.sampled_from(DocumentLoss)),
            "event_date": draw(EVENTS),
        }
        own = {name: chosen[name] for name in ("place", "national_reference") if name in chosen}
        content = {name: value for name, value in content.items() if value is not None}
        return record(kind, content | own, **limits)
    if kind == "vehicles":
        own = {name: chosen[name] for name in ("make", "colour") if name in chosen}
        content = {"plate": "LJ-" + draw(KEYS)[:8], "remarks": draw(st.sampled_from(["x", "x" * MAX_ROW]))}
        return record(kind, content | own, **limits)
    return person("Ana Izmisljena", documents=[draw(KEYS)], **limits)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(bodies(), min_size=1, max_size=12))
def test_every_body_comes_back_byte_for_byte(index, listed):
    index.put(*listed)
    with index.writer._environment.begin() as transaction:
        databases, templates = index.writer._databases, TemplateMemory()
        for body in listed:
            number = number_of(transaction, databases, body.record_id, templates)
            row = read_row(transaction, databases, number, templates)
            assert row.data == canonical_bytes(body)
            assert row.body == body
    index.writer.apply([index.feed.withdraw(body.record_id) for body in listed], AS_OF)


def test_documents_lie_in_blocks_and_persons_by_themselves(index):
    index.put(document("AA1"), person("Ana Testova"), vehicle(plate="LJ 1"))
    with index.writer._environment.begin() as transaction:
        databases = index.writer._databases
        assert transaction.stat(db=databases.blocks)["entries"] == 1
        assert transaction.stat(db=databases.records)["entries"] == 1


def test_of_a_withdrawn_record_nothing_is_left_in_any_database_i7(index):
    kept = document("AA1", owner="SI")
    gone = [
        record(
            "travel_documents",
            {"number": "QQ77WW", "country": "FRA", "type": "visa", "loss": "lost", "place": "Nowhereville"},
            owner="FR",
            deny=["SVN"],
        ),
        person("Quenelda Nowherian", documents=["QQ99"], owner="FR"),
    ]
    index.put(kept, *gone)
    index.writer.apply([index.feed.withdraw(body.record_id) for body in gone], AS_OF)
    with index.writer._environment.begin() as transaction:
        for name, database in zip(index.writer._databases._fields, index.writer._databases, strict=True):
            for key, value in transaction.cursor(db=database):
                assert b"FR" not in value.replace(b"FRA", b""), name
                assert b"owhere" not in key + value
        assert transaction.stat(db=index.writer._databases.classes)["entries"] == 0
        assert transaction.stat(db=index.writer._databases.templates)["entries"] == 2


@pytest.mark.parametrize(
    ("written", "code", "strength"),
    [("AO12BZ", "number.equal", "HIT"), ("A0I282", "number.look_alike", "POSSIBLE")],
)
def test_numbers_that_look_alike_are_possible(index, written, code, strength):
    listed = document("AO12BZ")
    index.put(listed)
    (found,) = index.ask(DocumentQuery(written)).candidates
    assert (found.record_id, found.strength, found.reasons[0].code) == (listed.record_id, strength, code)


def test_an_entry_that_fits_by_chance_is_no_answer(index):
    index.put(document("AA1"))
    databases = index.writer._databases
    key, fingerprint = buckets.place(buckets.key_hash(KeyKind.DOCUMENT_NUMBER, "ZZ9"))
    with index.writer._environment.begin(write=True) as transaction:
        transaction.put(key, fingerprint + (1).to_bytes(4, "big") + EVERYBODY, db=databases.exact)
    assert index.ids(DocumentQuery("ZZ9")) == []


def calls(index, query, viewer):
    """Every call that answering makes, one after the other."""
    plan, made = plan_query(query, NOW), []
    index.reader.find(plan, viewer, NOW)

    def note(frame, event, argument):
        made.append((event, frame.f_code.co_name, getattr(argument, "__name__", "")))

    gc.collect()  # ending an old generator would count as a call, and so would what others hook in here
    gc.disable()
    sys.setprofile(note)
    try:
        index.reader.find(plan, viewer, NOW)
    finally:
        sys.setprofile(None)
        gc.enable()
    return made


def test_a_hidden_record_costs_the_calls_of_one_that_is_not_there_i6(make_index):
    hidden = [
        document("AA111", deny=["SVN"], owner="MA"),
        document("AA111", allow=["FRA"], owner="MA"),
        person("Ana Testova", documents=["AA111"], deny=["SVN"], owner="MA"),
    ]
    without, with_hidden = make_index(), make_index()
    without.put(document("BB222"))
    with_hidden.put(document("BB222"), *hidden)
    for query in (DocumentQuery("AA111"), DocumentQuery("AAI1I", "FRA")):
        assert calls(with_hidden, query, "SVN") == calls(without, query, "SVN")
        assert with_hidden.ask(query, "SVN").candidates == without.ask(query, "SVN").candidates == []
        assert len(with_hidden.ask(query, "FRA").candidates) == 3
        assert calls(with_hidden, query, "FRA") != calls(without, query, "FRA")


def test_beside_a_seen_record_a_hidden_one_costs_nothing_i6(make_index):
    seen = document("AA111", record=record_id())
    without, with_hidden = make_index(), make_index()
    without.put(seen)
    with_hidden.put(
        document("AA111", deny=["SVN"], owner="MA"), seen, document("AA111", deny=["SVN"], owner="MA")
    )
    query = DocumentQuery("AA111")
    assert calls(with_hidden, query, "SVN") == calls(without, query, "SVN")
    assert with_hidden.ask(query, "SVN").candidates == without.ask(query, "SVN").candidates


def test_classes_follow_the_feed_and_the_members(index):
    body = document("AA111", deny=["SVN"], owner="FR")
    index.put(body)
    assert index.ids(DocumentQuery("AA111"), "SVN") == []
    index.put(document("AA112", allow=["MAR"], owner="FR"))
    assert index.ids(DocumentQuery("AA112"), "SVN") == []
    assert len(index.ids(DocumentQuery("AA112"), "MAR")) == 1
    index.put(document("AA111", record=body.record_id, version=2, owner="FR"))
    assert index.ids(DocumentQuery("AA111"), "SVN") == [body.record_id]
    countries = {}
    reader = index.writer.reader(lambda bureau: countries.get(bureau, ""))
    query = DocumentQuery("AA112")
    assert reader.answer(query, "FRA", NOW).candidates == []
    countries["FR"] = "FRA"
    assert len(reader.answer(query, "FRA", NOW + timedelta(minutes=1)).candidates) == 1


def test_beyond_the_last_class_the_row_itself_is_asked_i6(index, monkeypatch):
    monkeypatch.setattr("comity.index.classes.MAX_CLASSES", 1)
    first = document("AA1", deny=["SVN"], owner="MA")
    second = document("AA2", deny=["FRA"], owner="MA")
    index.put(first, second)
    with index.writer._environment.begin(write=True) as transaction:
        classes = ClassChanges(transaction, index.writer._databases)
        assert classes.use(Audience("MA", (), ("FRA",))) == LOOK_AT_ROW
        assert classes.use(Audience("MA", (), ())) == EVERYBODY
        transaction.abort()
    assert index.ids(DocumentQuery("AA2"), "FRA") == []
    assert index.ids(DocumentQuery("AA2"), "SVN") == [second.record_id]
    index.writer.apply([index.feed.withdraw(first.record_id), index.feed.withdraw(second.record_id)], AS_OF)
    assert index.ids(DocumentQuery("AA2"), "SVN") == index.ids(DocumentQuery("AA1"), "FRA") == []


def test_an_id_that_is_no_uuid_is_found_too(index):
    body = document("AA1", record="not-a-uuid")
    index.put(body, document("AA2", record=new_id(NOW)))
    assert index.reader.record(body.record_id, "FRA", NOW) == body
    with index.writer._environment.begin() as transaction:
        number = number_of(transaction, index.writer._databases, body.record_id, TemplateMemory())
    assert number & ALONE


def test_warmed_up_a_first_hit_reads_no_template(index):
    gone = document("AA111", kind="visa")
    index.put(document("BB222"), gone)
    index.writer.apply([index.feed.withdraw(gone.record_id)], AS_OF)
    index.reader.warm_up()
    read = []

    def note(frame, event, _):
        if event == "call" and frame.f_code.co_name == "template_of":
            read.append(frame)

    sys.setprofile(note)
    try:
        (found,) = index.ask(DocumentQuery("BB222")).candidates
    finally:
        sys.setprofile(None)
    assert found.view["number"] == "BB222"
    assert not read
