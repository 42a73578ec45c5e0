"""Verifying: a sound index passes, and whatever is broken in it is found and named by place."""

import random

import pytest

from comity.index import layout
from comity.index.blocks import block_key
from comity.index.opening import LiveIndex
from comity.index.verifying import ASTRAY, MISSING, WRONG, verify_all, verify_sample
from tests.index.feeding import AS_OF, document, person, vehicle


def told(_what, _done, _total):
    """Progress that nobody watches."""


def bodies():
    return [
        *(
            document(f"AA{number}", deny=["SVN"] if number % 5 == 0 else [], owner="MA")
            for number in range(20)
        ),
        *(vehicle(plate=f"LJ-{number}", vin=f"WVWZZZ1KZAW0001{number}") for number in range(10, 14)),
        *(person(f"Ana Testova{a} de la Izmišljena", documents=[f"P{a}"], weak=["Anka"]) for a in "abc"),
        person("Тестов Иван", "테스트", births=["1980-01-01"], allow=["FRA"], owner="MA"),
    ]


@pytest.fixture
def full(index):
    made = bodies()
    index.put(*made)
    for body in (made[0], made[21], made[26]):
        index.writer.apply([index.feed.withdraw(body.record_id)], AS_OF)
    index.put(
        document("AA5", record=made[5].record_id, version=3), person("Eva Nova", record=made[24].record_id)
    )
    return index


def snapshot(index):
    return LiveIndex.over(index.writer._environment, index.writer._databases).snapshot()


def verified(index):
    with snapshot(index) as taken:
        return verify_all(taken, told)


def sampled(index, size=200):
    with snapshot(index) as taken:
        return verify_sample(taken, size, told, random.Random(1))


def test_a_sound_index_passes(full):
    whole, sample = verified(full), sampled(full)
    assert whole.faults == sample.faults == []
    assert (whole.whole, sample.whole) == (True, False)
    assert whole.records == sample.records == full.reader.status().records


def test_an_empty_index_passes(index):
    assert verified(index).sound
    assert sampled(index).sound


def test_a_sample_is_a_sample(full):
    assert sampled(full, 5).records == 5


def first(transaction, database):
    with transaction.cursor(db=database) as cursor:
        assert cursor.first()
        return cursor.key(), cursor.value()


def break_(index, work):
    writer = index.writer
    writer._write(lambda transaction: work(transaction, writer._databases))


@pytest.mark.parametrize("part", ["ids", "exact", "names", "hidden_names", "grams", "words"])
def test_what_is_missing_is_found(full, part):
    def work(transaction, databases):
        database = getattr(databases, part)
        transaction.delete(first(transaction, database)[0], db=database)

    break_(full, work)
    assert (part, MISSING) in {(fault.place, fault.what) for fault in verified(full).faults}
    assert (part, MISSING) in {(fault.place, fault.what) for fault in sampled(full).faults}


@pytest.mark.parametrize("part", ["ids", "exact"])
def test_what_leads_astray_is_found(full, part):
    def work(transaction, databases):
        database = getattr(databases, part)
        key, value = first(transaction, database)
        width = 9 if part == "exact" else 7
        stray = b"\xff\xff\xff" + (4_000_000).to_bytes(4, "big") + bytes(width - 7)
        transaction.put(key, value + stray, db=database)

    break_(full, work)
    assert [(fault.place, fault.what, fault.count) for fault in verified(full).faults] == [(part, ASTRAY, 1)]


def test_an_entry_of_another_class_is_found_i6(full):
    """A restricted record whose entry says that everybody may see it."""

    def work(transaction, databases):
        with transaction.cursor(db=databases.exact) as cursor:
            for key, value in cursor:
                if value[7:9] != b"\0\0":
                    transaction.put(key, value[:7] + b"\0\0" + value[9:], db=databases.exact)
                    return
        pytest.fail("there is no restricted record")

    break_(full, work)
    assert [(fault.place, fault.what) for fault in verified(full).faults] == [("exact", WRONG)]
    assert {fault.place for fault in sampled(full).faults} == {"exact"}


@pytest.mark.parametrize("part", ["counts", "templates", "classes"])
def test_a_wrong_count_is_found(full, part):
    def work(transaction, databases):
        database = getattr(databases, part)
        key, value = first(transaction, database)
        if part == "classes":
            transaction.delete(key, db=database)
        else:
            transaction.put(key, (99).to_bytes(4, "big") + value[4:], db=database)

    break_(full, work)
    assert verified(full).faults


def test_a_row_that_cannot_be_read_is_found(full):
    break_(
        full,
        lambda t, databases: t.put(
            block_key(0), bytes([0, 30, 0, 0, 0, 0, 0, 0]) + b"x" * 30, db=databases.blocks
        ),
    )
    assert "cannot be read" in {fault.what for fault in verified(full).faults}
    assert "cannot be read" in {fault.what for fault in sampled(full).faults}


def test_a_state_that_counts_wrongly_is_found(full):
    def work(transaction, databases):
        state = layout.read_state(transaction, databases)
        wrong = layout.encode_state(
            type(state)(**{f: getattr(state, f) for f in state.__struct_fields__} | {"records": 3})
        )
        transaction.put(layout.STATE_KEY, wrong, db=databases.meta)

    break_(full, work)
    assert [fault.what for fault in verified(full).faults] == ["counts records wrongly"]


def test_faults_hold_no_personal_data_i11(full):
    for part in ("ids", "exact", "names", "hidden_names", "grams"):
        break_(full, lambda t, databases, part=part: t.drop(getattr(databases, part), delete=False))
    shown = str(verified(full)) + str(sampled(full))
    assert not any(word in shown for word in ("Testova", "AA1", "LJ", "019c"))
