"""A file that was cut is told of before a page behind its end would end the process; idle readers let go."""

import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from comity.index import generations, opening
from comity.index.layout import MAP_LIMIT_BYTES, is_whole, make_whole, open_environment
from comity.index.reader import IndexReader
from comity.index.writer import IndexWriter
from comity.kernel.errors import ErrorCode, IntegrityError
from tests.copies.partners import wait_until
from tests.index.feeding import AS_OF, Feed, country_of, document
from tests.index.test_generations import filled, found, swap

NUMBERS = [f"AA{number}" for number in range(300)]


@pytest.fixture
def directory(tmp_path):
    filled(tmp_path, [document(number) for number in NUMBERS])
    return tmp_path


def data_file(directory):
    return generations.current(directory) / generations.DATA_FILE


def test_a_file_that_is_shorter_than_it_says_is_not_opened(directory):
    whole = data_file(directory).stat().st_size
    for size in (whole - 1, whole // 2, 3 * 4096, 2 * 4096):
        os.truncate(data_file(directory), size)
        with pytest.raises(IntegrityError) as caught:
            IndexReader(directory, country_of)
        assert caught.value.code == ErrorCode.INTEGRITY_INDEX
        with pytest.raises(IntegrityError):
            IndexWriter(directory, "XPO")


def test_a_reader_stops_reading_a_file_that_is_cut_and_goes_on_with_the_next_generation(
    directory, monkeypatch
):
    monkeypatch.setattr(opening, "LOOK_EVERY_S", 0.0)
    with closing(IndexReader(directory, country_of)) as reader:
        assert len(found(reader, "AA7")) == 1
        data = data_file(directory).read_bytes()
        os.truncate(data_file(directory), len(data) - 4096)
        reader._live.follow()
        for _ in range(3):
            with pytest.raises(IntegrityError):
                found(reader, "AA7")
        # Put back as it was, or replaced by a rebuild: either is read again.
        data_file(directory).write_bytes(data)
        assert len(found(reader, "AA7")) == 1
        os.truncate(data_file(directory), 3 * 4096)
        reader._live.follow()
        with pytest.raises(IntegrityError):
            found(reader, "AA7")
        swap(directory, [document("NEW1")])
        assert len(found(reader, "NEW1")) == 1


def test_too_short_for_a_moment_is_no_damage(directory, monkeypatch):
    """Between a transaction that let go of its last pages and what the writer does after it."""
    monkeypatch.setattr(opening, "LOOK_EVERY_S", 0.0)
    with closing(IndexReader(directory, country_of)) as reader:
        size = data_file(directory).stat().st_size
        for _ in range(3):
            os.truncate(data_file(directory), size - 1)
            reader._live.follow()
            os.truncate(data_file(directory), size)
            assert len(found(reader, "AA7")) == 1


def test_the_writer_leaves_a_file_that_reaches_as_far_as_it_says(directory):
    environment, _ = open_environment(
        generations.current(directory), map_bytes=MAP_LIMIT_BYTES, writable=True
    )
    with environment:
        size = data_file(directory).stat().st_size
        os.truncate(data_file(directory), size - 4096)
        make_whole(environment)
        assert data_file(directory).stat().st_size == size


def test_a_writer_does_not_write_into_a_file_that_was_cut(directory):
    with IndexWriter(directory, "XPO") as writer:
        os.truncate(data_file(directory), data_file(directory).stat().st_size - 4096)
        with pytest.raises(IntegrityError):
            writer.touch(AS_OF)


def mapped(directory):
    """Return the files below `directory` that this process has mapped (proc(5))."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return {line.split(maxsplit=5)[5] for line in lines if str(directory) in line}


def test_a_reader_that_nobody_asks_lets_go_of_a_generation_that_is_not_in_use(directory, monkeypatch):
    monkeypatch.setattr(opening, "LET_GO_WITHIN_S", 0.05)
    with closing(IndexReader(directory, country_of)):
        for _ in range(2):
            swap(directory, [document("NEW1")])
        assert wait_until(lambda: not any("deleted" in name for name in mapped(directory)))
    assert wait_until(lambda: mapped(directory) == set())


def test_a_reader_that_nobody_has_any_more_is_not_kept_by_its_thread(directory, monkeypatch):
    monkeypatch.setattr(opening, "LET_GO_WITHIN_S", 0.02)
    reader = IndexReader(directory, country_of)
    del reader
    time.sleep(0.1)
    # One process may have an index open once: this fails where the one before still has it.
    with closing(IndexReader(directory, country_of)) as again:
        assert len(found(again, "AA7")) == 1


def test_no_batch_leaves_a_file_that_is_not_whole(tmp_path):
    feed = Feed()
    with IndexWriter(tmp_path, "XPO") as writer:
        for batch in range(30):
            bodies = [document(f"B{batch}X{number}") for number in range(20)]
            writer.apply([feed.put(body) for body in bodies], AS_OF)
            writer.apply([feed.withdraw(body.record_id) for body in bodies[:15]], AS_OF)
            assert is_whole(writer._environment)
