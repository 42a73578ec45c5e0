"""`comity bench`: figures that everybody can take on his own machine."""

import shutil
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from comity.cli.commands.bench_attachments import attachments
from comity.cli.commands.bench_messages import messages
from comity.cli.commands.stopping import stoppable
from comity.cli.failures import Command
from comity.cli.options import examples, json_option
from comity.cli.output import print_json

DISK_BYTES: Final = 110
"""A document: 60 in the index, 20 put aside while it is built, and some room."""
PEER_DISK_BYTES: Final = 170
"""A document in PostgreSQL: 110, then room to sort."""
PEER_DOCUMENTS: Final = 20_000_000
"""Unless told, PostgreSQL is given no more: filling it takes longer than all the rest, and its look-up hardly
depends on how many there are. Fewer rows favour the peer."""
SPARE_BYTES: Final = 1_000_000_000

if TYPE_CHECKING:
    from comity.cli.bench.display import Bars, Lines
    from comity.cli.bench.figures import SearchFigures


@click.group()
def bench() -> None:
    """Measure this installation beside stated budgets, ceilings and peers."""


@bench.command(
    cls=Command,
    epilog=examples(
        "comity bench search                                      # a minute, small data",
        "comity bench search --documents 5000000 --persons 200000 --seconds 10",
        "comity bench search --json > figures.json                # for scripts",
        "comity bench search --documents 140000000 --persons 1000000 --seconds 20 --folder /srv",
        "                     # the whole world: 20 GB of disk and less than half an hour",
    ),
)
@click.option(
    "--documents",
    type=click.IntRange(1_000, 400_000_000),
    default=200_000,
    show_default=True,
    help="Made-up travel documents in the index.",
)
@click.option(
    "--peer-documents",
    type=click.IntRange(1_000, 400_000_000),
    help="Rows that PostgreSQL is given.  [default: as many, at most 20,000,000, which favours the peer]",
)
@click.option(
    "--persons",
    type=click.IntRange(100, 10_000_000),
    default=5_000,
    show_default=True,
    help="Made-up persons in the index.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.2, 600),
    default=2.0,
    show_default=True,
    help="How long each load over HTTP lasts; more questions are asked in process, too.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Where the temporary folder is made; default: the system's place for temporary files.",
)
@json_option
@click.pass_context
def search(
    ctx: click.Context,
    documents: int,
    peer_documents: int | None,
    persons: int,
    seconds: float,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Measure the search: in process, over HTTP, and beside a constant answer, PostgreSQL and Django.

    All data are made up, from the same seed every time. PostgreSQL is started on loopback from Debian's
    packages; where it is missing, the peers are left out and the answer says why. Everything made is
    removed at the end, after Ctrl-C too.
    """
    from comity.cli.bench.run import run

    peer_documents = peer_documents or min(documents, PEER_DOCUMENTS)
    _require_space(documents * DISK_BYTES + peer_documents * PEER_DISK_BYTES + SPARE_BYTES, folder)
    with stoppable(ctx), _display() as display:
        figures = run(documents, peer_documents, persons, seconds, folder, display)
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _require_space(needed: int, folder: Path | None) -> None:
    """Refuse at once what would fill the disk in the end."""
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    if free < needed:
        message = (
            f"This takes {needed / 1e9:,.0f} GB of disk and {free / 1e9:,.0f} GB are free; see --folder."
        )
        raise click.ClickException(message)


def _display() -> "Bars | nullcontext[Lines]":
    """Return where the steps are shown: on standard error, whatever is printed at the end."""
    from comity.cli.bench.display import Bars, Lines

    return Bars() if sys.stderr.isatty() else nullcontext(Lines())


def _show(figures: "SearchFigures") -> None:
    from comity.cli.bench.display import print_rows
    from comity.cli.bench.figures import rows

    print_rows(rows(figures), "budget, ceiling or peer")
    if figures.skipped:
        click.echo(f"\nPeers not measured: {figures.skipped}")


bench.add_command(attachments)
bench.add_command(messages)
