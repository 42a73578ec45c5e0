"""`comity bench messages`: the line under load, from desk to desk over a relay."""

import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import examples, json_option
from comity.cli.output import print_json

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

if TYPE_CHECKING:
    from comity.cli.bench.line.figures import MessageFigures


@click.command(
    cls=Command,
    epilog=examples(
        "comity bench messages --quick                # small numbers",
        "comity bench messages --json > figures.json  # a quarter of an hour; 196 recipients, 50,000 queued",
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
def messages(ctx: click.Context, quick: bool, folder: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Measure the line: throughput, latency, broadcast, FLASH under overload, a queue that drains.

    A relay and two bureaus run as processes over real TLS, with PostgreSQL on loopback from Debian's
    packages; all are removed at the end with what they made.
    """
    from comity.cli.bench.cluster import NoPostgresError
    from comity.cli.bench.display import Bars, Lines
    from comity.cli.bench.line.run import FULL, QUICK, run

    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        with Bars() if sys.stderr.isatty() else nullcontext(Lines()) as display:
            figures = run(QUICK if quick else FULL, folder, display)
    except NoPostgresError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("\nStopped. Nothing was kept.", err=True)
        ctx.exit(Exit.ERROR)
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _interrupt(_number: int, _frame: object) -> None:
    """End the run with all its processes; a second signal does not keep it from clearing up."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _show(figures: "MessageFigures") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from comity.cli.bench.figures import mark
    from comity.cli.bench.line.figures import rows

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("what", "seen", "budget", ""):
        table.add_column(title, justify="right" if title == "seen" else "left")
    for row in rows(figures):
        sign = Text(mark(row), style="green" if row.met else "bold red")
        table.add_row(Text(row.what), Text(row.seen), Text(row.beside, style="dim"), sign)
    Console().print(table)
