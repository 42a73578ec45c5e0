"""`comity approval`: what waits for a second person, from scripts and terminals."""

from pathlib import Path
from typing import Any

import click

from comity.cli.failures import Command
from comity.cli.options import as_option, examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, print_table


@click.group()
def approval() -> None:
    """See, approve and refuse what binds the country. Nobody approves what they asked for."""


@approval.command("list", cls=Command, epilog=examples("comity approval list --home si --as approver"))
@home_option
@as_option
@json_option
def list_(home: Path, username: str, as_json: bool) -> None:
    """List requests, the newest first."""
    from comity.cli.approvals import list_approvals
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = list_approvals(username, SystemClock().now())
    if as_json:
        print_json(found)
        return
    rows = [(a["requested_at"][:19], a["kind"], a["state"], a["reason"], a["approval_id"]) for a in found]
    print_table(("asked", "what", "state", "reason", "id"), rows)


@approval.command(cls=Command, epilog=examples("comity approval show --home si --as approver APPROVAL_ID"))
@home_option
@as_option
@click.argument("approval_id")
@json_option
def show(home: Path, username: str, approval_id: str, as_json: bool) -> None:
    """Show one request with exactly what would be approved, and its hash."""
    from comity.cli.approvals import show as show_approval
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = show_approval(username, approval_id, SystemClock().now())
    _print(found, as_json=as_json)


@approval.command(
    cls=Command,
    epilog=examples("comity approval approve --home si --as approver --hash CONTENT_HASH APPROVAL_ID"),
)
@home_option
@as_option
@click.option("--hash", "content_hash", required=True, help="Hash of the content you have read (show).")
@click.argument("approval_id")
@json_option
def approve(home: Path, username: str, content_hash: str, approval_id: str, as_json: bool) -> None:
    """Approve exactly the content with this hash; it takes effect at once.

    Exit code 4 (approval.same_person) for one's own request, 1 (approval.changed) when the content is
    another one by now.
    """
    from comity.cli.approvals import approve as approve_request
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = approve_request(username, approval_id, content_hash, SystemClock().now())
    _print(found, as_json=as_json)


@approval.command(
    cls=Command,
    epilog=examples("comity approval refuse --home si --as approver --note 'Not needed.' APPROVAL_ID"),
)
@home_option
@as_option
@click.option("--note", required=True, help="Why it is refused.")
@click.argument("approval_id")
@json_option
def refuse(home: Path, username: str, note: str, approval_id: str, as_json: bool) -> None:
    """Refuse a request, with a word why."""
    from comity.cli.approvals import refuse as refuse_request
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = refuse_request(username, approval_id, note, SystemClock().now())
    _print(found, as_json=as_json)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    header = found["header"]
    shown = ("approval_id", "kind", "subject", "state", "reason", "content_hash", "note")
    print_pairs((name.replace("_", " "), header[name]) for name in shown if header[name])
    if found["content"] is not None:
        click.echo("\nExactly this:")
        print_json(found["content"])
