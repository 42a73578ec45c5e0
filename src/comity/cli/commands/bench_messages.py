"""`comity bench messages`: the line under load, from desk to desk over a relay."""

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from comity.cli.commands.stopping import stoppable
from comity.cli.failures import Command
from comity.cli.options import examples, json_option
from comity.cli.output import print_json


@click.command(
    cls=Command,
    epilog=examples(
        "comity bench messages --quick                # small numbers",
        "comity bench messages --json > figures.json  # some 10 minutes; 196 recipients, 100,000 queued",
    ),
)
@click.option("--quick", is_flag=True, help="Small numbers: they show that all of it works, not how fast.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Where the temporary folder is made; default: the system's place for temporary files.",
)
@json_option
@click.pass_context
def messages(ctx: click.Context, quick: bool, folder: Path | None, as_json: bool) -> None:
    """Measure the line: throughput, latency, broadcast, FLASH under overload, a queue that drains.

    A relay and two bureaus run as processes over real TLS, with PostgreSQL on loopback from Debian's
    packages; all are removed at the end with what they made.
    """
    from comity.cli.bench.display import Bars, Lines, print_rows
    from comity.cli.bench.line.figures import rows
    from comity.cli.bench.line.run import FULL, QUICK, run

    with stoppable(ctx), Bars() if sys.stderr.isatty() else nullcontext(Lines()) as display:
        figures = run(QUICK if quick else FULL, folder, display)
    if as_json:
        print_json(figures)
    else:
        print_rows(rows(figures), "budget")
