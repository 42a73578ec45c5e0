"""The spool as an event loop drives it, the kernel syncing by itself: the same promises as with a thread (I1)."""

import asyncio
import errno
import os
import platform
import threading

import pytest

from comity.kernel.errors import UnavailableError
from comity.ledger import disk as disks
from comity.ledger import syncing
from comity.ledger.disk import LocalDisk
from comity.ledger.segments import segment_numbers
from comity.ledger.spool import SpoolReader, SpoolWriter
from comity.ledger.syncing import KernelSync
from tests.ledger.test_spool import FaultyDisk, bodies


@pytest.fixture(autouse=True)
def offered(tmp_path):
    path = tmp_path.with_name("offered")
    descriptor = LocalDisk().open(path)
    sync = KernelSync.tried(descriptor)
    os.close(descriptor)
    if sync is None:
        pytest.skip("this system offers no sync by the kernel alone (io_submit, IOCB_CMD_FDSYNC)")
    sync.close()


class FaultySync:
    """Fails once, at the n-th sync, when it begins or when it ends."""

    def __init__(self, sync, moment, call):
        self.sync, self.moment, self.left = sync, moment, call
        self.descriptor, self.close, self.heard = sync.descriptor, sync.close, sync.heard

    def start(self, descriptor):
        self.left -= 1
        if self.moment == "start" and self.left == 0:
            raise OSError(errno.EAGAIN, "made to fail")
        self.sync.start(descriptor)

    def end(self, *, wait):
        ended = self.sync.end(wait=wait)
        if ended and self.moment == "end" and self.left == 0:
            raise OSError(errno.EIO, "made to fail")
        return ended


class SyncFaultyDisk(LocalDisk):
    def __init__(self, moment, call):
        self.moment, self.call = moment, call

    def kernel_sync(self, descriptor):
        return FaultySync(KernelSync.tried(descriptor), self.moment, self.call)


async def append(writer, *entries):
    future = asyncio.get_running_loop().create_future()
    writer.append_all(entries, future.set_result)
    assert not future.done()
    return await future


def test_many_appends_over_many_segments_are_in_order_beside_a_thread_that_probes(tmp_path):
    async def many():
        writer = SpoolWriter(tmp_path, segment_bytes=2_000)
        assert writer.drive()
        ended = threading.Event()

        def probe():
            while not ended.is_set():
                writer.probe()

        prober = threading.Thread(target=probe)
        prober.start()
        positions = []
        for first in range(0, 600, 20):
            groups = [[b"%d.%d" % (number, part) for part in range(3)] for number in range(first, first + 20)]
            positions += await asyncio.gather(*(append(writer, *group) for group in groups))
            assert SpoolReader(tmp_path).end() >= positions[-1]
        ended.set()
        await asyncio.to_thread(prober.join)
        writer.close()
        return positions

    positions = asyncio.run(many())
    assert positions == sorted(positions)
    assert bodies(tmp_path) == [b"%d.%d" % (number, part) for number in range(600) for part in range(3)]
    assert len(segment_numbers(tmp_path)) > 10


async def _some(writer, directory):
    """Append one by one; return what was acknowledged and the numbers of what was refused."""
    assert writer.drive()
    acknowledged, refused = [], []
    for number in range(8):
        if isinstance(await append(writer, b"entry %d" % number), UnavailableError):
            assert not writer.healthy
            refused.append(number)
        else:
            assert writer.healthy
            acknowledged.append(b"entry %d" % number)
        assert bodies(directory) == acknowledged
    writer.close()
    return acknowledged, refused


@pytest.mark.parametrize("call", [1, 2, 4])
@pytest.mark.parametrize("moment", ["start", "end"])
def test_a_sync_that_fails_refuses_and_recovers_i1(tmp_path, moment, call):
    writer = SpoolWriter(tmp_path, disk=SyncFaultyDisk(moment, call), segment_bytes=10_000)
    acknowledged, refused = asyncio.run(_some(writer, tmp_path))
    assert refused == [call - 1]
    SpoolWriter(tmp_path).close()
    assert bodies(tmp_path) == acknowledged


