"""`comity attachment`: files that came with messages."""

from pathlib import Path

import click

from comity.cli.failures import Command
from comity.cli.options import as_option, examples, home_option, json_option
from comity.cli.output import print_json, print_table
from comity.kernel.ids import MessageId


@click.group()
def attachment() -> None:
    """List and get the files of messages. `comity message send --attach FILE` sends them."""


@attachment.command(
    "list",
    cls=Command,
    epilog=examples("comity attachment list --home si --as operator MESSAGE_ID"),
)
@home_option
@as_option
@click.argument("message_id")
@json_option
def list_(home: Path, username: str, message_id: str, as_json: bool) -> None:
    """Show the files of one message: type by content, size, and how far they have come."""
    from comity.cli.attachments import list_of_message
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = list_of_message(username, MessageId(message_id), SystemClock().now())
    if as_json:
        print_json(found)
        return
    rows = [
        (
            one.name + (" (!)" if one.misnamed else ""),
            one.media_type,
            f"{one.size:,}",
            f"{one.state} {one.percent} %" + (f" ({one.code})" if one.code else ""),
            one.attachment_id,
        )
        for one in found
    ]
    print_table(("name", "type by content", "bytes", "state", "id"), rows)
    if any(one.misnamed for one in found):
        click.echo("(!) The name says something else than the content, or it is a program.", err=True)


@attachment.command(
    cls=Command,
    epilog=examples(
        "comity attachment get --home si --as operator --output papers ATTACHMENT_ID",
        "# the same again goes on where it was cut",
    ),
)
@home_option
@as_option
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="A new file, or a folder to put it into under its own name.",
)
@click.argument("attachment_id")
@json_option
def get(home: Path, username: str, output: Path, attachment_id: str, as_json: bool) -> None:
    """Get an original. It can be harmful; who got it, and when, is written into the journal first."""
    from comity.cli.attachments import get_file
    from comity.cli.office import entered
    from comity.cli.output import staged_progress
    from comity.kernel.clock import SystemClock

    with entered(home), staged_progress() as tell:
        got = get_file(
            username,
            attachment_id,
            output,
            SystemClock().now(),
            lambda done, total: tell("getting", done, total),
        )
    if as_json:
        print_json(got)
    else:
        click.echo(f"{got.path}: {got.size:,} bytes, SHA-256 {got.sha256}")
