"""`comity unit`: sub-bureaus and national authorities below a bureau."""

from pathlib import Path

import click

from comity.cli.failures import Command
from comity.cli.options import by_option, examples, home_option, json_option
from comity.cli.output import print_json, print_table

KINDS = ["sub_bureau", "authority"]


@click.group()
def unit() -> None:
    """Open, close and list units: they receive through the bureau, and only what it passes on."""


@unit.command(
    cls=Command,
    epilog=examples(
        "comity unit add customs --home si --name 'Customs administration' --kind authority",
        "comity account add carina --home si --role operator --unit customs",
    ),
)
@home_option
@click.argument("code")
@click.option("--name", required=True, help="Name that people see.")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@by_option
@json_option
def add(home: Path, username: str, code: str, name: str, kind: str, as_json: bool) -> None:
    """Open the unit CODE (small letters, digits, dashes)."""
    from comity.cli.callers import caller_or_machine
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock

    with entered(home):
        from comity.office.units.models import UnitKind
        from comity.office.units.services import add_unit

        made = add_unit(code, name, UnitKind(kind), SystemClock().now(), caller_or_machine(username))
    if as_json:
        print_json({"code": made.code, "name": made.name, "kind": kind, "active": True})
    else:
        click.echo(f"{made.code} is open. Give it accounts: comity account add NAME --unit {made.code}")


@unit.command("list", cls=Command, epilog=examples("comity unit list --home si --json"))
@home_option
@json_option
def list_(home: Path, as_json: bool) -> None:
    """Show the units of this bureau."""
    from comity.cli.office import entered

    with entered(home):
        from comity.office.units.models import Unit

        found = [
            {"code": row.code, "name": row.name, "kind": row.kind, "active": row.active}
            for row in Unit.objects.order_by("code")
        ]
    if as_json:
        print_json(found)
        return
    rows = [(u["code"], u["name"], u["kind"], "yes" if u["active"] else "no") for u in found]
    print_table(("code", "name", "kind", "open"), rows)


@unit.command(cls=Command, epilog=examples("comity unit close customs --home si --as administrator"))
@home_option
@click.argument("code")
@click.option("--reopen", is_flag=True, help="Open it again instead.")
@by_option
@json_option
def close(home: Path, username: str, code: str, reopen: bool, as_json: bool) -> None:
    """Close the unit CODE: nothing more is passed on to it and its accounts see nothing more."""
    from comity.cli.callers import caller_or_machine
    from comity.cli.office import entered
    from comity.kernel.clock import SystemClock
    from comity.kernel.ids import UnitId

    with entered(home):
        from comity.office.units.services import set_active

        unit = set_active(UnitId(code), SystemClock().now(), caller_or_machine(username), active=reopen)
    if as_json:
        print_json({"code": unit.code, "active": unit.active})
    else:
        click.echo(f"{unit.code} is {'open' if unit.active else 'closed'}.")