@pytest.mark.parametrize("stored", [False, True], ids=["failed", "failed-but-stored"])
@pytest.mark.parametrize("call", [1, 3])
def test_a_write_that_fails_refuses_and_recovers_i1(tmp_path, call, stored):
    writer = SpoolWriter(tmp_path, disk=FaultyDisk("write", call, stored=stored), segment_bytes=10_000)
    acknowledged, refused = asyncio.run(_some(writer, tmp_path))
    assert refused == [call - 1]
    SpoolWriter(tmp_path).close()
    assert bodies(tmp_path) == acknowledged


def test_while_nothing_is_appended_the_loop_rests(tmp_path, monkeypatch):
    looks, end = [], SpoolWriter._end

    def counted(writer, **options):
        looks.append(None)
        end(writer, **options)

    monkeypatch.setattr(SpoolWriter, "_end", counted)

    async def resting():
        writer = SpoolWriter(tmp_path)
        assert writer.drive()
        await asyncio.sleep(0.2)
        await append(writer, b"entry")
        await asyncio.sleep(0.2)
        writer.close()

    asyncio.run(resting())
    assert len(looks) <= 4


def test_closing_ends_what_is_under_way_and_writes_what_waits(tmp_path):
    async def closing():
        writer = SpoolWriter(tmp_path)
        writer.drive()
        told = []
        for number in range(5):
            writer.append_all([b"%d" % number], told.append)
        writer.close()
        with pytest.raises(UnavailableError):
            writer.append_wait(b"late")
        late = await append(writer, b"late")
        await asyncio.sleep(0)
        return told, late

    told, late = asyncio.run(closing())
    assert len(told) == 5
    assert not any(isinstance(outcome, UnavailableError) for outcome in told)
    assert isinstance(late, UnavailableError)
    assert bodies(tmp_path) == [b"%d" % number for number in range(5)]


@pytest.mark.parametrize("missing", ["machine", "call"])
def test_where_the_kernel_does_not_offer_it_the_thread_writes(tmp_path, monkeypatch, missing):
    if missing == "machine":
        monkeypatch.setattr(platform, "machine", lambda: "a machine whose calls nobody knows")
    else:
        unknown = syncing._Calls(-1, -1, -1, -1)
        monkeypatch.setattr(syncing, "_CALLS", {platform.machine(): unknown})

    async def some():
        writer = SpoolWriter(tmp_path)
        assert not writer.drive()
        await asyncio.gather(*(append(writer, b"%d" % number) for number in range(20)))
        writer.close()

    asyncio.run(some())
    assert bodies(tmp_path) == [b"%d" % number for number in range(20)]


@pytest.mark.parametrize("offers", ["nothing", "not here", "part"])
def test_without_one_call_for_write_and_sync_two_do_it(tmp_path, monkeypatch, offers):
    """Systems without RWF_DSYNC, file systems that refuse it, and calls that write less than all."""
    syncs = []
    fdatasync, pwritev = os.fdatasync, os.pwritev

    def noted(descriptor):
        syncs.append(descriptor)
        fdatasync(descriptor)

    def less(descriptor, buffers, offset, flags):
        if offers == "not here":
            raise OSError(errno.EOPNOTSUPP, "made to fail")
        return pwritev(descriptor, [buffers[0][: len(buffers[0]) // 2]], offset, flags)

    monkeypatch.setattr(os, "fdatasync", noted)
    monkeypatch.setattr(os, "pwritev", less)
    monkeypatch.setattr(disks, "_STORES_AT_ONCE", offers != "nothing")
    writer = SpoolWriter(tmp_path)
    for number in range(5):
        writer.append_wait(b"entry %d" % number)
        assert len(syncs) == number + 1
    writer.close()
    assert bodies(tmp_path) == [b"entry %d" % number for number in range(5)]


def test_another_error_of_the_one_call_is_told_not_passed_over_i1(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "made to fail")

    writer = SpoolWriter(tmp_path)
    monkeypatch.setattr(disks, "_STORES_AT_ONCE", True)
    monkeypatch.setattr(os, "pwritev", full)
    with pytest.raises(UnavailableError):
        writer.append_wait(b"entry")
    writer.close()
    assert bodies(tmp_path) == []
