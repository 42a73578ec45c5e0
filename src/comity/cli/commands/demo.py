"""`comity demo`: a whole made-up network on this machine, in one command."""

import signal
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import examples
from comity.cli.output import print_json, print_table

if TYPE_CHECKING:
    from comity.cli.demo.display import Lines, Quiet, Terminal
    from comity.cli.demo.stage import Stage


@click.command(
    cls=Command,
    epilog=examples(
        "comity demo                                      # look around until Ctrl-C",
        "comity demo --list lists/ofac                    # ... with a published sanctions list in it",
        "comity demo --once --json > report.json          # for scripts: exit code 0 if all promises held",
    ),
)
@click.option("--once", is_flag=True, help="Run the tour, tear everything down, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
@click.option(
    "--list",
    "list_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with sdn.csv, alt.csv and add.csv: enter the list as records of a bureau.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the world in this empty folder; default: a temporary one that is removed.",
)
@click.pass_context
def demo(
    ctx: click.Context,
    once: bool,
    as_json: bool,
    list_folder: Path | None,
    folder: Path | None,
) -> None:
    """Start a secretariat, three bureaus and a border post, fill them, and show Comity at work.

    All people, documents and cars are made up, all nodes have their own processes, databases and keys.
    """
    from comity.cli.demo.doors import StepFailedError
    from comity.cli.demo.tour import build, close, show

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with ExitStack() as stack:
        place = nullcontext(str(folder)) if folder else tempfile.TemporaryDirectory(prefix="comity-demo-")
        path = Path(stack.enter_context(place)).resolve()
        try:
            with _display(as_json=as_json) as display:
                stage = build(path, list_folder, display)
                stack.callback(close, stage)
                report = show(stage, display)
            if as_json:
                print_json(report)
            if not once:
                _stay(stage, as_json=as_json)
        except StepFailedError as failed:
            message = f"The world could not be filled: {failed.what}"
            raise click.ClickException(message) from failed
        except KeyboardInterrupt:
            click.echo("\nStopping.", err=True)
            return
    if not report.held(copies=len(stage.world.homes)):
        ctx.exit(Exit.ERROR)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _display(*, as_json: bool) -> "Terminal | nullcontext[Lines | Quiet]":
    from comity.cli.demo.display import Lines, Quiet, Terminal

    if sys.stderr.isatty():
        return Terminal()
    return nullcontext(Quiet() if as_json else Lines())


def _stay(stage: "Stage", *, as_json: bool) -> None:
    """Print where to look and with which accounts, then wait for Ctrl-C."""
    if not as_json:
        homes = stage.world.homes.values()
        click.echo(
            "\nWhere to look (the browser does not know this network's authority: accept it, it is yours)"
        )
        print_table(
            ("node", "pages", "search"),
            [(home.node, home.settings.office_url or "-", home.settings.search_url) for home in homes],
        )
        click.echo("\nAccounts, made for this world only")
        print_table(
            ("node", "account", "password", "roles"),
            [(each.node, each.username, each.password, ", ".join(each.roles)) for each in stage.accounts],
        )
        click.echo(f"\nFiles and logs: {stage.world.folder}\nPress Ctrl-C to stop.")
    stage.world.release_offices()
    signal.pause()
