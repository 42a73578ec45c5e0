"""`comity bench attachments`: one large file from desk to desk."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from comity.cli.failures import Command
from comity.cli.options import examples, json_option
from comity.cli.output import print_json, print_pairs, staged_progress

if TYPE_CHECKING:
    from comity.cli.bench.attachments import AttachmentFigures

COPIES: Final = 3
"""Sealed at the sender, at the relay and at the recipient."""
SPARE_BYTES: Final = 2 * 1024**3
"""What a node keeps free for its database, and the databases."""


@click.command(
    cls=Command,
    epilog=examples(
        "comity bench attachments                             # 256 MB, a minute",
        "comity bench attachments --megabytes 2048 --json     # the largest there is; 8 GB of disk",
    ),
)
@click.option(
    "--megabytes",
    type=click.IntRange(1, 2048),
    default=256,
    show_default=True,
    help="Size of the file, in units of 2**20 bytes.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Where the temporary folder is made; default: the system's place for temporary files.",
)
@json_option
def attachments(megabytes: int, folder: Path | None, as_json: bool) -> None:
    """Send one made-up file through a relay of its own: speed, and how much the nodes' processes grow.

    A secretariat and two bureaus are started over real TLS, and removed at the end with all they made.
    """
    from comity.cli.bench.attachments import measure_attachment
    from comity.cli.bench.desks import TWO_BUREAUS, DeskWorld

    needed = COPIES * megabytes * 1024**2 + SPARE_BYTES
    if shutil.disk_usage(folder or tempfile.gettempdir()).free < needed:
        message = f"This takes {needed / 1e9:,.1f} GB of disk; see --folder."
        raise click.ClickException(message)
    sender, recipient = (plan.node for plan in TWO_BUREAUS)
    with (
        tempfile.TemporaryDirectory(prefix="comity-bench-", dir=folder) as made,
        DeskWorld.create(Path(made), TWO_BUREAUS) as world,
        staged_progress() as tell,
    ):
        figures = measure_attachment(world, sender, recipient, megabytes, tell)
    if as_json:
        print_json(figures)
    else:
        _show(figures)


def _show(figures: "AttachmentFigures") -> None:
    from comity.cli.bench.attachments import GROWTH_BUDGET_MB

    def speed(seconds: float) -> str:
        return f"{seconds:,.1f} s, {figures.megabytes / max(seconds, 0.001):,.0f} MB/s"

    print_pairs(
        (
            ("file", f"{figures.megabytes:,} MB"),
            ("into the sender's node", speed(figures.attach_s)),
            ("through the relay, opened and compared", speed(figures.carry_s)),
            ("out at the recipient", speed(figures.open_s)),
            (
                "largest growth of a process",
                f"{figures.attachment_growth_mb:,.0f} MB (budget {GROWTH_BUDGET_MB:,.0f} MB)",
            ),
            *((f"  {name}", f"{grown:,.1f} MB") for name, grown in figures.growth_mb.items()),
        )
    )
