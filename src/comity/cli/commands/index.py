"""`comity index`: how the node's index is, whether it is sound, and building it anew."""

from pathlib import Path

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, staged_progress

DEFAULT_SAMPLE = 10_000
"""Records looked at by `verify` unless told otherwise: some seconds, and one damaged in 3,000 is found."""


@click.group()
def index() -> None:
    """Look at the node's index, check it, build it anew. Searches go on meanwhile."""


@index.command(
    cls=Command, epilog=examples("comity index status --home si", "comity index status --home si --json")
)
@home_option
@json_option
def status(home: Path, as_json: bool) -> None:
    """Say how large and how fresh the index is, and by which thresholds it raises alarms."""
    from comity.cli.index import status_of
    from comity.kernel.clock import SystemClock
    from comity.node.home import NodeHome

    found = status_of(NodeHome.open(home), SystemClock().now())
    print_json(found) if as_json else print_pairs(found.pairs())


@index.command(
    cls=Command,
    epilog=examples("comity index verify --home si", "comity index verify --home si --all --json"),
)
@home_option
@click.option("--all", "everything", is_flag=True, help="Look at every record and every entry.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=DEFAULT_SAMPLE,
    show_default=True,
    metavar="N",
    help="Look at N records and N entries drawn by lot.",
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    home: Path,
    everything: bool,
    sample: int,
    as_json: bool,
) -> None:
    """Check that every record is found by all its keys and names, and that every entry leads to its record.

    It reads one snapshot and changes nothing. Exit code 1 when something is wrong; what it prints names
    places and counts, never what a record says.
    """
    from comity.cli.index import verify as verify_index
    from comity.node.home import NodeHome

    with staged_progress() as tell:
        found = verify_index(NodeHome.open(home), None if everything else sample, tell)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found.records} records and {found.entries} entries looked at.")
        for fault in found.faults:
            click.secho(f"  {fault.place}: {fault.what} ({fault.count})", fg="red")
        if found.sound:
            click.secho("The index is sound.", fg="green")
    if not found.sound:
        ctx.exit(Exit.ERROR)


@index.command(
    cls=Command,
    epilog=examples("comity index rebuild --home si", "comity index rebuild --home si --from-feed"),
)
@home_option
@click.option(
    "--from-feed",
    is_flag=True,
    help="Fetch every entry from the secretariat again, instead of taking the index's own rows.",
)
@json_option
def rebuild(home: Path, from_feed: bool, as_json: bool) -> None:
    """Build the index anew beside the one in use, then put it into use. Searches do not notice.

    A rebuild that was broken off changes nothing; from the feed it goes on where it stood.
    """
    from comity.cli.index import rebuild as rebuild_index
    from comity.node.home import NodeHome

    with staged_progress() as tell:
        built = rebuild_index(NodeHome.open(home), from_feed=from_feed, tell=tell)
    if as_json:
        print_json(built)
    else:
        click.secho(f"Generation {built.generation} is in use: {built.records} records.", fg="green")
        if built.records == 0:
            click.echo("The copy process fills it from the feed; `comity index status` shows how far it is.")
