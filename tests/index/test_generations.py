"""Generations: one is in use, the next comes into use at once, and no question notices (I7)."""

import threading
import time
from contextlib import closing

import pytest

from comity.index import generations
from comity.index.finding import number_of
from comity.index.opening import start_over
from comity.index.reader import IndexReader
from comity.index.templates import TemplateMemory
from comity.index.writer import IndexWriter
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.protocol.search import DocumentQuery
from tests.copies.partners import wait_until
from tests.index.feeding import AS_OF, NOW, Feed, country_of, document


def filled(place, bodies, **options):
    with IndexWriter(place, "XPO", **options) as writer:
        feed = Feed()
        writer.apply([feed.put(body) for body in bodies], AS_OF)


def swap(directory, bodies):
    """Build a generation beside the one in use and put it into use."""
    built = generations.unfinished(directory, "rows")
    filled(built, bodies, beside=True)
    with generations.writing(directory):
        return generations.publish(directory, built)


def found(reader, number):
    return [one.record_id for one in reader.answer(DocumentQuery(number), "SVN", NOW).candidates]


def test_a_new_index_is_generation_1_and_private(tmp_path):
    filled(tmp_path / "index", [document("AA1")])
    assert generations.current_number(tmp_path / "index") == 1
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "index").rglob("*")} == {0}


def test_no_question_fails_while_generations_are_swapped(tmp_path):
    bodies = [document(f"AA{number}") for number in range(20)]
    filled(tmp_path, bodies)
    reader = IndexReader(tmp_path, country_of)
    ended, wrong, asked = threading.Event(), [], [0] * 4

    def ask(place):
        while not ended.is_set():
            number = asked[place] % len(bodies)
            try:
                if found(reader, f"AA{number}") != [bodies[number].record_id]:
                    wrong.append("not found")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is wrong
                wrong.append(repr(error))
            asked[place] += 1

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for round_number in range(5):
        new = document(f"NEW{round_number}")
        assert swap(tmp_path, [*bodies, new]) == round_number + 2
        assert wait_until(
            lambda wanted=new, place=round_number: found(reader, f"NEW{place}") == [wanted.record_id]
        )
    before = list(asked)
    assert wait_until(lambda: all(now > then for now, then in zip(asked, before, strict=True)))
    ended.set()
    for thread in threads:
        thread.join()
    reader.close()
    assert wrong == []
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["6"]


def test_a_question_ends_on_the_generation_on_which_it_began(tmp_path):
    body = document("AA1")
    filled(tmp_path, [body])
    with closing(IndexReader(tmp_path, country_of)) as reader:
        with reader._live.snapshot() as snapshot:
            swap(tmp_path, [])
            assert wait_until(lambda: found(reader, "AA1") == [])
            assert number_of(snapshot.transaction, snapshot.databases, body.record_id, TemplateMemory())


def test_an_environment_closes_with_its_last_question(tmp_path):
    filled(tmp_path, [document("AA1")])
    reader = IndexReader(tmp_path, country_of)
    first, second = reader._live.snapshot(), reader._live.snapshot()
    reader.close()
    with pytest.raises(UnavailableError):
        reader.status()
    with first, second:
        assert first.transaction.stat(second.databases.ids)["entries"] == 1
    with closing(IndexReader(tmp_path)) as again:
        assert again.status().records == 1


def test_what_is_not_in_use_is_gone_at_once_i7(tmp_path):
    """A withdrawn record does not live on in the files of an older generation."""
    body = document("AA0")
    held = bytes.fromhex(body.record_id.replace("-", ""))
    filled(tmp_path, [body])
    with closing(IndexReader(tmp_path)) as idle:
        assert held in bytes_in(tmp_path)
        swap(tmp_path, [document("AA1")])
        assert held not in bytes_in(tmp_path)
        assert wait_until(lambda: len(found(idle, "AA1")) == 1)


