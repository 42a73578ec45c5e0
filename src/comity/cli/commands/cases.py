"""`comity case`: the desk's cases and their templates, from scripts and terminals."""

from pathlib import Path
from typing import BinaryIO

import click

from comity.cli.failures import Command
from comity.cli.options import as_option, by_option, examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, print_table


@click.group()
def case() -> None:
    """See cases; add and remove the bureau's own templates of cases (docs/operators.md)."""


@case.command("list", cls=Command, epilog=examples("comity case list --home si --as operator --state open"))
@home_option
@as_option
@click.option("--state", type=click.Choice(["open", "waiting", "closed"]), default=None, help="Only these.")
@json_option
def list_(home: Path, username: str, state: str | None, as_json: bool) -> None:
    """List the newest 200 cases that the account may read."""
    from comity.cli.cases import list_cases
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = list_cases(username, state or "", SystemClock().now())
    if as_json:
        print_json(found)
        return
    rows = [(c["number"], c["state"], c["label"], (c["due_at"] or "-")[:16], c["title"]) for c in found]
    print_table(("number", "state", "label", "due", "title"), rows)


@case.command(cls=Command, epilog=examples("comity case show --home si --as operator SI-2026-000123"))
@home_option
@as_option
@click.argument("number")
@json_option
def show(home: Path, username: str, number: str, as_json: bool) -> None:
    """Show one case by its NUMBER with what is in it; that it was read is noted."""
    from comity.cli.cases import show as show_case
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = show_case(username, number, SystemClock().now())
    if as_json:
        print_json(found)
        return
    header = found["header"]
    shown = ("number", "title", "state", "outcome", "label", "due_at", "opened_at", "merged_into")
    print_pairs((name.replace("_", " "), header[name]) for name in shown if header[name])
    if found["summary"]:
        click.echo(f"\n{found['summary']}")
    rows = [
        (i["kind"], i["happened_at"][:16], "finding" if i["finding"] else "", i["text"] or i["target"])
        for i in found["items"]
    ]
    click.echo()
    print_table(("what", "happened", "", "text"), rows)


@case.command(cls=Command, epilog=examples("comity case templates --home si --language sl"))
@home_option
@click.option(
    "--language", type=click.Choice(["en", "fr", "es", "ar", "sl"]), default="en", show_default=True,
    help="Of the names shown.",
)  # fmt: skip
@json_option
def templates(home: Path, language: str, as_json: bool) -> None:
    """List the templates after which this bureau can open a case."""
    from comity.cli.cases import templates as list_templates
    from comity.cli.office import entered

    with entered(home):
        found = list_templates(language)
    if as_json:
        print_json(found)
        return
    rows = [(t["id"], t["name"], t["label"], t["tasks"], "own" if t["own"] else "") for t in found]
    print_table(("id", "name", "label", "tasks", ""), rows)


@case.command("add-template", cls=Command, epilog=examples("comity case add-template boat.toml --home si"))
@home_option
@by_option
@click.argument("file", type=click.File("rb"))
@json_option
def add_template(home: Path, username: str, file: BinaryIO, as_json: bool) -> None:
    """Add the template in FILE to this bureau's own, or put it in place of the one of the same id."""
    from comity.cli.cases import add_template as add
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    source = file.read(64 * 1024)
    with entered(home):
        added = add(username, source, SystemClock().now())
    if as_json:
        print_json({"added": added})
    else:
        click.echo(f"Cases can be opened after {added} now.")


@case.command(
    "remove-template", cls=Command, epilog=examples("comity case remove-template SI:boat --home si")
)
@home_option
@by_option
@click.argument("template_id", metavar="ID")
@json_option
def remove_template(home: Path, username: str, template_id: str, as_json: bool) -> None:
    """Offer an own template no longer. Cases that were opened after it stay as they are."""
    from comity.cli.cases import remove_template as remove
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        remove(username, template_id, SystemClock().now())
    if as_json:
        print_json({"removed": template_id})
    else:
        click.echo(f"{template_id} is offered no longer.")
