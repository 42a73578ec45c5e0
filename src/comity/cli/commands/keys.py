"""`comity key`: a node's own keys."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, print_table

if TYPE_CHECKING:
    from comity.cli.keys import KeyList


@click.group()
def key() -> None:
    """List, change and revoke the keys of a node; drill it before it is needed."""


@key.command(
    "list", cls=Command, epilog=examples("comity key list --home si", "comity key list --home si --json")
)
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """Show the node's keys, the present ones first, and the secretariat's key id to compare papers with."""
    from comity.cli.keys import keys_of_node
    from comity.kernel.clock import SystemClock

    _print(keys_of_node(home, SystemClock().now()), as_json=as_json)


@key.command(
    cls=Command, epilog=examples("comity key rotate --home si", "comity key rotate --home si --json")
)
@home_option
@json_option
def rotate(home: Path, as_json: bool) -> None:
    """Give the node new keys, now. Its processes may run; the secretariat must be reachable.

    Old mail stays readable, what the old keys signed stays valid. Done by itself every
    keys.rotate_after_days. After a cut, do it again: it goes on with the same new keys.
    """
    from comity.cli.keys import rotate as change
    from comity.kernel.clock import SystemClock

    _print(change(home, SystemClock().now()), as_json=as_json)


@key.command(
    cls=Command,
    epilog=examples(
        "comity key revoke --home si --as-of 2026-11-20T08:00:00",
        "comity key revoke --home si --as-of 2026-11-20T08:00:00 --key 3f0c… --yes --json",
    ),
)
@home_option
@click.option(
    "--as-of",
    required=True,
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
    help="When it may have been lost, UTC: nothing it signs from then on counts.",
)
@click.option("--key", "key_id", default="", metavar="ID", help="Which one; left out, the present one.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def revoke(home: Path, as_of: datetime, key_id: str, yes: bool, as_json: bool) -> None:
    """Say that a key was lost or stolen, change to new ones, and list the messages that are exposed."""
    from comity.cli.keys import revoke as withdraw
    from comity.kernel.clock import SystemClock

    if not yes:
        click.confirm(f"Revoke the key as of {as_of} UTC? This cannot be undone.", abort=True, err=True)
    done = withdraw(home, key_id, as_of.replace(tzinfo=UTC), SystemClock().now())
    if as_json:
        print_json(done)
        return
    print_pairs([("revoked", done.revoked), ("as of", done.as_of), ("present key", done.present)])
    click.echo(f"{len(done.exposed)} messages sealed to it since then can be read by whoever has it:")
    rows = [(m.message_id, m.sender, m.label, m.priority, m.received_at) for m in done.exposed]
    print_table(("message", "sender", "label", "priority", "received"), rows)


@key.command(cls=Command, epilog=examples("comity key drill", "comity key drill --json"))
@json_option
@click.pass_context
def drill(ctx: click.Context, as_json: bool) -> None:
    """Try every promise about keys on a made-up network, in a second. Touches no real node.

    Exit code 1 when one is not kept.
    """
    from comity.cli.drills.keys import run_key_drill
    from comity.kernel.clock import SystemClock

    done = run_key_drill(SystemClock().now())
    if as_json:
        print_json(done)
    else:
        for each in done.tried:
            mark = click.style("kept  ", fg="green") if each.kept else click.style("BROKEN", fg="red")
            click.echo(f"{mark}  {each.promise}" + ("" if each.kept else f" ({each.detail})"))
    if not done.kept:
        ctx.exit(Exit.ERROR)


def _print(found: "KeyList", *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_pairs([("node", found.node), ("secretariat key", found.secretariat_key), ("keys", len(found.keys))])
    for line in found.keys:
        until = _minute(line.until) or "present"
        lost = f"  revoked as of {_minute(line.revoked_as_of)}" if line.revoked_as_of else ""
        held = "" if line.held else "  not held here: old mail is not readable"
        click.echo(f"{line.key}  {_minute(line.since)} to {until}{lost}{held}")


def _minute(instant: str) -> str:
    """Shorten an instant to what a person compares."""
    return instant[:16].replace("T", " ")
