"""`comity invite` and `comity member`: who belongs to the network; the secretariat decides."""

from pathlib import Path

import click

from comity.cli.failures import Command
from comity.cli.options import by_option, examples, home_option, json_option
from comity.cli.output import print_json, print_table
from comity.kernel.codes import NodeRole
from comity.kernel.ids import NodeId
from comity.protocol.members import MemberStatus

INVITED = [role.value for role in NodeRole if role is not NodeRole.SECRETARIAT]


@click.command(
    cls=Command,
    epilog=examples(
        "comity invite --home sec --id SI --role bureau --country SVN --name Ljubljana > si.invitation",
        "comity invite --home sec --id SI-post1 --role post --country SVN --name Obrežje --valid-hours 24",
    ),
)
@home_option
@click.option("--id", "node", required=True, metavar="CODE", help="SI, or SI-post1 for a post of SI.")
@click.option("--role", type=click.Choice(INVITED), required=True)
@click.option("--country", required=True, metavar="CODE", help="Three letters.")
@click.option("--name", required=True, help="Name that people see.")
@click.option("--valid-hours", default=72, show_default=True, type=click.IntRange(1, 168))
@by_option
@json_option
def invite(home: Path, username: str, as_json: bool, **told: str) -> None:
    """Invite a node. Prints one line that holds a one-time secret: hand it over on a safe way."""
    from comity.cli.nodes import invite as issue
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock
    from comity.node.invitations import encode_invitation

    with entered(home):
        invitation = issue(
            NodeId(told["node"]),
            NodeRole(told["role"]),
            told["country"],
            told["name"],
            SystemClock().now(),
            username,
            int(told["valid_hours"]),
        )
    line = encode_invitation(invitation)
    if as_json:
        print_json({"node": invitation.node, "expires_at": invitation.expires_at, "invitation": line})
    else:
        click.echo(line)


reason_option = click.option("--reason", default="", help="Why; the journal keeps it.")


@click.group()
def member() -> None:
    """List, suspend and remove members of the network."""


@member.command("list", cls=Command, epilog=examples("comity member list --home si", "... --json"))
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """Show the member directory as this node trusts it."""
    from comity.kernel.clock import SystemClock
    from comity.node.home import NodeHome

    directory = NodeHome.open(home).directory.current(SystemClock().now()).directory
    if as_json:
        print_json(directory)
        return
    click.echo(f"{directory.network}, version {directory.version}, valid until {directory.expires_at}")
    rows = [
        (each.node, each.role, each.country, each.status, each.name, each.office_url)
        for each in directory.members
    ]
    print_table(("node", "role", "country", "status", "name", "office"), rows)


@member.command(cls=Command, epilog=examples("comity member suspend FR --home sec --as administrator"))
@home_option
@click.argument("node")
@by_option
@reason_option
@json_option
def suspend(home: Path, node: str, username: str, reason: str, as_json: bool) -> None:
    """Suspend NODE: nobody speaks with it until it is activated again."""
    _set_standing(home, node, MemberStatus.SUSPENDED, username, reason, as_json=as_json)


@member.command(cls=Command, epilog=examples("comity member activate FR --home sec --as administrator"))
@home_option
@click.argument("node")
@by_option
@reason_option
@json_option
def activate(home: Path, node: str, username: str, reason: str, as_json: bool) -> None:
    """End the suspension of NODE."""
    _set_standing(home, node, MemberStatus.ACTIVE, username, reason, as_json=as_json)


@member.command(cls=Command, epilog=examples("comity member remove FR --home sec --as administrator --yes"))
@home_option
@click.argument("node")
@by_option
@reason_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(
    home: Path,
    node: str,
    username: str,
    reason: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove NODE for good: its certificate opens nothing any more. It can be invited anew."""
    if not yes:
        click.confirm(f"Remove {node} from the network for good?", abort=True, err=True)
    _set_standing(home, node, MemberStatus.REMOVED, username, reason, as_json=as_json)


def _set_standing(
    home: Path, node: str, status: MemberStatus, username: str, reason: str, *, as_json: bool
) -> None:
    from comity.cli.callers import caller_or_machine
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        from comity.office.members.services import set_standing

        set_standing(caller_or_machine(username), NodeId(node), status, SystemClock().now(), reason)
    if as_json:
        print_json({"node": node, "status": status})
    else:
        click.echo(f"{node} is {status}. Every node knows within the time that its directory_refresh_s says.")
