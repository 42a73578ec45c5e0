"""An index is brought in as a whole before the first question, where memory allows."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from comity.index import mapping
from comity.index.mapping import bring_in
from comity.index.reader import IndexReader
from tests.index.feeding import country_of, document
from tests.index.test_cut_files import data_file
from tests.index.test_generations import filled, found


@pytest.fixture
def directory(tmp_path):
    filled(tmp_path, [document(f"AA{number}") for number in range(3_000)])
    return tmp_path


def resident_bytes(directory):
    """What of the file this process has in its page tables (proc(5): smaps)."""
    lines = iter(Path("/proc/self/smaps").read_text("utf-8").splitlines())
    next(line for line in lines if line.endswith(str(data_file(directory))))
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))


def test_every_page_is_there_before_the_first_question(directory):
    with closing(IndexReader(directory, country_of)) as reader:
        assert resident_bytes(directory) < data_file(directory).stat().st_size
        assert bring_in(directory)
        assert resident_bytes(directory) >= data_file(directory).stat().st_size
        assert len(found(reader, "AA7")) == 1


def test_nothing_is_brought_in_that_is_not_open_or_does_not_fit(directory, monkeypatch):
    assert not bring_in(directory)
    with closing(IndexReader(directory, country_of)) as reader:
        monkeypatch.setattr(mapping, "MEMORY_SHARE", 10**9)
        before = resident_bytes(directory)
        assert not bring_in(directory)
        assert resident_bytes(directory) == before
        assert len(found(reader, "AA7")) == 1


def test_a_file_that_was_cut_meanwhile_ends_nothing(directory):
    with closing(IndexReader(directory, country_of)):
        os.truncate(data_file(directory), 3 * 4096)
        assert bring_in(directory)
