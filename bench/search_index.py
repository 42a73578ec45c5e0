"""In-process times of the index: exact questions with the real share of hits, and names.

python bench/search_index.py [--json] [--quick]
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from comity.index.reader import IndexReader
from comity.kernel.clock import SystemClock
from comity.protocol.search import DocumentQuery, PersonQuery
from search_data import People, documents, fill, number_of, persons

HIT_EVERY = 5_000
"""One hit in 5,000 questions: the share that real systems see (0.02 %)."""


def timed(work, items):
    """Return the microseconds that `work` takes for each of `items`."""
    times = []
    for item in items:
        started = time.perf_counter_ns()
        work(item)
        times.append((time.perf_counter_ns() - started) / 1_000)
    return times


def spread(times):
    """Return median and p99 in the unit of `times`."""
    ordered = sorted(times)
    return {
        "median": round(ordered[len(ordered) // 2], 1),
        "p99": round(ordered[len(ordered) * 99 // 100], 1),
    }


def misspelt(people, name):
    """Return `name` with one letter changed."""
    place = people.random.randrange(1, len(name))
    return name[:place] + people.random.choice("aeiounrst") + name[place + 1 :]


def measure(directory, document_count, person_count, questions):
    """Fill an index and ask it; return every figure."""
    build_s = fill(
        directory, [("travel_documents", documents(document_count)), ("persons", persons(person_count))]
    )
    reader, at = IndexReader(directory), SystemClock().now()
    ask = lambda query: reader.answer(query, "SVN", at)  # noqa: E731
    exact = [
        DocumentQuery(number_of(place * 7 % document_count) if place % HIT_EVERY == 0 else f"ZZ{place:09d}9")
        for place in range(questions)
    ]
    hits = [DocumentQuery(number_of(place * 7919 % document_count)) for place in range(2_000)]
    listed = [content["names"][0]["text"] for content in persons(min(person_count, 300))]
    clean, people = People(99), People(5)
    spelt = [PersonQuery(misspelt(people, name)) for name in listed]
    strangers = [PersonQuery(clean.name(), clean.birth()) for _ in range(300)]
    timed(ask, exact[:500] + spelt[:20])
    found = sum(any(c.score for c in ask(query).candidates) for query in spelt)
    size = (directory / "data.mdb").stat().st_blocks * 512
    return {
        "documents": document_count,
        "persons": person_count,
        "build_s": round(build_s, 1),
        "bytes_per_record": round(size / (document_count + person_count)),
        "exact_us": spread(timed(ask, exact)),
        "exact_hit_us": spread(timed(ask, hits)),
        "name_listed_ms": spread([t / 1000 for t in timed(ask, spelt)]),
        "name_stranger_ms": spread([t / 1000 for t in timed(ask, strangers)]),
        "misspelt_found": f"{found}/{len(spelt)}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="50,000 documents and 5,000 persons")
    options = parser.parse_args()
    sizes = (50_000, 5_000, 20_000) if options.quick else (1_000_000, 100_000, 100_000)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), *sizes)
    print(
        json.dumps(figures)
        if options.json
        else "\n".join(f"{key}: {value}" for key, value in figures.items())
    )


if __name__ == "__main__":
    main()
