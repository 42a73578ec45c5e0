"""`comity verify`: check a signed paper offline, with the member directory that a node holds."""

from pathlib import Path

import click
import msgspec

from comity.cli.failures import Command
from comity.cli.options import examples, home_option, json_option
from comity.cli.output import print_json, print_pairs


@click.group()
def verify() -> None:
    """Check signed papers without any line to another node."""


@verify.command(
    cls=Command,
    epilog=examples(
        "comity message show --home si --as operator --receipts DIR MESSAGE_ID",
        "comity verify receipt --home si DIR/delivered.json",
    ),
)
@home_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def receipt(home: Path, file: Path, as_json: bool) -> None:  # noqa: FBT001
    """Check the receipt in FILE: of a message, or of a deletion, against its signer's public keys.

    Exit code 1 and receipt.invalid when the signature does not hold.
    """
    from comity.cli.verification import verify_file
    from comity.node.home import NodeHome

    found = verify_file(file, NodeHome.open(home).directory.last())
    if as_json:
        print_json(found)
        return
    click.secho("The signature holds.", fg="green")
    facts = msgspec.structs.asdict(found)
    print_pairs(
        (name.replace("_", " "), ", ".join(value) if isinstance(value, list) else value)
        for name, value in facts.items()
        if value not in ("", None, [])
    )
