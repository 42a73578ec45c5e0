"""Names in packed postings: what is posted is found, what may not be seen changes nothing, work is bounded."""

import gc
import sys
from datetime import timedelta

import lmdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.index import gathering, retrieval
from comity.index.gathering import Gatherer
from comity.index.layout import HIDDEN
from comity.index.planning import plan_query
from comity.index.postings import PostingChanges, pair_keys, posted
from comity.index.rarity import RarityMemory
from comity.kernel.codes import MatchStrength
from comity.kernel.errors import InputError, IntegrityError
from comity.matching import names
from comity.matching.dates import parse_birth
from comity.protocol.search import PersonQuery
from tests.index.conftest import Index
from tests.index.feeding import NOW, person


@pytest.fixture
def environment(tmp_path):
    with lmdb.open(str(tmp_path), max_dbs=1) as environment:
        yield environment, environment.open_db(b"grams")


KEYS = st.lists(st.sampled_from([b"abc\0", b"abd\0", b"\1four", b"\2four"]), min_size=1, unique=True)
NUMBERS = st.integers(1, 200_000) | st.integers(HIDDEN, HIDDEN + 200_000)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NUMBERS, st.tuples(KEYS, st.integers(1, 65_535)), max_size=30), st.randoms())
def test_postings_hold_what_was_added_and_not_removed(environment, wanted, random):
    env, database = environment
    wanted = {n: (keys, visibility if n >= HIDDEN else 0) for n, (keys, visibility) in wanted.items()}
    gone = {number for number in wanted if random.random() < 0.5}
    with env.begin(write=True) as transaction:
        transaction.drop(database, delete=False)
        differences = write(transaction, database, {n: wanted[n] for n in sorted(wanted)}, "add")
        differences += write(transaction, database, {n: wanted[n] for n in gone}, "remove")
        left = [entry for chunk, value in transaction.cursor(db=database) for entry in posted(chunk, value)]
    kept = {number: posting for number, posting in wanted.items() if number not in gone}
    assert sorted(left) == sorted(
        (key, n, visibility) for n, (keys, visibility) in kept.items() for key in keys
    )
    public = [key for n, (keys, _) in kept.items() if n < HIDDEN for key in keys]
    assert {key: number for key, number in differences.items() if number} == {
        key: public.count(key) for key in public
    }


def write(transaction, database, names_of, what):
    changes = PostingChanges(transaction, database)
    for number, (keys, visibility) in names_of.items():
        getattr(changes, what)(keys, number, visibility)
    return changes.finish()


@pytest.mark.parametrize(("number", "visibility"), [(6, 0), (70_000, 0), (HIDDEN + 5, 2)])
def test_a_posting_that_is_missing_is_told(environment, number, visibility):
    env, database = environment
    with env.begin(write=True) as transaction:
        write(transaction, database, {5: ([b"abc\0"], 0), HIDDEN + 5: ([b"abc\0"], 1)}, "add")
        with pytest.raises(IntegrityError):
            write(transaction, database, {number: ([b"abc\0"], visibility)}, "remove")


def test_of_many_bearers_of_a_name_the_one_born_that_day_is_found(index):
    crowd = [
        person("Ana Testova", births=[f"{1950 + place % 40}-03-{1 + place % 28:02}"]) for place in range(450)
    ]
    wanted = person("Testova Ana", births=["1977-11-05"])
    index.put(*crowd[:225], wanted, *crowd[225:])
    found = index.ask(PersonQuery("Ana Testova", birth_date="1977-11-05")).candidates
    assert found[0].record_id == wanted.record_id
    assert found[0].strength is MatchStrength.HIT


@pytest.mark.parametrize(
    ("written", "latin"), [("피터 카터", "Peter CARTER"), ("ジョージ・パワーズ", "George POWERS")]
)
def test_a_foreign_name_is_found_across_scripts_until_it_is_withdrawn(index, written, latin):
    crowd = [person(f"Ana Testova {place}", births=["1977-11-05"]) for place in range(60)]
    records = [person(text, births=["1977-11-05"]) for text in (written, latin)]
    index.put(*crowd, *records)
    both = {record.record_id for record in records}
    for asked in (written, latin):
        assert set(index.ids(PersonQuery(asked, birth_date="1977-11-05"))) == both
    index.writer.apply([index.feed.withdraw(records[0].record_id)], "")
    assert index.ids(PersonQuery(written, birth_date="1977-11-05")) == [records[1].record_id]


def test_the_likest_in_length_comes_first_among_common_names(index):
    crowd = [
        person(f"Ana Testova {chr(97 + place % 26)}ra {chr(97 + place // 26)}ro") for place in range(150)
    ]
    wanted = person("Ana Testova")
    index.put(*crowd, wanted)
    assert index.ids(PersonQuery("Ana Testova"))[0] == wanted.record_id


def test_what_has_expired_takes_no_place(index):
    old = [person("Ana Testova", expires=NOW + timedelta(days=1)) for _ in range(150)]
    wanted = person("Testova Ana")
    index.put(*old, wanted)
    assert index.ids(PersonQuery("Ana Testova"), at=NOW + timedelta(days=2)) == [wanted.record_id]


def calls_of(index, query, viewer="SVN"):
    """Return what is called, in Python and in C, while a name is asked for."""
    plan, calls = plan_query(query, NOW), []
    for _ in range(2):
        index.reader.find(plan, viewer, NOW)

    def note(frame, event, what):
        calls.append((event, frame.f_code.co_name, getattr(what, "__name__", "")))

    gc.collect()  # ending an old generator would count as a call, and so would what others hook in here
    gc.disable()
    sys.setprofile(note)
    try:
        answer = index.reader.find(plan, viewer, NOW)
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls, [found.record_id for found in answer.candidates]


