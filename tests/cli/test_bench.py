"""`comity bench search --json` on tiny data: every figure is there and can be true. No times are judged."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest

from comity.cli.bench.applying import FIRST, changes, entries
from comity.cli.bench.building import country_of, person_bodies
from comity.cli.bench.cluster import NoPostgresError, PostgresCluster
from comity.cli.bench.documents import DENIED, VIEWER, Documents
from comity.cli.bench.figures import SearchFigures, markdown, rows
from comity.cli.bench.issuers import SLOTS, make_series
from comity.cli.bench.line.figures import WHOLE, MessageFigures
from comity.cli.bench.line.figures import rows as message_rows
from comity.cli.bench.line.run import FULL, QUICK
from comity.index.bulk import BulkBuilder
from comity.index.reader import IndexReader
from comity.index.writer import IndexWriter
from comity.kernel.clock import to_wire
from comity.ledger.commitments import GENESIS
from comity.matching.documents import document_fold
from comity.protocol.feed import FeedOperation

AT = datetime(2030, 1, 1, tzinfo=UTC)
PEERS = {"postgres_lookup_median_us", "http_django_postgres_per_s", "http_ratio_to_django_postgres"}
MAY_BE_NOTHING = {"skipped", "restriction_cost_percent", "name_index_mb", "build_seconds"}


def has_postgres() -> bool:
    try:
        PostgresCluster.start().stop()
    except NoPostgresError:
        return False
    return True


def test_every_figure_is_measured(comity, tmp_path: Path) -> None:
    ran = comity(
        "bench", "search", "--documents", "1000", "--persons", "100", "--seconds", "0.2",
        "--folder", tmp_path, "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    for step in ("Take in 1,000 documents", "Ask over HTTP", "Ask for persons in process"):
        assert f"{step} ..." in ran.err, "the run says what it is doing"
    figures = ran.json
    assert set(figures) == set(SearchFigures.__struct_fields__)
    assert (figures["documents"], figures["peer_documents"], figures["persons"]) == (1000, 1000, 100)
    missing = PEERS if figures["skipped"] else set()
    if figures["skipped"]:
        assert not has_postgres(), figures["skipped"]
    for name in set(figures) - {"details"} - MAY_BE_NOTHING - missing:
        assert figures[name] > 0, name
    assert all(figures[name] is None for name in missing)
    assert figures["exact_median_us"] <= figures["exact_p99_us"]
    assert figures["name_median_ms"] <= figures["name_p99_ms"]
    details = figures["details"]
    assert details["http"]["search"]["refused"] == {}
    assert details["http"]["batch"]["refused"] == {}
    assert details["names"]["found"] > details["names"]["listed"] * 0.5
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def test_the_table_has_a_line_for_every_figure() -> None:
    plain = dict.fromkeys(SearchFigures.__struct_fields__, 1)
    figures = SearchFigures(**{**plain, "skipped": "", "details": {}, "http_ratio_to_django_postgres": None})
    told = rows(figures)
    assert len(told) == len(plain) - len({"documents", "peer_documents", "persons", "skipped", "details"})
    text = markdown(told)
    assert "| search to Django view | not measured | 5 |  |" in text
    assert "| search to constant | 1.00 | 0.50 | ✓ |" in text
    assert "| index, bytes a document | 1.0 | 60 at 140 M |  |" in text, "nothing is said about less data"
    whole = markdown(rows(msgspec.structs.replace(figures, documents=140_000_000)))
    assert "| index, bytes a document | 1.0 | 60 at 140 M | ✓ |" in whole


def test_documents_follow_from_their_places() -> None:
    made = Documents(50_000, AT)
    whole = list(made.chunks(20_000))
    assert [len(columns.numbers) for columns in whole] == [20_000, 20_000, 10_000]
    again = made.columns(np.arange(30_000, 30_010))
    for one, other in zip(again, whole[1].part(slice(10_000, 10_010)), strict=True):
        assert np.array_equal(one, other)
    numbers = np.concatenate([columns.numbers for columns in whole])
    folded = {document_fold(number.decode()) for number in numbers.tolist()}
    assert len(folded) == 50_000
    assert len({each.tobytes() for columns in whole for each in columns.record_ids}) == 50_000


def test_a_few_issuers_list_most() -> None:
    slots = Counter()
    for series in make_series():
        slots[series.country] += series.slots
    assert sum(slots.values()) == SLOTS
    shares = [count / SLOTS for _, count in slots.most_common()]
    assert sum(shares[:5]) > 0.4
    assert len(shares) > 50
    assert shares[-1] < 0.005


def test_the_index_finds_what_was_made_and_nothing_near_it(tmp_path: Path) -> None:
    """Also I6: what a viewer is denied is as if it were not there."""
    made = Documents(5_000, AT)
    with BulkBuilder(tmp_path, "XPO") as builder:
        for columns in made.chunks():
            builder.add_documents(columns, made.envelopes)
        builder.finish(5_000, GENESIS, to_wire(AT))
    reader = IndexReader(tmp_path, country_of)
    places = np.arange(5_000)
    late = made.columns(places).expires <= AT.timestamp()
    found = np.array([bool(reader.answer(query, VIEWER, AT).candidates) for query in made.listed(places)])
    assert np.array_equal(found, ~late)
    assert not any(reader.answer(query, VIEWER, AT).candidates for query in made.near(places))
    seen = np.array([bool(reader.answer(query, DENIED, AT).candidates) for query in made.listed(places)])
    denied = made.denied(places)
    assert denied.any()
    assert np.array_equal(seen, ~late & ~denied)
    hits = sum(bool(reader.answer(query, VIEWER, AT).candidates) for query in made.mix(20_000, 3))
    assert hits <= 4
    reader.close()


@pytest.mark.parametrize("persons", [True, False])
def test_changes_are_a_feed_that_the_writer_takes(tmp_path: Path, *, persons: bool) -> None:
    wanted = list(entries(changes(40, AT, persons=persons), 0, GENESIS))
    assert Counter(entry.operation for entry in wanted)[FeedOperation.WITHDRAW] == 4
    with IndexWriter(tmp_path, "XPO") as writer:
        assert len(writer.apply(wanted, to_wire(AT)).withdrawn) == 4
        assert writer.status().records == 32


def test_persons_are_the_same_every_time() -> None:
    one, two = (list(islice(person_bodies(5, 2, FIRST, AT), 5)) for _ in range(2))
    assert one == two


def message_figures(**details: int) -> MessageFigures:
    return MessageFigures(
        messages_per_s=100,
        submit_to_readable_p95_ms=100,
        broadcast_196_s=9,
        flash_p99_ms=100,
        inversions=0,
        drain_per_s=100,
        attachment_growth_mb=100,
        details=details,
    )


def test_marks_of_messages_are_left_out_where_less_was_done_than_the_budget_is_for() -> None:
    whole = [row.met for row in message_rows(message_figures(**WHOLE))]
    assert whole == [False, True, False, True, True, False, True]
    less = message_figures(**{name: much - 1 for name, much in WHOLE.items()})
    assert [row.met for row in message_rows(less)] == [False, True, None, None, True, None, None]
    assert [row.met for row in message_rows(message_figures())] == [False, True, None, None, True, None, None]


def test_the_full_length_is_what_the_budgets_are_for_and_the_quick_one_is_not() -> None:
    assert (FULL.light + 2, FULL.queued, FULL.megabytes) == (196, 100_000, 2_048)
    assert QUICK.light + 2 < 196
    assert QUICK.queued < WHOLE["drain watched"]
