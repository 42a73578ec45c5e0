"""`comity forms`: what messages are made of, and a bureau's own kinds of message from a file."""

from pathlib import Path
from typing import BinaryIO

import click

from comity.cli.failures import Command
from comity.cli.options import by_option, examples, home_option, json_option
from comity.cli.output import print_json, print_table

LANGUAGES = ["en", "fr", "es", "ar", "sl"]
language_option = click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the words shown."
)
file_argument = click.argument("file", type=click.File("rb"))


@click.group()
def forms() -> None:
    """Show the forms of messages; check, add and remove the bureau's own (docs/forms.md)."""


@forms.command(
    "list", cls=Command, epilog=examples("comity forms list --home si --language sl", "... --json")
)
@home_option
@language_option
@json_option
def list_(home: Path, language: str, as_json: bool) -> None:
    """Show every form in which this bureau can write."""
    from comity.cli.forms import list_forms
    from comity.cli.office import entered

    with entered(home):
        found = list_forms(language)
    if as_json:
        print_json(found)
        return
    rows = [(f.id, f.name, f.priority, f.clock or "-", f.fields, "own" if f.own else "") for f in found]
    print_table(("id", "name", "priority", "answer in", "fields", ""), rows)


@forms.command(cls=Command, epilog=examples("comity forms show vehicle_check --home si --language fr"))
@home_option
@language_option
@click.argument("form_id", metavar="ID")
@json_option
def show(home: Path, language: str, form_id: str, as_json: bool) -> None:
    """Show the fields of one form and what each takes."""
    from comity.cli.forms import show as show_form
    from comity.cli.office import entered
    from comity.protocol.forms import text_in

    with entered(home):
        form = show_form(form_id)
    if as_json:
        print_json(form)
        return
    click.echo(f"{form.id}: {text_in(form.name, language)}")
    rows = [
        (
            field.name,
            text_in(field.label, language),
            field.kind,
            "required" if field.required else "",
            ", ".join(choice.code for choice in field.choices),
        )
        for field in form.fields
    ]
    print_table(("field", "label", "kind", "", "codes"), rows)


@forms.command(cls=Command, epilog=examples("comity forms check fishing_boat.toml", "... --json"))
@file_argument
@json_option
def check(file: BinaryIO, as_json: bool) -> None:
    """Check the declaration in FILE (TOML or JSON). Needs no node and changes nothing."""
    from comity.cli.forms import inspect
    from comity.protocol.forms.declaring import MAX_SOURCE_BYTES

    found = inspect(file.read(MAX_SOURCE_BYTES + 1))
    if as_json:
        print_json(found)
        return
    click.echo(f"{found.id}: sound, {found.fields} fields, {found.bytes} bytes with each message.")
    for language, number in found.untranslated.items():
        click.echo(f"  {language}: {number} texts are not translated; its readers see English.")


@forms.command(cls=Command, epilog=examples("comity forms add fishing_boat.toml --home si --as approver"))
@home_option
@by_option
@file_argument
@json_option
def add(home: Path, username: str, file: BinaryIO, as_json: bool) -> None:
    """Add the form in FILE to this bureau's own, or put it in place of the one of the same id."""
    from comity.cli.forms import add as add_form
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock
    from comity.protocol.forms.declaring import MAX_SOURCE_BYTES

    source = file.read(MAX_SOURCE_BYTES + 1)
    with entered(home):
        form = add_form(username, source, SystemClock().now())
    if as_json:
        print_json(form)
    else:
        click.echo(f"{form.id} can be written now. Recipients need not install anything.")


@forms.command(cls=Command, epilog=examples("comity forms remove SI:fishing_boat --home si --as approver"))
@home_option
@by_option
@click.argument("form_id", metavar="ID")
@json_option
def remove(home: Path, username: str, form_id: str, as_json: bool) -> None:
    """Offer an own form no longer. Messages written with it stay readable."""
    from comity.cli.forms import remove as remove_form
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        remove_form(username, form_id, SystemClock().now())
    if as_json:
        print_json({"removed": form_id})
    else:
        click.echo(f"{form_id} is offered no longer.")