def test_a_hidden_name_costs_no_call_i6(make_index, monkeypatch):
    # Looking for a new calibration by the clock is a call, which has nothing to do with what is hidden.
    monkeypatch.setattr("comity.index.alarms.LOOK_AGAIN_S", 3600.0)
    there, absent = make_index(), make_index()
    public = [person("Ana Testova"), person("Marko Izmislek"), person("Ali Hasan al Primer")]
    hidden = [
        person("Ana Testova", deny=["SVN"], owner="MA"),
        person("Ana Tesstova", deny=["SVN"], owner="MA"),
    ]
    there.put(public[0], hidden[0], *public[1:], hidden[1])
    absent.put(*public)
    for name in ("Ana Testova", "Testova", "Ana Izmislek", "Nobody Whatever"):
        assert calls_of(there, PersonQuery(name)) == calls_of(absent, PersonQuery(name))
    assert set(calls_of(there, PersonQuery("Ana Testova"), "FRA")[1]) >= {one.record_id for one in hidden}


def test_hidden_names_leave_the_nearest_public_ones_as_they_are_i6(make_index, monkeypatch):
    monkeypatch.setattr(gathering, "MAX_POSTINGS", 12)
    monkeypatch.setattr(gathering, "MOST_POSTINGS", 24)
    monkeypatch.setattr(gathering, "MAX_PAIR_POSTINGS", 4)
    monkeypatch.setattr(gathering, "MAX_NEAREST", 6)
    there, absent = make_index(), make_index()
    public = [
        person(f"{given} Testov{end}") for given in ("Ana", "Anna", "Marko") for end in ("", "a", "ac", "ski")
    ]
    hidden = [person(f"Ana Testov{end}", deny=["SVN"], owner="MA") for end in ("", "a", "o", "ac") * 5]
    there.put(*hidden[:10], *public, *hidden[10:])
    absent.put(*public)
    for name in ("Ana Testova", "Anna Testovski", "Testov"):
        query = PersonQuery(name)
        assert nearest(there, query) == nearest(absent, query)
        assert there.ids(query) == absent.ids(query)


def nearest(index, query):
    form = plan_query(query, NOW).names[0].form
    with index.reader.looking("SVN", NOW) as (look, _):
        found = Gatherer().nearest(look, form, 0.0)
        return found.numbers.tolist(), found.shares.tolist()


ODD = [
    "a", "al", "al al al al al al", "a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d", "x" * 400,
    "ana" * 130, "Testova " * 30, " ".join(f"{chr(97 + place)}ana" for place in range(26)), "ق", "李", "0 1 2 3 4 5",
    "하드버거 " * 30, "ハーパーカーター" * 20,
]  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_work_for_odd_names_is_bounded(crowded, monkeypatch, name):
    monkeypatch.setattr(gathering, "MAX_POSTINGS", 300)
    monkeypatch.setattr(gathering, "MOST_POSTINGS", 500)
    monkeypatch.setattr(gathering, "MAX_PAIR_POSTINGS", 50)
    monkeypatch.setattr(gathering, "MAX_NEAREST", 100)
    monkeypatch.setattr(retrieval, "FEW_HEADS", 40)
    monkeypatch.setattr(retrieval, "MAX_WORD_PAIRS", 200)
    read, looked = [], []
    lists, heads = gathering._public_lists, retrieval.read_heads
    monkeypatch.setattr(gathering, "_public_lists", lambda *given: read.append(lists(*given)) or read[-1])
    monkeypatch.setattr(retrieval, "read_heads", lambda values: looked.append(len(values)) or heads(values))
    try:
        form = names.normalise(name)
    except InputError:
        return
    with crowded.reader.looking("SVN", NOW) as (look, memory):
        found = list(retrieval.retrieve(look, form, memory.gatherer, parse_birth("1970")))
    chunk = look.state.public_names  # lists are read by whole chunks; here all names lie in one
    pairs = len(pair_keys(form))
    assert pairs <= 7
    assert all(length <= 50 + chunk for length in read[0].lengths[:pairs])
    assert sum(read[0].lengths[pairs:]) <= 500 + chunk
    assert sum(looked) <= 100
    assert sum(len(form.tokens) * len(one.form.tokens) for one in found[:-1]) <= 200
    assert len(found) <= retrieval.MAX_COMPARED


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    made = Index(tmp_path_factory.mktemp("index"))
    made.put(
        *(person(f"Ana {chr(97 + place % 26)}ana Testova al") for place in range(400)),
        person(" ".join("abcdefghijklmnopqrstuvwxyz")),
    )
    yield made
    made.writer.close()


def test_rarity_is_counted_anew_when_many_names_have_come(index):
    memory = RarityMemory()
    index.put(*(person(f"Ana Testova {place}") for place in range(200)))
    before = rarity(index, memory, "testova")
    index.put(person("Testova Nova"))
    assert rarity(index, memory, "testova") == before
    index.put(*(person(f"Marko Izmislek {place}") for place in range(50)))
    assert rarity(index, memory, "testova") > before
    assert rarity(index, memory, "testova") == rarity(index, RarityMemory(), "testova")


def rarity(index, memory, token):
    with index.reader.looking("SVN", NOW) as (look, _):
        return memory.at(look)(token)
