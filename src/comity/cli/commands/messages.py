"""`comity message`: sealed messages between bureaus, from scripts and terminals."""

from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click
import msgspec

from comity.cli.commands.messages_after import AFTER_SENDING, LANGUAGES
from comity.cli.failures import Command
from comity.cli.options import as_option, examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, print_table
from comity.cli.releases import how_to_release
from comity.kernel.codes import HandlingLabel, Priority, ReceiptKind
from comity.kernel.ids import BureauId, MessageId, ThreadId


@click.group()
def message() -> None:
    """Send and read sealed messages. Only the two bureaus can read them; receipts are signed."""


@message.command(
    cls=Command,
    epilog=examples(
        "comity message send --home si --as operator --to FR --subject 'Car on the A7' letter.txt",
        "echo 'Please confirm.' | comity message send --home si --as operator --to FR --subject 'Hit' -",
        "comity message send --home si --as operator --to FR --form vehicle_check \\",
        "    --field plate='KR XQ-1' --field plate_country=SVN --field purpose=border_control",
        "comity message send --home si --as operator --reach region:europe --subject 'Warning' letter.txt",
        "comity message send --home si --as operator --to FR --subject 'Film' --attach film.mp4 letter.txt",
    ),
)
@home_option
@as_option
@click.option("--to", "to", multiple=True, metavar="CODE", help="Bureau that receives it; may be repeated.")
@click.option("--reach", default="", metavar="WHOM", help="In place of --to: all, or region:NAME.")
@click.option("--form", default="free_text", show_default=True, help="See comity forms list.")
@click.option("--field", "pairs", multiple=True, metavar="NAME=VALUE", help="A coded field; may be repeated.")
@click.option("--subject", default="", help="Needed for free text, but not in a reply.")
@click.option("--thread", help="Continue this thread.")
@click.option(
    "--priority",
    type=click.Choice([priority.value for priority in Priority]),
    help="Left out, the form's own.",
)
@click.option(
    "--label",
    type=click.Choice([label.value for label in HandlingLabel]),
    default=HandlingLabel.OFFICIAL.value,
    show_default=True,
)
@click.option("--show-recipients", is_flag=True, help="Tell the recipients of one another.")
@click.option(
    "--attach",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file to send along, 2 GiB at most; may be repeated. After a cut the same again goes on.",
)
@click.argument("text", type=click.File("r", encoding="utf-8"), required=False)
@json_option
def send(home: Path, username: str, text: TextIO | None, as_json: bool, **told: Any) -> None:
    """Send the words in the file TEXT (`-` for standard input) or a coded form, or both.

    It is on its way when this returns; or, where the bureau demands it, it waits until another person
    has released it (comity approval).
    """
    from comity.cli.messages import MessageLine, NewMessage, fields_from
    from comity.cli.messages import send as send_message
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    new = NewMessage(
        recipients=[BureauId(code) for code in told["to"]],
        reach=told["reach"],
        form=told["form"],
        fields=fields_from(told["pairs"]),
        subject=told["subject"],
        text="" if text is None else text.read(),
        priority=Priority(told["priority"]) if told["priority"] else None,
        label=HandlingLabel(told["label"]),
        thread_id=ThreadId(told["thread"]) if told["thread"] else None,
        show_recipients=told["show_recipients"],
    )
    with entered(home):
        new = msgspec.structs.replace(new, attachments=_attached(username, told["files"]))
        sent = send_message(username, new, SystemClock().now())
    if as_json:
        print_json(sent)
    elif isinstance(sent, MessageLine):
        click.echo(f"{sent.message_id} is {sent.state} for {', '.join(sent.recipients)}.")
    else:
        click.echo(how_to_release(sent.approval_id, sent.content_hash, sent.grounds))


def _attached(username: str, files: tuple[Path, ...]) -> list[str]:
    """Bring files in, with a bar for each, and return their ids."""
    from comity.cli.attachments import attach_file
    from comity.cli.output import staged_progress
    from comity.kernel.clock import SystemClock

    at = SystemClock().now()
    with staged_progress() as tell:
        return [attach_file(username, path, at, partial(tell, path.name)) for path in files]


@message.command(
    "pass-on",
    cls=Command,
    epilog=examples("comity message pass-on --home si --as operator --unit customs MESSAGE_ID"),
)
@home_option
@as_option
@click.option("--unit", required=True, metavar="CODE", help="Unit below the bureau that is to see it.")
@click.option("--note", default="", help="Why.")
@click.argument("message_id")
@json_option
def pass_on(home: Path, username: str, unit: str, note: str, message_id: str, as_json: bool) -> None:
    """Give one message to a unit below the bureau; the journal keeps who did."""
    from comity.cli.messages import pass_on as give
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        give(username, MessageId(message_id), unit, note, SystemClock().now())
    if as_json:
        print_json({"message_id": message_id, "unit": unit})
    else:
        click.echo(f"{unit} sees {message_id} now.")


