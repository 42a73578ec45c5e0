"""The `comity` command. Commands are imported when they are called, so that `comity --help` is quick."""

import importlib
from types import MappingProxyType
from typing import Any, Final

import click

from comity import __version__

COMMANDS: Final = MappingProxyType(
    {
        "init": ("comity.cli.commands.nodes:init", "Make a node: keys, certificate, settings."),
        "invite": ("comity.cli.commands.members:invite", "Invite a node to this network (secretariat)."),
        "join": ("comity.cli.commands.nodes:join", "Turn an invitation into membership."),
        "member": ("comity.cli.commands.members:member", "List, suspend and remove members."),
        "key": ("comity.cli.commands.keys:key", "List, change and revoke a node's keys; drill it."),
        "run": ("comity.cli.commands.nodes:run", "Start and watch all processes of a node."),
        "status": ("comity.cli.commands.nodes:status", "Say how a node is."),
        "account": ("comity.cli.commands.accounts:account", "Add and list accounts."),
        "grant": ("comity.cli.commands.accounts:grant", "Print a short-lived grant for machine use."),
        "search": ("comity.cli.commands.searches:search", "Ask for a document, a plate, a VIN, a person."),
        "records": ("comity.cli.commands.records:records", "Submit, change, withdraw and list own records."),
        "import": ("comity.cli.commands.imports:import_", "Bring in published lists."),
        "message": ("comity.cli.commands.messages:message", "Send and read sealed messages."),
        "case": ("comity.cli.commands.cases:case", "See cases, add templates of cases."),
        "forms": ("comity.cli.commands.forms:forms", "Show the forms of messages, add the bureau's own."),
        "unit": ("comity.cli.commands.units:unit", "Open and list units below the bureau."),
        "approval": (
            "comity.cli.commands.approvals:approval",
            "Approve what binds the country, or refuse it.",
        ),
        "attachment": (
            "comity.cli.commands.attachments:attachment",
            "List and get files that came with messages.",
        ),
        "index": ("comity.cli.commands.index:index", "Look at the index, check it, build it anew."),
        "calibrate": (
            "comity.cli.commands.calibrate:calibrate",
            "Measure at which score names raise alarms.",
        ),
        "verify": ("comity.cli.commands.verify:verify", "Check signed papers without any line."),
        "bench": ("comity.cli.commands.bench:bench", "Measure this installation beside budgets and peers."),
        "test": ("comity.cli.commands.test:test", "Prove promises on real nodes under faults."),
        "demo": ("comity.cli.commands.demo:demo", "Start a whole made-up network and show it at work."),
    }
)
"""Where each command is, and its line in the overview."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and first lines before it has imported them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - signature of the base
        """Return the commands in the order in which a new network meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - signature of the base
        """Import a command, None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - signature of the base
        """Write the overview without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="comity")
def cli() -> None:
    r"""Comity: an open police cooperation network.

    \b
    comity demo           a whole network on this machine, in one command
    comity COMMAND -h     what a command takes, with examples

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 done in part, 4 not allowed.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; ends the process."""
    return cli(args=arguments, prog_name="comity")
