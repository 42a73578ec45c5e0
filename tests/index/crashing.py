"""Processes that write an index and end without warning at a chosen call, as a power cut would."""

import multiprocessing
import os
import resource
import signal
import sys

from comity.index.opening import LiveIndex
from comity.index.rebuilding import rebuild_from_rows
from comity.index.writer import IndexWriter
from comity.kernel.errors import UnavailableError
from tests.index.feeding import AS_OF

FATAL_CALLS = {"put", "putmulti", "delete", "pop", "begin", "commit", "__exit__", "flock", "rename", "replace",
               "mkdir", "rmdir", "unlink", "fsync", "open", "close", "write"}  # fmt: skip
"""Calls at which the disk may look different before and after."""
SMALL_MAP = 64 * 1024

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.index.crashing"])


def die_at(call):
    """End this process with SIGKILL at the beginning or the end of its `call`-th fatal call from here on."""
    left = call

    def count(_frame, event, function):
        nonlocal left
        if event in {"c_call", "c_return"} and getattr(function, "__name__", "") in FATAL_CALLS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)


def follow(directory, entries, sizes, call):
    """Apply what follows the index's position, batch by batch of `sizes`; die at `call`, 0: never."""
    if call:
        die_at(call)
    with IndexWriter(directory, "XPO", map_bytes=SMALL_MAP) as writer:
        at = writer.status().sequence
        for size in sizes:
            if entries[at : at + size]:
                writer.apply(entries[at : at + size], AS_OF)
            at += size


def follow_on_a_full_disk(directory, entries, limit, told):
    """Apply entries one by one while files may not grow beyond `limit` bytes, then without that limit."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    refused = 0
    with IndexWriter(directory, "XPO", map_bytes=SMALL_MAP) as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        for place, entry in enumerate(entries):
            try:
                writer.apply([entry], AS_OF)
            except UnavailableError:
                refused += 1
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                writer.apply([entry], AS_OF)
            assert writer.status().sequence == place + 1
    told.send(refused)


def die_while_reading(directory):
    """Die in the middle of a question."""
    with LiveIndex.at(directory).snapshot():
        os.kill(os.getpid(), signal.SIGKILL)


def rebuild(directory, call):
    """Rebuild the index from its rows; die at `call`, 0: never."""
    if call:
        die_at(call)
    rebuild_from_rows(directory, "XPO", lambda *_: None)


def run(target, *arguments):
    """Run a function in a process of its own and return its exit code."""
    process = context.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode
