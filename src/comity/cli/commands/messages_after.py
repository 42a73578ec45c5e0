"""`comity message`: what is done with messages after sending, disclose, recall, correct, export."""

from pathlib import Path
from typing import Any, Final, TextIO

import click

from comity.cli.failures import Command
from comity.cli.options import as_option, examples, home_option, json_option
from comity.cli.output import print_json, print_pairs
from comity.cli.releases import how_to_release
from comity.kernel.codes import Purpose
from comity.kernel.ids import MessageId

LANGUAGES: Final = ["en", "fr", "es", "ar", "sl"]


@click.command(
    cls=Command,
    epilog=examples("comity message disclose --home si --as operator --reason 'It is disputed.' MESSAGE_ID"),
)
@home_option
@as_option
@click.option("--reason", required=True, help="Why the secretariat must see it; the approver reads this.")
@click.argument("message_id")
@json_option
def disclose(home: Path, username: str, reason: str, message_id: str, as_json: bool) -> None:
    """Ask that one message be shown to the secretariat. Another person must approve (comity approval)."""
    from comity.cli.approvals import ask_disclosure
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        asked = ask_disclosure(username, MessageId(message_id), reason, SystemClock().now())
    if as_json:
        print_json(asked)
    else:
        click.echo(f"Asked. It waits for another person: {asked['header']['approval_id']}")


@click.command(
    cls=Command,
    epilog=examples("comity message recall --home si --as operator --reason 'Wrong bureau.' MESSAGE_ID"),
)
@home_option
@as_option
@click.option("--reason", required=True, help="Why; every recipient reads it.")
@click.argument("message_id")
@json_option
def recall(home: Path, username: str, reason: str, message_id: str, as_json: bool) -> None:
    """Take a message back: every recipient's node erases it and confirms that, signed."""
    from comity.cli.aftermath import recall as recall_message
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        sent = recall_message(username, MessageId(message_id), reason, SystemClock().now())
    _sent(sent, as_json=as_json)


@click.command(
    cls=Command,
    epilog=examples("comity message correct --home si --as operator --what number MESSAGE_ID right.txt"),
)
@home_option
@as_option
@click.option("--what", multiple=True, required=True, help="Code of the form `correction`: number, date, ...")
@click.argument("message_id")
@click.argument("text", type=click.File("r", encoding="utf-8"))
@json_option
def correct(
    home: Path,
    username: str,
    what: tuple[str, ...],
    message_id: str,
    text: TextIO,
    as_json: bool,
) -> None:
    """Send the words in the file TEXT in place of a message, which is marked at every recipient."""
    from comity.cli.aftermath import correct as correct_message
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        sent = correct_message(username, MessageId(message_id), what, text.read(), SystemClock().now())
    _sent(sent, as_json=as_json)


@click.command(
    cls=Command,
    epilog=examples(
        "comity message export --home si --as operator --purpose investigation --out t.zip THREAD_ID",
        "comity message export --home si --as operator --purpose alert --pdf --out t.pdf THREAD_ID",
    ),
)
@home_option
@as_option
@click.option("--purpose", required=True, type=click.Choice([purpose.value for purpose in Purpose]))
@click.option("--pdf", is_flag=True, help="For reading; else a bundle that proves itself.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    help="Of the words.",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.argument("thread_id")
@json_option
def export(home: Path, username: str, thread_id: str, out: Path, as_json: bool, **more: Any) -> None:
    """Take a thread away as a bundle (comity verify bundle) or as PDF. The journal keeps what for."""
    from comity.cli.aftermath import export as export_thread
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    as_what = "pdf" if more["pdf"] else "bundle"
    with entered(home):
        purpose = Purpose(more["purpose"])
        made = export_thread(username, thread_id, as_what, purpose, more["language"], SystemClock().now())
    out.write_bytes(made.data)
    facts = {"file": str(out), "sha256": made.sha256, "size": len(made.data)}
    if as_json:
        print_json(facts)
    else:
        print_pairs(facts.items())


def _sent(sent: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(sent)
    elif "approval_id" in sent:
        click.echo(how_to_release(sent["approval_id"], sent["content_hash"], sent["grounds"]))
    else:
        click.echo(f"{sent['sent_as']} is on its way; each recipient confirms it with {sent['message_id']}.")


AFTER_SENDING: Final = (disclose, recall, correct, export)
