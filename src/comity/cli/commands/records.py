"""`comity records`: the own bureau's records, from files and one by one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comity.cli.failures import Command, Exit
from comity.cli.options import as_option, examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, print_table, progress
from comity.kernel.codes import CollectionName
from comity.kernel.ids import RecordId

if TYPE_CHECKING:
    from comity.cli.records import SubmitReport

COLLECTIONS = [name.value for name in CollectionName]
collection_argument = click.argument("collection", type=click.Choice(COLLECTIONS))
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def records() -> None:
    """Submit, change, withdraw and list the records that this bureau owns."""


@records.command(
    cls=Command,
    epilog=examples(
        "comity records submit wanted.csv --collection persons --home si --as data",
        "comity records submit p.jsonl --collection persons --home si --as data --on-error skip-bad",
        "comity records columns persons > template.csv",
    ),
)
@home_option
@as_option
@file_argument
@click.option("--collection", type=click.Choice(COLLECTIONS), required=True)
@click.option(
    "--on-error",
    type=click.Choice(["all-or-nothing", "skip-bad"]),
    default="all-or-nothing",
    show_default=True,
    help="What to do with the good lines when some are bad.",
)
@json_option
@click.pass_context
def submit(
    ctx: click.Context,
    home: Path,
    username: str,
    file: Path,
    collection: str,
    on_error: str,
    as_json: bool,
) -> None:
    """Enter the records in FILE (CSV or JSON Lines, UTF-8) into a collection.

    Every bad line is reported with its code, field and remedy. Exit code 1 when nothing was entered
    because of bad lines, 3 when bad lines were skipped.
    """
    from comity.cli.files import read_records
    from comity.cli.office import entered
    from comity.cli.records import submit_rows
    from comity.kernel.clock import SystemClock

    name = CollectionName(collection)
    rows = list(read_records(file, name))
    with entered(home), progress("Entering records", len(rows)) as note:
        report = submit_rows(username, name, rows, on_error, SystemClock().now(), note)
    print_json(report) if as_json else _print_report(report)
    if report.problems:
        ctx.exit(Exit.PARTIAL if report.accepted else Exit.ERROR)


def _print_report(report: "SubmitReport") -> None:
    if report.problems:
        rows = [(p.line, p.code, p.field or "", p.remedy) for p in report.problems]
        print_table(("line", "code", "field", "remedy"), rows)
    print_pairs((("accepted", report.accepted), ("bad lines", len(report.problems))))
    if report.problems and not report.accepted:
        click.echo("Nothing was entered. Correct the lines, or use --on-error skip-bad.", err=True)


@records.command(cls=Command, epilog=examples("comity records columns persons > template.csv"))
@collection_argument
@json_option
def columns(collection: str, as_json: bool) -> None:
    """Print the first line of a table for COLLECTION."""
    from comity.collections import get
    from comity.collections.rows import columns as all_columns

    found = all_columns(get(CollectionName(collection)))
    print_json(found) if as_json else click.echo(",".join(found))


@records.command(
    cls=Command,
    epilog=examples("comity records change RECORD_ID --home si --as data --base-version 1 corrected.json"),
)
@home_option
@as_option
@click.argument("record_id")
@file_argument
@click.option(
    "--base-version", required=True, type=click.IntRange(1), help="Version that the change starts from."
)
@json_option
def change(home: Path, username: str, record_id: str, file: Path, base_version: int, as_json: bool) -> None:
    """Replace RECORD_ID by the one object in FILE, as `records show` prints and `submit` takes it."""
    from comity.cli.office import entered
    from comity.cli.records import change_record
    from comity.kernel.clock import SystemClock

    with entered(home):
        changed = change_record(username, RecordId(record_id), base_version, file, SystemClock().now())
    _print_record(changed, as_json=as_json)


@records.command(
    cls=Command,
    epilog=examples("comity records withdraw --home si --as data RECORD_ID --reason 'found by its holder'"),
)
@home_option
@as_option
@click.argument("record_id")
@click.option("--reason", required=True, help="Why; kept in the record's history.")
@json_option
def withdraw(home: Path, username: str, record_id: str, reason: str, as_json: bool) -> None:
    """Withdraw RECORD_ID everywhere. `comity records receipts` shows which copies have confirmed."""
    from comity.cli.office import entered
    from comity.cli.records import withdraw_record
    from comity.kernel.clock import SystemClock

    with entered(home):
        withdrawn = withdraw_record(username, RecordId(record_id), reason, SystemClock().now())
    _print_record(withdrawn, as_json=as_json)


@records.command(
    "list", cls=Command, epilog=examples("comity records list --home si --as data --state in_force")
)
@home_option
@as_option
@click.option("--collection", type=click.Choice(COLLECTIONS))
@click.option("--state", help="pending, in_force, refused, withdrawing or withdrawn.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def list_(
    home: Path,
    username: str,
    collection: str | None,
    state: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show the newest records of this bureau."""
    from comity.cli.office import entered
    from comity.cli.records import list_records
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = list_records(username, collection, state, limit, SystemClock().now())
    if as_json:
        print_json(found)
    else:
        rows = [(r.collection, r.title, r.owner_reference, r.version, r.state, r.record_id) for r in found]
        print_table(("collection", "record", "reference", "version", "state", "id"), rows)


@records.command(
    cls=Command, epilog=examples("comity records show --home si --as data RECORD_ID > record.json")
)
@home_option
@as_option
@click.argument("record_id")
@json_option
def show(home: Path, username: str, record_id: str, as_json: bool) -> None:
    """Print one record as `submit` and `change` take it."""
    from comity.cli.office import entered
    from comity.cli.records import show_record
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = show_record(username, RecordId(record_id), SystemClock().now())
    print_json(found if as_json else found["record"])


@records.command(cls=Command, epilog=examples("comity records receipts --home si --as data RECORD_ID --json"))
@home_option
@as_option
@click.argument("record_id")
@json_option
@click.pass_context
def receipts(ctx: click.Context, home: Path, username: str, record_id: str, as_json: bool) -> None:
    """Show which copies have confirmed that the withdrawn RECORD_ID is gone, and which have not.

    Exit code 3 while some are awaited.
    """
    from comity.cli.office import entered
    from comity.cli.records import receipts_of
    from comity.kernel.clock import SystemClock

    with entered(home):
        found = receipts_of(username, RecordId(record_id), SystemClock().now())
    if as_json:
        print_json(found)
    else:
        print_table(("copy", "confirmed"), [(r.copy, r.confirmed_at or "awaited") for r in found])
    if not found or any(receipt.confirmed_at is None for receipt in found):
        ctx.exit(Exit.PARTIAL)


def _print_record(record: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(record)
    else:
        click.echo(f"{record.record_id} version {record.version} is {record.state}.")
