"""The spool: what was acknowledged is readable, in order, once, whatever fails (I1)."""

import asyncio
import errno
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.kernel.errors import ConfigurationError, ErrorCode, InputError, IntegrityError, UnavailableError
from comity.ledger.disk import LocalDisk
from comity.ledger.segments import segment_numbers, segment_path
from comity.ledger.spool import START, SpoolPosition, SpoolReader, SpoolWriter


def bodies(directory, after=START):
    return [body for _, body in SpoolReader(directory).read(after, 1_000_000)]


class FaultyDisk(LocalDisk):
    """Fails once at the n-th call of one operation, before or after having done it."""

    def __init__(self, operation, call, *, stored, error=errno.EIO):
        self.operation, self.call, self.stored, self.error = operation, call, stored, error
        self.calls = itertools.count(1)

    def _do(self, operation, *arguments):
        act = getattr(super(), operation)
        if operation == self.operation and next(self.calls) == self.call:
            if self.stored:
                act(*arguments)
            elif operation == "write":
                descriptor, data, offset = arguments
                super().write(descriptor, data[: len(data) // 2], offset)
            raise OSError(self.error, "made to fail")
        return act(*arguments)

    def open(self, path):
        return self._do("open", path)

    def write(self, descriptor, data, offset):
        return self._do("write", descriptor, data, offset)

    def sync(self, descriptor):
        return self._do("sync", descriptor)

    def store(self, descriptor, data, offset):
        self.write(descriptor, data, offset)
        self.sync(descriptor)

    def cut(self, descriptor, size):
        return self._do("cut", descriptor, size)

    def sync_folder(self, folder):
        return self._do("sync_folder", folder)


def test_appends_are_readable_in_order_and_across_reopening(tmp_path):
    writer = SpoolWriter(tmp_path)
    positions = [writer.append_wait(b"%d" % number) for number in range(5)]
    assert positions == sorted(positions)
    writer.close()
    writer = SpoolWriter(tmp_path)
    writer.append_wait(b"5")
    writer.close()
    assert bodies(tmp_path) == [b"%d" % number for number in range(6)]
    assert bodies(tmp_path, positions[2]) == [b"3", b"4", b"5"]


def test_reading_by_pages_gives_each_entry_once(tmp_path):
    writer = SpoolWriter(tmp_path, segment_bytes=500)
    for number in range(100):
        writer.append_wait(b"%d" % number)
    writer.close()
    assert len(segment_numbers(tmp_path)) > 5
    position, seen = START, []
    while page := SpoolReader(tmp_path).read(position, 7):
        seen += [body for _, body in page]
        position = SpoolPosition.parse(page[-1][0].text())
    assert seen == [b"%d" % number for number in range(100)]
    assert position == SpoolReader(tmp_path).end()


def test_entries_larger_than_a_read_chunk(tmp_path):
    writer = SpoolWriter(tmp_path)
    large = os.urandom(3 * 1024 * 1024)
    for body in (b"a", large, b"b"):
        writer.append_wait(body)
    writer.close()
    assert bodies(tmp_path) == [b"a", large, b"b"]


def test_many_threads_share_batches_and_lose_nothing(tmp_path):
    writer = SpoolWriter(tmp_path)
    acknowledged = []

    def work(name):
        for number in range(50):
            writer.append_wait(b"%d-%d" % (name, number))
            acknowledged.append(b"%d-%d" % (name, number))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert sorted(bodies(tmp_path)) == sorted(acknowledged)
    assert len(acknowledged) == 400


def test_asyncio_appends(tmp_path):
    writer = SpoolWriter(tmp_path)

    async def many():
        return await asyncio.gather(*(writer.append_async(b"%d" % number) for number in range(300)))

    positions = asyncio.run(many())
    writer.close()
    assert positions == sorted(set(positions))
    assert bodies(tmp_path) == [b"%d" % number for number in range(300)]


def test_one_writer_per_directory(tmp_path):
    writer = SpoolWriter(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        SpoolWriter(tmp_path)
    assert caught.value.code == ErrorCode.CONFIG_IN_USE
    writer.close()
    SpoolWriter(tmp_path).close()


def test_a_closed_writer_refuses(tmp_path):
    writer = SpoolWriter(tmp_path)
    writer.close()
    with pytest.raises(UnavailableError):
        writer.append(b"late")


@pytest.mark.parametrize("stored", [False, True], ids=["failed", "failed-but-stored"])
@pytest.mark.parametrize("operation", ["write", "sync"])
@pytest.mark.parametrize("call", [1, 2, 4])
def test_a_failed_write_or_sync_refuses_and_recovers(tmp_path, operation, stored, call):
    writer = SpoolWriter(tmp_path, disk=FaultyDisk(operation, call, stored=stored), segment_bytes=150)
    acknowledged, refused = [], []
    for number in range(8):
        try:
            writer.append_wait(b"entry %d" % number)
        except UnavailableError:
            assert not writer.healthy
            refused.append(number)
        else:
            assert writer.healthy
            acknowledged.append(b"entry %d" % number)
        assert bodies(tmp_path) == acknowledged
    assert refused == [call - 1]
    writer.close()
    SpoolWriter(tmp_path).close()
    assert bodies(tmp_path) == acknowledged


@pytest.mark.parametrize("stored", [False, True], ids=["failed", "failed-but-stored"])
@pytest.mark.parametrize(("operation", "call"), [("open", 2), ("cut", 2), ("sync_folder", 2)])
def test_a_new_segment_that_cannot_be_made_refuses_and_recovers(tmp_path, operation, stored, call):
    writer = SpoolWriter(tmp_path, disk=FaultyDisk(operation, call, stored=stored), segment_bytes=100)
    acknowledged, refused = [], 0
    for number in range(8):
        try:
            writer.append_wait(b"entry %d" % number)
        except UnavailableError:
            refused += 1
        else:
            acknowledged.append(b"entry %d" % number)
    assert refused == 1
    writer.close()
    SpoolWriter(tmp_path).close()
    assert bodies(tmp_path) == acknowledged


def test_every_waiting_append_of_a_failed_batch_is_told(tmp_path):
    writer = SpoolWriter(tmp_path, disk=FaultyDisk("sync", 1, stored=True))
    futures = [writer.append(b"%d" % number) for number in range(20)]
    outcomes = [future.exception() for future in futures]
    assert isinstance(outcomes[0], UnavailableError)
    assert outcomes[0].code == ErrorCode.JOURNAL_UNAVAILABLE
    acknowledged = [b"%d" % number for number, outcome in enumerate(outcomes) if outcome is None]
    assert bodies(tmp_path) == acknowledged
    writer.close()


def test_an_unwritable_directory_refuses_to_open(tmp_path):
    with pytest.raises(UnavailableError):
        SpoolWriter(tmp_path, disk=FaultyDisk("sync_folder", 1, stored=False))
    SpoolWriter(tmp_path).close()


def test_probe_puts_a_broken_spool_right(tmp_path):
    writer = SpoolWriter(tmp_path, disk=FaultyDisk("write", 1, stored=False))
    with pytest.raises(UnavailableError):
        writer.append_wait(b"lost")
    assert not writer.healthy
    writer.probe()
    assert writer.healthy
    assert bodies(tmp_path) == []
    writer.close()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.binary(max_size=60))
def test_a_torn_tail_is_cut_on_open(tmp_path_factory, keep, garbage):
    directory = tmp_path_factory.mktemp("torn")
    writer = SpoolWriter(directory)
    for number in range(3):
        writer.append_wait(b"entry %d" % number)
    writer.close()
    path = segment_path(directory, 1)
    data = path.read_bytes()
    path.write_bytes(data[: min(keep, len(data))] + garbage)
    writer = SpoolWriter(directory)
    writer.append_wait(b"after")
    writer.close()
    *kept, last = bodies(directory)
    assert last == b"after"
    assert kept == [b"entry %d" % number for number in range(len(kept))]
    assert len(kept) == min(keep, len(data)) // (len(data) // 3)


def test_a_reader_never_sees_what_is_not_published(tmp_path):
    writer = SpoolWriter(tmp_path)
    writer.append_wait(b"one")
    with segment_path(tmp_path, 1).open("ab") as file:
        file.write(b"\0\0\0\5half")
    assert bodies(tmp_path) == [b"one"]
    writer.close()


def test_damage_is_told_not_skipped(tmp_path):
    writer = SpoolWriter(tmp_path)
    for number in range(3):
        writer.append_wait(b"entry %d" % number)
    writer.close()
    path = segment_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError) as caught:
        bodies(tmp_path)
    assert caught.value.code == ErrorCode.INTEGRITY_SPOOL


def test_a_position_past_the_end_is_told(tmp_path):
    SpoolWriter(tmp_path).close()
    with pytest.raises(IntegrityError):
        SpoolReader(tmp_path).read(SpoolPosition(9, 0), 1)


@pytest.mark.parametrize("text", ["", "1", "a:1", "1:-2", "1:2:3", "٣:1"])
def test_odd_positions_are_refused(text):
    with pytest.raises(InputError):
        SpoolPosition.parse(text)


WRITER = textwrap.dedent(
    """
    import os, resource, signal, sys, threading
    from pathlib import Path
    from comity.kernel.errors import UnavailableError
    from comity.ledger.spool import SpoolWriter
    directory, threads, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    writer = SpoolWriter(directory, segment_bytes=20_000)
    def work(name):
        number = 0
        while True:
            try:
                writer.append_wait(b"%d/%d" % (name, number))
                os.write(1, b"ok %d/%d\\n" % (name, number))
            except UnavailableError:
                os.write(1, b"no %d/%d\\n" % (name, number))
            number += 1
    for name in range(threads):
        threading.Thread(target=work, args=(name,)).start()
    """
)


def run_writer(directory, lines, threads=4, limit=0):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), str(threads), str(limit)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told = [process.stdout.readline().split() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        told += [line.split() for line in process.stdout.read().split("\n")[:-1]]
    return told


@pytest.mark.parametrize("lines", [1, 50, 700])
def test_kill_9_loses_no_acknowledged_append_i1(tmp_path, lines):
    told = run_writer(tmp_path, lines)
    before = bodies(tmp_path)
    SpoolWriter(tmp_path).close()
    after = bodies(tmp_path)
    assert {entry.encode() for word, entry in told if word == "ok"} <= set(before)
    assert after[: len(before)] == before
    assert len(after) == len(set(after))


def test_a_full_disk_refuses_and_keeps_what_was_acknowledged_i1(tmp_path):
    told = run_writer(tmp_path, 400, threads=2, limit=4_000)
    acknowledged = {entry.encode() for word, entry in told if word == "ok"}
    assert acknowledged
    assert any(word == "no" for word, _ in told)
    assert acknowledged <= set(bodies(tmp_path))
    SpoolWriter(tmp_path).close()
    assert acknowledged <= set(bodies(tmp_path))
