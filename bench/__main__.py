"""Every figure beside its ceiling or peer, in one run.

python -m bench [--documents N] [--persons N] [--seconds S] [--alias [FOLDER]] [--write FILE]

Runs each measurement as its own process, one after the other, and prints a table in Markdown. With
--write the table replaces what stands between the two marks in FILE. --alias adds the alias benchmark,
whose folder lies beside the repository as ../shared/bench unless told.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from comity.cli.bench.figures import Row, SearchFigures, markdown, rows
from comity.cli.bench.line.figures import MessageFigures
from comity.cli.bench.line.figures import rows as line_rows

FOLDER = Path(__file__).resolve().parent
ALIAS_FOLDER = FOLDER.parents[1] / "shared" / "bench"
MARKS = ("<!-- figures begin -->", "<!-- figures end -->")
ALIAS_BUDGETS = {
    "unseen": {"r1": 0.72, "r10": 0.85, "hit_1pct": 0.65, "hit_01pct": 0.50},
    "leave-one-out": {"hit_1pct": 0.86, "hit_01pct": 0.65},
}
ALIAS_WORDS = {
    "r1": "the right person first",
    "r10": "... among the first ten",
    "hit_1pct": "hit at 1 % false alarms",
    "hit_01pct": "hit at 0.1 % false alarms",
}
CLEAN = 10_000


def run(*command):
    """Run a measurement and return what it printed; its own words go to the terminal."""
    print("...", *command[1:], file=sys.stderr, flush=True)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def search_rows(options):
    """Rows of the search."""
    command = [sys.executable, "-m", "comity", "bench", "search", "--json"]
    command += ["--documents", str(options.documents), "--persons", str(options.persons)]
    command += ["--seconds", str(options.seconds)]
    if options.folder:
        command += ["--folder", str(options.folder)]
    figures = msgspec.json.decode(run(*command), type=SearchFigures)
    if figures.skipped:
        print(f"peers not measured: {figures.skipped}", file=sys.stderr)
    return rows(figures)


def message_rows(options):
    """Rows of the line."""
    command = [sys.executable, "-m", "comity", "bench", "messages", "--json"]
    command += [] if options.full_messages else ["--quick"]
    command += ["--folder", str(options.folder)] if options.folder else []
    return line_rows(msgspec.json.decode(run(*command), type=MessageFigures))


def alias_rows(folder, protocol):
    """Rows of the alias benchmark with our matcher."""
    script = folder / "alias_bench.py"
    if not script.exists():
        sys.exit(f"there is no alias benchmark in {folder}")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "found.json"
        command = [sys.executable, str(script), "--engine", "comity.matching.bench:engine"]
        run(*command, "--protocol", protocol, "--clean", str(CLEAN), "--json", str(path))
        found = json.loads(path.read_text(encoding="utf-8"))
    found = found.get("result", found)
    budgets = ALIAS_BUDGETS[protocol]
    return [
        Row(
            f"aliases, {protocol}: {words}",
            f"{found[key]:.3f}",
            f"{budgets[key]:.2f}" if key in budgets else "-",
            found[key] >= budgets[key] if key in budgets else None,
        )
        for key, words in ALIAS_WORDS.items()
    ]


def write(path, text):
    """Put the table between the marks of a page."""
    page = path.read_text(encoding="utf-8")
    head, rest = page.split(MARKS[0])
    _, tail = rest.split(MARKS[1])
    path.write_text(f"{head}{MARKS[0]}\n{text}\n{MARKS[1]}{tail}", encoding="utf-8")


def main():
    """Measure, print, and write when told to."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--persons", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each load over HTTP")
    parser.add_argument("--folder", type=Path, help="where the temporary folder of the search is made")
    parser.add_argument(
        "--full-messages",
        action="store_true",
        help="some 10 minutes instead of half a one for the messages",
    )
    parser.add_argument("--no-messages", action="store_true", help="leave the messages out")
    parser.add_argument(
        "--alias", type=Path, nargs="?", const=ALIAS_FOLDER, help="add the alias benchmark in this folder"
    )
    parser.add_argument("--write", type=Path, help="page with the two marks")
    options = parser.parse_args()
    found = search_rows(options)
    if not options.no_messages:
        found += message_rows(options)
    if options.alias:
        for protocol in ALIAS_BUDGETS:
            found += alias_rows(options.alias, protocol)
    text = markdown(found)
    print(text)
    if options.write:
        write(options.write, text)


if __name__ == "__main__":
    main()
