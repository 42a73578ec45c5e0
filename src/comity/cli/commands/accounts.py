"""`comity account` and `comity grant`: people of one bureau, and what lets their programs in."""

from pathlib import Path
from typing import Any, TextIO

import click

from comity.cli.failures import Command
from comity.cli.options import as_option, by_option, examples, home_option, json_option
from comity.cli.output import print_json, print_table
from comity.kernel.codes import Purpose, Role

LANGUAGES = ["en", "fr", "es", "ar", "sl"]
SHORTEST_LIFE_S = 60
LONGEST_LIFE_S = 12 * 3600
"""`node.grants.MAX_GRANT_SECONDS`, repeated here so that help needs no keys; a test compares them."""


@click.group()
def account() -> None:
    """Add and list the accounts of a node's office."""


@account.command(
    cls=Command,
    epilog=examples(
        "comity account add ana --home si --name 'Ana K.' --role officer",
        "comity account add desk --home si --name 'Night desk' --role operator --role approver --json",
        "comity account add carina --home si --role operator --unit customs",
        "comity account add head --home si --role approver --prompt",
    ),
)
@home_option
@click.argument("new_username", metavar="USERNAME")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
@click.option("--name", default="", help="Name shown to colleagues; default: the username.")
@click.option("--language", default="en", show_default=True, type=click.Choice(LANGUAGES))
@click.option("--unit", default="", metavar="CODE", help="Unit below the bureau to which the person belongs.")
@click.option("--prompt", is_flag=True, help="Ask for the password twice.")
@click.option(
    "--password-file", type=click.File("r"), help="Take the password from the first line of a file."
)
@by_option
@json_option
def add(home: Path, new_username: str, roles: tuple[str, ...], as_json: bool, **more: Any) -> None:
    """Make the account USERNAME.

    Without --prompt and --password-file a password is drawn and printed this once.
    """
    from comity.cli.accounts import NewAccount, add_account, random_password
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    told = _password(prompt=more["prompt"], file=more["password_file"])
    new = NewAccount(
        new_username,
        told or random_password(),
        more["name"] or new_username,
        tuple(Role(role) for role in roles),
        more["language"],
        more["unit"],
    )
    with entered(home):
        officer = add_account(new, SystemClock().now(), more["username"])
    facts: dict[str, Any] = {"username": new_username, "officer": officer, "roles": list(roles)}
    if told is None:
        facts["password"] = new.password
    if as_json:
        print_json(facts)
        return
    click.echo(f"{new_username} may sign in now ({', '.join(roles)}).")
    if told is None:
        click.echo(f"Password, shown this once: {new.password}")


def _password(*, prompt: bool, file: TextIO | None) -> str | None:
    """Return the password that was given, None where one is to be drawn."""
    if file is not None:
        return file.readline().rstrip("\n")
    if prompt:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return None


@account.command("list", cls=Command, epilog=examples("comity account list --home si --json"))
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """Show who has an account and which roles."""
    from comity.cli.accounts import list_accounts
    from comity.cli.office import entered

    with entered(home):
        found = list_accounts()
    if as_json:
        print_json([{name: getattr(each, name) for name in each.__slots__} for each in found])
    else:
        rows = [
            (e.username, e.display_name, ", ".join(e.roles), e.unit, e.language, "yes" if e.active else "no")
            for e in found
        ]
        print_table(("username", "name", "roles", "unit", "language", "active"), rows)


@click.command(
    cls=Command,
    epilog=examples(
        "comity grant --home si --as officer --purpose border_control",
        "GRANT=$(comity grant --home si --as desk --purpose investigation --lifetime 28800)",
    ),
)
@home_option
@as_option
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    required=True,
    type=click.Choice([purpose.value for purpose in Purpose]),
    help="What may be asked for with it; may be repeated.",
)
@click.option(
    "--lifetime",
    default=600,
    show_default=True,
    type=click.IntRange(SHORTEST_LIFE_S, LONGEST_LIFE_S),
    help="Seconds.",
)
@json_option
def grant(home: Path, username: str, purposes: tuple[str, ...], lifetime: int, as_json: bool) -> None:
    """Print a grant for an account: `Authorization: Bearer ...` at this bureau's search and machine API."""
    from datetime import timedelta

    from comity.cli.accounts import grant_for
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock, to_wire

    at = SystemClock().now()
    with entered(home):
        token = grant_for(username, tuple(Purpose(purpose) for purpose in purposes), at, lifetime)
    if as_json:
        print_json({"grant": token, "expires_at": to_wire(at + timedelta(seconds=lifetime))})
    else:
        click.echo(token)
