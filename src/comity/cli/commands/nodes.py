"""`comity init`, `join`, `run`, `status`: one node on this machine."""

from pathlib import Path
from typing import TextIO

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import examples, home_option, json_option
from comity.cli.output import print_json, print_pairs
from comity.kernel.codes import NodeRole


@click.command(
    cls=Command,
    epilog=examples(
        "comity init --home /var/lib/comity/sec --role secretariat --name 'Secretariat' --network adriatic",
        "comity init --home /var/lib/comity/si --invitation si.invitation",
        "comity init --home /srv/post1 --invitation post1.invitation --bureau-url https://bureau.example:8443",
    ),
)
@home_option
@click.option(
    "--invitation", type=click.File("r"), help="Take role, code, country, name and network from here."
)
@click.option(
    "--role", type=click.Choice([role.value for role in NodeRole]), help="What kind of node this is."
)
@click.option("--id", "node", metavar="CODE", help="SEC, SI, SI-post1, ...")
@click.option("--country", metavar="CODE", help="Three letters; XPO for the secretariat.")
@click.option("--name", help="Name that people see.")
@click.option("--network", help="Name of the network.")
@click.option("--secretariat-url", default="", help="Office of the secretariat, https://host:port.")
@click.option("--bureau-url", default="", help="Office of the bureau that a post belongs to.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address on which office and search listen."
)
@click.option("--office-port", default=8443, show_default=True)
@click.option("--search-port", default=8444, show_default=True)
@click.option(
    "--office-url", default="", help="Where others reach the office; default https://localhost:PORT."
)
@click.option(
    "--search-url", default="", help="Where others reach the search; default https://localhost:PORT."
)
@click.option(
    "--live", default="", metavar="URL", help="Also ask the secretariat's search live, at this address."
)
@click.option(
    "--database", default="sqlite", show_default=True, help="sqlite or postgresql://user:pw@host/name."
)
@json_option
def init(home: Path, as_json: bool, **told: object) -> None:
    """Make a node: a private directory with keys, certificate and comity.toml.

    A secretariat founds its network at once. Other nodes join it with `comity join`.
    """
    from comity.cli.nodes import make_node
    from comity.cli.settings import settings_from
    from comity.kernel.clock import SystemClock

    made = make_node(home, settings_from(told), SystemClock())
    facts = {
        "node": made.node,
        "role": made.settings.node.role,
        "home": str(home),
        "office_url": made.settings.office_url,
        "search_url": made.settings.search_url,
        "settings": str(home / "comity.toml"),
    }
    print_json(facts) if as_json else print_pairs(facts.items())


@click.command(
    cls=Command, epilog=examples("comity join --home /var/lib/comity/si si.invitation", "... | comity join -")
)
@home_option
@click.argument("invitation", type=click.File("r"))
@json_option
def join(home: Path, invitation: TextIO, as_json: bool) -> None:
    """Turn the INVITATION (a file, `-` for standard input) into membership.

    The secretariat must be running. Doing it again with the same invitation does no harm.
    """
    from comity.cli.nodes import join as join_network
    from comity.kernel.clock import SystemClock
    from comity.node.home import NodeHome
    from comity.node.invitations import decode_invitation

    at = SystemClock().now()
    member = join_network(NodeHome.open(home), decode_invitation(invitation.read()), at)
    directory = member.directory.current(at)
    facts = {
        "node": member.node,
        "network": directory.directory.network,
        "directory_version": directory.version,
        "members": [each.node for each in directory.active_members()],
    }
    if as_json:
        print_json(facts)
    else:
        print_pairs(
            (key, ", ".join(value) if isinstance(value, list) else value) for key, value in facts.items()
        )


@click.command(cls=Command, epilog=examples("comity run --home /var/lib/comity/si"))
@home_option
@click.option(
    "--restart/--no-restart", default=True, show_default=True, help="Start what ends by itself again."
)
def run(home: Path, restart: bool) -> None:
    """Start all processes of a node and watch over them until Ctrl-C or SIGTERM.

    Logs are in the node's log directory. In production run each process under its own supervisor.
    """
    from comity.cli.supervision import supervise

    supervise(home, restart=restart)


@click.command(
    cls=Command, epilog=examples("comity status --home /var/lib/comity/si", "comity status --json")
)
@home_option
@json_option
@click.pass_context
def status(ctx: click.Context, home: Path, as_json: bool) -> None:
    """Say which processes answer, how old directory and copy are. Exit code 3 when something is not well."""
    from comity.cli.health import status_of
    from comity.kernel.clock import SystemClock
    from comity.node.home import NodeHome

    found = status_of(NodeHome.open(home), SystemClock().now())
    print_json(found) if as_json else print_pairs(found.pairs())
    if not found.well:
        ctx.exit(Exit.PARTIAL)
