"""Searches over HTTP: the search beside a constant answer, PostgreSQL, and a Django view on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import psycopg

from comity.cli.bench import postgres
from comity.cli.bench.cluster import NoPostgresError, PostgresCluster
from comity.cli.bench.constant import BARE, CHECKED
from comity.cli.bench.course import Course
from comity.cli.bench.disk import measure_disk
from comity.cli.bench.display import Advance
from comity.cli.bench.documents import Documents
from comity.cli.bench.servers import Loaded, Server, bodies_of, serving
from comity.cli.bench.timing import Spread
from comity.kernel.codes import Purpose
from comity.node.home import NodeHome
from comity.protocol.search import MAX_BATCH_QUERIES

LOADS: Final = (64, 128, 256)
"""Connections; the best of them counts for every server."""
DJANGO_LOADS: Final = (4, 16)
"""Measured to be best for it."""
ROUNDS: Final = 2
"""Search and constant take turns, so that a machine that is busy for a while is unfair to neither."""
SHORT_S: Final = 1.0
"""Loads shorter than this only show that everything works: one round at one number of connections."""
MIX: Final = 20_000
"""Different questions; asked in turn, four of them with a hit."""
MIX_SEED: Final = 23
BATCHES: Final = 20
WARM_UP: Final = 500
LOOKUPS: Final = 5_000
SEARCH: Final = "/v1/search"
BATCH: Final = "/v1/search/batch"


class Web(msgspec.Struct, kw_only=True):
    """What was measured over HTTP, the best run of each."""

    search: Loaded
    constant: Loaded
    """The same server, taking, telling and counting, but with one answer to everything."""
    constant_alike: Loaded
    """That with as many connections as `search` was best with."""
    bare: Loaded
    """The constant answer from the connection, with nothing behind it."""
    checked: Loaded
    """That, behind the check of grant and request."""
    half: Loaded
    """At half the rate of `search`, each question timed from when it fell due."""
    disk: Spread
    """Milliseconds in which the journal's disk takes a write by itself, right before and after that."""
    batch: Loaded
    """Of a thousand questions each, one batch after the other."""
    memory_mb: dict[str, float]
    """Of the search process at the end."""


class Peers(msgspec.Struct, kw_only=True):
    """What PostgreSQL and Django did, or why not."""

    skipped: str = ""
    fill_seconds: float | None = None
    bytes_per_row: float | None = None
    lookup_us: Spread | None = None
    django: Loaded | None = None


def measure_web(home: NodeHome, other: NodeHome, course: Course) -> Web:
    """Load the search of `home`, whose index is built, and a constant answer at the node `other`."""
    documents, clock, seconds, display = course.documents, course.clock, course.seconds, course.display
    bodies = bodies_of(documents.mix(MIX, MIX_SEED))
    with (
        serving("comity.search", home, home.settings.search.port, clock) as search,
        serving("comity.cli.bench.constant", other, other.settings.search.port, clock) as constant,
    ):
        with display.step("Ask over HTTP", ROUNDS * len(LOADS) * 4) as advance:
            doors = [(search, SEARCH)]
            doors += [(constant, path) for path in (SEARCH, BARE.decode(), CHECKED.decode())]
            runs = _runs(doors, bodies, seconds, advance)
        best = [max(own.values(), key=_rate) for own in runs]
        with display.step("Ask over HTTP at half the rate"):
            alone = measure_disk(home.spool_dir.parent, seconds / 2)
            half = search.load(bodies, seconds, connections=LOADS[0], rate=best[0].per_s / 2)
            alone += measure_disk(home.spool_dir.parent, seconds / 2)
        with display.step(f"Ask {BATCHES} batches of {MAX_BATCH_QUERIES:,}"):
            batch = search.load(_batches(documents), max(seconds, SHORT_S), connections=1, path=BATCH)
        return Web(
            search=best[0],
            constant=best[1],
            constant_alike=runs[1][max(runs[0], key=lambda connections: runs[0][connections].per_s)],
            bare=best[2],
            checked=best[3],
            half=half,
            disk=Spread.of(alone, 3),
            batch=batch,
            memory_mb=search.memory_mb(),
        )


def measure_peers(home: NodeHome, course: Course) -> Peers:
    """Put the rows of `course.peer` into PostgreSQL, look them up, and load a Django view that does."""
    try:
        with _cluster(course) as cluster:
            return _measure_peers(cluster, home, course)
    except (NoPostgresError, psycopg.Error) as error:
        return Peers(skipped=" ".join(str(error).split()))


def _measure_peers(cluster: PostgresCluster, home: NodeHome, course: Course) -> Peers:
    peers, documents, display = Peers(), course.peer, course.display
    with display.step(f"Put {documents.count:,} rows into PostgreSQL", documents.count) as advance:
        peers.fill_seconds = round(postgres.fill(cluster, documents, advance), 1)
    peers.bytes_per_row = round(_table_bytes(cluster) / documents.count, 1)
    questions = documents.mix(LOOKUPS + WARM_UP, MIX_SEED)
    with display.step("Look up in PostgreSQL"):
        peers.lookup_us = Spread.of(list(postgres.lookups(cluster, questions, course.at))[WARM_UP:], 1)
    port, url = home.settings.office.port, cluster.url(postgres.DATABASE)
    with (
        serving("comity.cli.bench.django_peer", home, port, course.clock, url) as django,
        display.step("Ask the Django view over HTTP", len(DJANGO_LOADS)) as advance,
    ):
        bodies, runs = bodies_of(questions), []
        for connections in DJANGO_LOADS if course.seconds >= SHORT_S else DJANGO_LOADS[-1:]:
            runs.append(django.load(bodies, course.seconds, connections=connections))
            advance(len(runs))
        peers.django = max(runs, key=_rate)
    return peers


def _runs(
    doors: list[tuple[Server, str]], bodies: list[bytes], seconds: float, advance: Advance
) -> list[dict[int, Loaded]]:
    """Return, for each address of a server, the best run with each number of connections."""
    runs: list[dict[int, Loaded]] = [{} for _ in doors]
    done = 0
    for _ in range(ROUNDS if seconds >= SHORT_S else 1):
        for connections in LOADS if seconds >= SHORT_S else LOADS[:1]:
            for own, (server, path) in zip(runs, doors, strict=True):
                run = server.load(bodies, seconds, connections=connections, path=path)
                own[connections] = max(own.get(connections, run), run, key=_rate)
                done += 1
                advance(done)
    return runs


def _rate(loaded: Loaded) -> float:
    return loaded.per_s


def _batches(documents: Documents) -> list[bytes]:
    """Return requests of a thousand questions each."""
    questions = documents.mix(BATCHES * MAX_BATCH_QUERIES, MIX_SEED + 1)
    return [
        msgspec.json.encode(
            {"purpose": Purpose.BORDER_CONTROL, "queries": questions[first : first + MAX_BATCH_QUERIES]}
        )
        for first in range(0, len(questions), MAX_BATCH_QUERIES)
    ]


@contextmanager
def _cluster(course: Course) -> Iterator[PostgresCluster]:
    with course.display.step("Start PostgreSQL"):
        cluster = postgres.start(course.folder)
    try:
        yield cluster
    finally:
        cluster.stop()


def _table_bytes(cluster: PostgresCluster) -> int:
    with psycopg.connect(cluster.url(postgres.DATABASE)) as connection:
        found = connection.execute("SELECT pg_total_relation_size('documents')").fetchone()
    return int(found[0]) if found else 0
