"""Indexes of made-up documents and persons, built in bulk, and what they take on the disk."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from comity.cli.bench.course import Course
from comity.cli.bench.documents import mixed_number, text_of_id
from comity.cli.bench.issuers import COUNTRIES
from comity.cli.bench.population import persons
from comity.collections import get
from comity.index import generations
from comity.index.bulk import BulkBuilder
from comity.index.layout import MAP_LIMIT_BYTES, open_environment
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import CollectionName, PersonStatus, Purpose
from comity.kernel.ids import BureauId
from comity.ledger.commitments import GENESIS
from comity.protocol.records import RecordBody, Restrictions
from comity.rules.restrictions import SECRETARIAT_COUNTRY
from comity.rules.retention import latest_expiry

PERSON_SEED: Final = 2
RESTRICTED_EVERY: Final = 40
"""One person in so many is not for everybody."""
PERSON_PREFIX: Final = 1 << 40
"""Persons' ids begin here; documents' lie below."""
NAME_DATABASES: Final = frozenset({"names", "hidden_names", "grams", "counts"})
"""What the search for names reads beside the records themselves."""
_COUNTRY_OF: Final = {bureau: country for country, _, bureau in (each.partition(":") for each in COUNTRIES)}


def country_of(bureau: BureauId) -> str:
    """Return the country of a made-up owner."""
    return _COUNTRY_OF.get(bureau, "")


def build_documents(directory: Path, course: Course) -> float:
    """Build an index of documents and return the seconds it took, making them not counted."""
    documents, spent, done = course.documents, 0.0, 0
    with course.display.step(f"Take in {documents.count:,} documents", documents.count) as advance:
        builder = BulkBuilder(directory, SECRETARIAT_COUNTRY)
        for columns in documents.chunks():
            began = time.perf_counter()
            builder.add_documents(columns, documents.envelopes)
            spent += time.perf_counter() - began
            done += len(columns.numbers)
            advance(done)
        builder.close()
    return spent + _finish(directory, documents.count, course)


def build_persons(directory: Path, course: Course) -> float:
    """Build an index of persons and return the seconds it took, making them counted too."""
    began, count = time.perf_counter(), course.persons
    with course.display.step(f"Take in {count:,} persons", count) as advance:
        builder = BulkBuilder(directory, SECRETARIAT_COUNTRY, progress=lambda _, done, __: advance(done))
        builder.add_records(canonical_bytes(body) for body in person_bodies(count, PERSON_SEED, 0, course.at))
        builder.close()
    _finish(directory, count, course)
    return time.perf_counter() - began


def _finish(directory: Path, count: int, course: Course) -> float:
    """Write the keys of what an index has taken in, and return the seconds that took."""
    began = time.perf_counter()
    with course.display.step("Write and check the keys", 100) as advance:

        def tell(_stage: str, done: int, total: int) -> None:
            advance(100 * done // max(total, 1))

        with BulkBuilder(directory, SECRETARIAT_COUNTRY, progress=tell) as builder:
            builder.finish(count, GENESIS, to_wire(course.at))
    return time.perf_counter() - began


def person_bodies(count: int, seed: int, first: int, at: datetime) -> Iterator[RecordBody]:
    """Yield records of made-up persons; `first` tells their ids from others'."""
    collection = get(CollectionName.PERSONS)
    expires = to_wire(latest_expiry(CollectionName.PERSONS, at))
    bureaus = list(_COUNTRY_OF)
    for place, content in enumerate(persons(count, seed), first):
        restricted = place % RESTRICTED_EVERY == 0
        yield RecordBody(
            record_id=text_of_id(PERSON_PREFIX + place),
            version=1,
            collection=CollectionName.PERSONS,
            owner=BureauId(bureaus[mixed_number(place) % len(bureaus)]),
            owner_reference=f"P-{place}",
            purpose=Purpose.WANTED_PERSONS,
            legal_basis="Made up for measuring",
            status=PersonStatus.CHARGED,
            restrictions=Restrictions(deny=["PRK"]) if restricted else Restrictions(),
            expires_at=expires,
            content=collection.normalise(content),
        )


def disk_bytes(directory: Path) -> int:
    """Return what an index takes on the disk."""
    folder = generations.current(directory)
    return sum(path.stat().st_blocks * 512 for path in folder.glob("*.mdb"))


def name_index_bytes(directory: Path) -> int:
    """Return what LMDB uses for finding names: pages of the three databases. No reader may be open."""
    folder = generations.current(directory)
    environment, databases = open_environment(folder, map_bytes=MAP_LIMIT_BYTES, writable=False)
    with environment, environment.begin() as transaction:
        found = [transaction.stat(getattr(databases, name)) for name in NAME_DATABASES]
    return sum(
        stat["psize"] * (stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"]) for stat in found
    )