def bytes_in(directory):
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_the_writer_moves_on_with_the_swap(tmp_path):
    feed, first, second = Feed(), document("AA1"), document("AA2")
    with IndexWriter(tmp_path, "XPO") as writer:
        entry = feed.put(first)
        writer.apply([entry], AS_OF)
        built = generations.unfinished(tmp_path, "feed")
        with IndexWriter(built, "XPO", beside=True) as beside:
            beside.apply([entry], AS_OF)
        with generations.writing(tmp_path):
            generations.publish(tmp_path, built)
        assert writer.status().sequence == 1
        writer.apply([feed.put(second)], AS_OF)
    with closing(IndexReader(tmp_path, country_of)) as reader:
        assert (found(reader, "AA1"), found(reader, "AA2")) == ([first.record_id], [second.record_id])


def test_the_writer_waits_while_a_rebuild_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(generations, "LOCK_WAIT_S", 0.05)
    with IndexWriter(tmp_path, "XPO") as writer, generations.writing(tmp_path):
        with pytest.raises(UnavailableError) as caught:
            writer.touch(AS_OF)
    assert caught.value.code == ErrorCode.INDEX_REBUILDING


def test_an_index_of_before_generations_is_read_written_and_replaced(tmp_path):
    old, new = document("AA1"), document("AA2")
    filled(tmp_path, [old], beside=True)
    assert generations.current_number(tmp_path) == 0
    reader = IndexReader(tmp_path, country_of)
    assert found(reader, "AA1") == [old.record_id]
    reader.close()
    with IndexWriter(tmp_path, "XPO") as writer:
        assert writer.status().records == 1
        swap(tmp_path, [new])
        assert writer.status().records == 1
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["1", "current", "rebuild.lock", "writer.lock"]
    with closing(IndexReader(tmp_path, country_of)) as reader:
        assert (found(reader, "AA1"), found(reader, "AA2")) == ([], [new.record_id])


@pytest.mark.parametrize("left", ["2", ".gone-0a", "7"])
def test_what_a_crash_left_is_removed_at_the_next_start(tmp_path, left):
    filled(tmp_path, [document("AA1")])
    filled(tmp_path / left, [document("AA2")], beside=True)
    filled(tmp_path / "2.feed", [document("AA3")], beside=True)
    filled(tmp_path / "2.rows", [document("AA4")], beside=True)
    with IndexWriter(tmp_path, "XPO") as writer:
        assert writer.status().records == 1
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"1", "2.feed"}
    with generations.rebuilding(tmp_path):
        generations.discard_unfinished(tmp_path)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"1"}


def test_a_crash_before_the_new_number_is_written_leaves_the_old_generation(tmp_path, monkeypatch):
    filled(tmp_path, [document("AA1")])

    def power_cut(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(generations, "write_private", power_cut)
    with pytest.raises(KeyboardInterrupt):
        swap(tmp_path, [])
    monkeypatch.undo()
    with closing(IndexReader(tmp_path)) as reader:
        assert reader.status().records == 1
    assert swap(tmp_path, []) == 2


def test_start_over_is_empty_and_not_up_to_date(tmp_path):
    filled(tmp_path, [document("AA1")])
    with closing(IndexReader(tmp_path)) as reader:
        start_over(tmp_path)
        assert wait_until(lambda: reader.status().records == 0)
        assert reader.status().as_of == ""


def test_a_damaged_number_is_told(tmp_path):
    filled(tmp_path, [])
    (tmp_path / "current").write_bytes(b"x")
    with pytest.raises(IntegrityError) as caught:
        IndexReader(tmp_path)
    assert caught.value.code == ErrorCode.INTEGRITY_INDEX


def test_a_reader_keeps_what_it_has_when_the_next_generation_does_not_open(tmp_path):
    body = document("AA1")
    filled(tmp_path, [body])
    with closing(IndexReader(tmp_path, country_of)) as reader:
        (tmp_path / "current").write_bytes(b"9")
        for _ in range(20):
            assert found(reader, "AA1") == [body.record_id]
            time.sleep(0.01)


def test_only_one_rebuild_runs(tmp_path):
    with generations.rebuilding(tmp_path):
        assert generations.is_rebuilding(tmp_path)
        with pytest.raises(UnavailableError), generations.rebuilding(tmp_path):
            pytest.fail("two rebuilds")
    assert not generations.is_rebuilding(tmp_path)
