"""`python -m comity.cli.bench.applying --directory DIR --changes N`: change an index, as a copy does.

A process of its own, because a copy is one; prints the seconds that applying took as JSON. One change in
ten withdraws a record that was added before; the others add documents and, with `--persons`, as many persons.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from comity.cli.bench.building import person_bodies
from comity.cli.bench.documents import MAX_DOCUMENTS, Documents
from comity.index.writer import IndexWriter
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import SystemClock, to_wire
from comity.ledger.commitments import chain, commit, new_salt
from comity.protocol.feed import FeedEntry, FeedOperation, Withdrawal
from comity.protocol.records import RecordBody
from comity.rules.restrictions import SECRETARIAT_COUNTRY

BATCH: Final = 500
"""Entries of one page of the feed."""
SEED: Final = 31
FIRST: Final = 1 << 28
"""Persons added here are numbered behind all that an index was built from."""
WITHDRAW_EVERY: Final = 10


def changes(count: int, at: datetime, *, persons: bool) -> Iterator[RecordBody | Withdrawal]:
    """Yield new records and withdrawals."""
    # Documents of another seed have other ids; where they have numbers of listed ones, both are found.
    documents = Documents(MAX_DOCUMENTS, at, SEED).bodies(np.arange(count))
    people = person_bodies(count, SEED, FIRST, at) if persons else documents
    added: list[RecordBody] = []
    for place in range(count):
        if place % WITHDRAW_EVERY == WITHDRAW_EVERY - 1:
            gone = added.pop(0)
            yield Withdrawal(record_id=gone.record_id, version=gone.version + 1, reason="owner")
        elif place % 2:
            added.append(next(people))
            yield added[-1]
        else:
            yield next(documents)


def entries(wanted: Iterator[RecordBody | Withdrawal], sequence: int, value: bytes) -> Iterator[FeedEntry]:
    """Yield the feed that carries `wanted` on from a position."""
    for change in wanted:
        sequence += 1
        data, salt = canonical_bytes(change), new_salt()
        commitment = commit(salt, data)
        value = chain(value, commitment)
        withdrawn = isinstance(change, Withdrawal)
        yield FeedEntry(
            sequence=sequence,
            operation=FeedOperation.WITHDRAW if withdrawn else FeedOperation.PUT,
            commitment=commitment.hex(),
            chain=value.hex(),
            record_id=change.record_id,
            version=change.version,
            salt=salt.hex(),
            body=data.decode(),
        )


def apply(directory: Path, count: int, begin: Callable[[], object], *, persons: bool) -> float:
    """Apply `count` changes in batches and return the seconds it took; calls `begin` before the first."""
    at = SystemClock().now()
    with IndexWriter(directory, SECRETARIAT_COUNTRY) as writer:
        status = writer.status()
        feed = entries(changes(count, at, persons=persons), status.sequence, bytes.fromhex(status.chain))
        batches = list(iter(lambda: list(islice(feed, BATCH)), []))
        begin()
        began = time.perf_counter()
        for batch in batches:
            writer.apply(batch, to_wire(at))
        return time.perf_counter() - began


def main() -> int:
    """Say with an empty line that it begins, apply, and print the seconds."""
    parser = argparse.ArgumentParser(prog="comity.cli.bench.applying")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--changes", type=int, required=True)
    parser.add_argument("--persons", action="store_true")
    options = parser.parse_args()
    seconds = apply(
        options.directory,
        options.changes,
        lambda: print(flush=True),  # noqa: T201 - whoever waits for it reads this
        persons=options.persons,
    )
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