@message.command(
    "list", cls=Command, epilog=examples("comity message list --home si --as operator --limit 20")
)
@home_option
@as_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_(home: Path, username: str, limit: int, as_json: bool) -> None:
    """Show the newest messages of the bureau, sent and received."""
    from comity.cli.messages import list_messages
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = list_messages(username, SystemClock().now(), limit)
    if as_json:
        print_json(found)
    else:
        rows = [
            (
                m.at[:19],
                m.sender,
                ", ".join(m.recipients),
                m.form,
                m.priority,
                m.state,
                m.subject,
                m.message_id,
            )
            for m in found
        ]
        print_table(("at", "from", "to", "form", "priority", "state", "subject", "id"), rows)


@message.command(cls=Command, epilog=examples("comity message alarms --home si --as operator --json"))
@home_option
@as_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def alarms(home: Path, username: str, limit: int, as_json: bool) -> None:
    """Show what the line has not delivered, or is missing. Most end by themselves."""
    from comity.cli.messages import list_alarms
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = list_alarms(username, SystemClock().now(), limit)
    if as_json:
        print_json(found)
        return
    rows = [(a["raised_at"][:19], a["peer"], a["what"], a["message_id"] or "", a["alarm_id"]) for a in found]
    print_table(("since", "bureau", "what", "message", "alarm"), rows)


@message.command(
    "set-aside", cls=Command, epilog=examples("comity message set-aside --home si --as operator ALARM_ID")
)
@home_option
@as_option
@click.argument("alarm_id", type=click.IntRange(1, 2**63 - 1))
@json_option
def set_aside(home: Path, username: str, alarm_id: int, as_json: bool) -> None:
    """Set aside an alarm that does not end by itself (expired, given up). The journal keeps who did."""
    from comity.cli.messages import set_alarm_aside
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        set_alarm_aside(username, alarm_id, SystemClock().now())
    if as_json:
        print_json({"alarm_id": alarm_id})
    else:
        click.echo(f"Alarm {alarm_id} is set aside.")


@message.command(
    cls=Command,
    epilog=examples("comity message show --home si --as operator --receipts papers MESSAGE_ID"),
)
@home_option
@as_option
@click.argument("message_id")
@click.option(
    "--receipts",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the signed receipts into this folder.",
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the coded fields."
)
@json_option
def show(
    home: Path,
    username: str,
    message_id: str,
    receipts: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Show one message. A received one counts as read, and its sender gets a signed receipt."""
    from comity.cli.messages import show as show_message
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = show_message(username, MessageId(message_id), SystemClock().now(), language)
    if receipts is not None:
        receipts.mkdir(parents=True, exist_ok=True)
        for receipt in found.receipts:
            (receipts / f"{receipt['kind']}.json").write_bytes(msgspec.json.encode(receipt))
    if as_json:
        print_json(found)
        return
    facts = msgspec.structs.asdict(found)
    shown = (
        "subject",
        "form",
        "sender",
        "recipients",
        "at",
        "priority",
        "label",
        "state",
        "delivered_at",
        "read_at",
    )
    print_pairs((name.replace("_", " "), facts[name]) for name in shown if facts[name])
    print_pairs(
        (line.label, f"{line.value} ({line.note})" if line.note else line.value) for line in found.coded
    )
    click.echo(f"\n{found.text}")


@message.command(
    cls=Command,
    epilog=examples(
        "comity message receipt --home si --as operator MESSAGE_ID --out paper.json",
        "... --recipient FR --kind read --out paper.json",
        "comity verify receipt paper.json",
    ),
)
@home_option
@as_option
@click.argument("message_id")
@click.option("--recipient", default="", metavar="CODE", help="Whose; needed where several have confirmed.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ReceiptKind]),
    default=None,
    help="Left out, the one that says most.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the paper is written.",
)
@json_option
def receipt(
    home: Path,
    username: str,
    message_id: str,
    recipient: str,
    kind: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write a receipt of an own message as one paper that proves by itself, for a court or an auditor."""
    from comity.cli.messages import receipt_paper
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        paper = receipt_paper(username, MessageId(message_id), recipient, kind or "", SystemClock().now())
    out.write_bytes(msgspec.json.format(msgspec.json.encode(paper), indent=1))
    facts = {"file": str(out), "kind": paper.receipt.kind, "recipient": paper.receipt.recipient}
    print_json(facts) if as_json else print_pairs(facts.items())


for _command in AFTER_SENDING:
    message.add_command(_command)
