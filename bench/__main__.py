"""Every figure beside its ceiling or peer, in one run: python -m bench [--quick] [--write FILE].

Runs each measurement as its own process, one after the other, and prints a table in Markdown. With
--write the table replaces what stands between the two marks in FILE.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MARKS = ("<!-- figures begin -->", "<!-- figures end -->")


def run(script, *options):
    """Return what a measurement printed as JSON; its own words go to the terminal."""
    print(f"... {script}", file=sys.stderr, flush=True)
    command = [sys.executable, str(FOLDER / script), "--json", *options]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def search_rows(found):
    """Rows of the index and of the search over HTTP."""
    http, index = found["http"], found["index"]
    size = f"{index['documents']:,} documents, {index['persons']:,} persons"
    exact, hit = index["exact_us"], index["exact_hit_us"]
    listed, stranger = index["name_listed_ms"], index["name_stranger_ms"]
    best = http["best_per_s"]
    return [
        (f"exact search in process, no record ({size})", spread(exact, "µs"), "10 / 50 µs at 140 M"),
        ("exact search in process, a hit", spread(hit, "µs"), "150 µs on first touch"),
        ("name search in process, listed but misspelt", spread(listed, "ms"), "3 / 10 ms at 1 M persons"),
        ("name search in process, a stranger", spread(stranger, "ms"), "3 / 10 ms at 1 M persons"),
        ("misspelt names found", index["misspelt_found"], "all"),
        ("index, bytes a record", index["bytes_per_record"], "60, with rows that hold no body"),
        ("index built from the feed", f"{index['build_s']} s", "-"),
        ("searches over TLS, authenticated, journal durable", f"{best['search']:,}/s", "10,000/s"),
        ("the same server answering a constant", f"{best['constant']:,}/s", "the ceiling of this run"),
        ("search to constant", f"{http['search_to_constant']:.2f}", "0.50"),
        ("processor time of the server per search", f"{least_cpu_us(http)} µs", "-"),
    ]


def message_rows(database, found):
    """Rows of one run of messages."""
    one = f"{found['one_ms_median']} / {found['one_ms_p95']} ms"
    return [
        (
            f"messages of 8 KB receipted, {database}",
            f"{found['receipted_per_s']}/s",
            f"{found['budget_per_s']}/s",
        ),
        (f"one message from desk to signed receipt, {database}", one, "p95 500 ms"),
    ]


def least_cpu_us(http):
    """Return the server's own time per answer at the number of connections where it is least."""
    return min(figures["server_cpu_us"] for figures in http["search"].values())


def spread(figures, unit):
    """Median and 99th percentile."""
    return f"{figures['median']} / {figures['p99']} {unit}"


def table(rows):
    """Return the rows as a Markdown table."""
    lines = ["| what | seen (median / p99) | budget, ceiling or peer |", "|---|---|---|"]
    return "\n".join(lines + [f"| {what} | {seen} | {beside} |" for what, seen, beside in rows])


def write(path, text):
    """Put the table between the marks of a page."""
    page = path.read_text(encoding="utf-8")
    head, rest = page.split(MARKS[0])
    _, tail = rest.split(MARKS[1])
    path.write_text(f"{head}{MARKS[0]}\n{text}\n{MARKS[1]}{tail}", encoding="utf-8")


def main():
    """Measure, print, and write when told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small data, a few minutes in all")
    parser.add_argument("--write", type=Path, help="page with the two marks")
    options = parser.parse_args()
    quick = ["--quick"] if options.quick else []
    rows = search_rows(run("search_http.py", *quick))
    for database in ("sqlite", "postgresql"):
        rows += message_rows(database, run("messages.py", "--database", database, *quick))
    text = table(rows)
    print(text)
    if options.write:
        write(options.write, text)


if __name__ == "__main__":
    main()
