"""`comity search`: one question to this node's running search, in the name of an account."""

from pathlib import Path
from typing import Any

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import as_option, examples, home_option, json_option, purpose_option
from comity.cli.output import print_json
from comity.kernel.codes import DocumentKind, NotificationPolicy, Sex

_SHARED = (
    home_option,
    as_option,
    purpose_option,
    click.option(
        "--notify",
        type=click.Choice([policy.value for policy in NotificationPolicy]),
        default=NotificationPolicy.AT_ONCE.value,
        show_default=True,
        help="When the owner of a record that is found is told.",
    ),
    click.option("--reference", default="", help="Your own reference, at most 100 characters."),
    json_option,
)


def shared(command: Any) -> Any:
    """Add the options that every question has."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.group()
def search() -> None:
    """Ask the sources of this node. Every question is journaled with account and purpose.

    Exit code 0 for HIT, POSSIBLE and NO RECORD, 3 for INCOMPLETE: a source did not answer.
    """


def _ask(query: dict[str, Any], *, home: Path, username: str, as_json: bool, **more: str) -> None:
    from comity.cli.asking import ask

    answer = ask(home, username, {k: v for k, v in query.items() if v is not None}, **more)
    if as_json:
        print_json(answer)
    else:
        from comity.cli.answers import print_answer

        print_answer(answer)
    if answer.state == "INCOMPLETE":
        click.get_current_context().exit(Exit.PARTIAL)


@search.command(
    cls=Command,
    epilog=examples(
        "comity search document --home si --as officer --purpose border_control P1234567 --country SVN"
    ),
)
@click.argument("number")
@click.option("--country", help="Issuing state, three letters.")
@click.option("--type", "type_", type=click.Choice([kind.value for kind in DocumentKind]))
@shared
def document(number: str, country: str | None, type_: str | None, **more: Any) -> None:
    """Ask for a travel document by its NUMBER."""
    _ask({"kind": "document", "number": number, "country": country, "type": type_}, **more)


@search.command(
    cls=Command,
    epilog=examples("comity search mrz --home si --as officer --purpose border_control LINE1 LINE2"),
)
@click.argument("lines", nargs=-1, required=True)
@click.option("--accept-wrong-check-digits", is_flag=True, help="Search it as it stands.")
@shared
def mrz(lines: tuple[str, ...], accept_wrong_check_digits: bool, **more: Any) -> None:
    """Ask for document and holder of a machine-readable zone, its LINES as read."""
    query = {"kind": "mrz", "lines": list(lines), "accept_wrong_check_digits": accept_wrong_check_digits}
    _ask(query, **more)


@search.command(
    cls=Command,
    epilog=examples("comity search plate --home si --as officer --purpose investigation 'LJ AB-123'"),
)
@click.argument("plate")
@click.option("--country", help="Where it is registered, three letters.")
@shared
def plate(plate: str, country: str | None, **more: Any) -> None:
    """Ask for a vehicle by its PLATE."""
    _ask({"kind": "plate", "plate": plate, "country": country}, **more)


@search.command(
    cls=Command,
    epilog=examples("comity search vin --home si --as officer --purpose investigation WVWZZZ1JZXW000001"),
)
@click.argument("vin")
@shared
def vin(vin: str, **more: Any) -> None:
    """Ask for a vehicle by its identification number, or by the last eight signs of it."""
    _ask({"kind": "vin", "vin": vin}, **more)


@search.command(
    cls=Command,
    epilog=examples("comity search engine --home si --as officer --purpose investigation '4AGE 1234567'"),
)
@click.argument("engine")
@shared
def engine(engine: str, **more: Any) -> None:
    """Ask for a vehicle by the number of its ENGINE."""
    _ask({"kind": "engine", "engine": engine}, **more)


@search.command(
    cls=Command,
    epilog=examples(
        "comity search vehicle --home si --as officer --purpose investigation 'white VW Golf' --year 2009"
    ),
)
@click.argument("description")
@click.option("--year", type=int, help="Model year; one year off still counts.")
@click.option("--country", help="Where it is registered, three letters.")
@shared
def vehicle(description: str, year: int | None, country: str | None, **more: Any) -> None:
    """Ask for vehicles by DESCRIPTION: at least two words of make, model, colour and kind."""
    _ask({"kind": "vehicle", "description": description, "year": year, "country": country}, **more)


@search.command(
    cls=Command,
    epilog=examples(
        "comity search person --home si --as officer --purpose border_control 'Kos Ana' --birth-date 1970-05",
    ),
)
@click.argument("name")
@click.option("--birth-date", help="YYYY, YYYY-MM or YYYY-MM-DD.")
@click.option("--sex", type=click.Choice([sex.value for sex in Sex]))
@click.option("--nationality", help="Three letters.")
@shared
def person(name: str, birth_date: str | None, sex: str | None, nationality: str | None, **more: Any) -> None:
    """Ask for a person by NAME, in any script."""
    query = {"kind": "person", "name": name, "birth_date": birth_date, "sex": sex, "nationality": nationality}
    _ask(query, **more)


@search.command(
    cls=Command,
    epilog=examples("comity search text --home si --as officer --purpose border_control P1234567"),
)
@click.argument("text")
@click.option("--birth-date", help="YYYY, YYYY-MM or YYYY-MM-DD.")
@shared
def text(text: str, birth_date: str | None, **more: Any) -> None:
    """Ask for whatever TEXT is: number, plate, vehicle or name; the answer says how it was understood."""
    _ask({"kind": "text", "text": text, "birth_date": birth_date}, **more)
