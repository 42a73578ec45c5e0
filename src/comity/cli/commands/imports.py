"""`comity import`: published lists into records of the own bureau."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from comity.cli.failures import Command, Exit
from comity.cli.options import HOME_VARIABLE, examples, json_option
from comity.cli.output import print_json, print_pairs, print_table, progress
from comity.kernel.errors import ConfigurationError, ErrorCode

if TYPE_CHECKING:
    from comity.cli.imports import ImportReport
    from comity.collections.importers.results import ImportResult


_SHARED = (
    click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar=HOME_VARIABLE,
        show_envvar=True,
        help="Data directory of the bureau that will own the records; not needed with --dry-run.",
    ),
    click.option("--as", "username", default="", metavar="USERNAME", help="Account that acts (data owner)."),
    click.option("--dry-run", is_flag=True, help="Read and report only."),
    click.option(
        "--report",
        "report_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write everything that was not understood into this file, as JSON Lines.",
    ),
    json_option,
)


def shared(command: Any) -> Any:
    """Add the options that every import has."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.group("import")
def import_() -> None:
    """Bring in published lists as records of this bureau.

    What could not be understood is counted and listed, never dropped in silence. Doing it again
    enters only what is new. Exit code 3 when some records were refused.
    """


@import_.command(
    cls=Command,
    epilog=examples(
        "comity import ofac --dry-run --report problems.jsonl lists/ofac",
        "comity import ofac --home si --as data lists/ofac",
    ),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@shared
def ofac(folder: Path, **options: Any) -> None:
    """Read the sanctions list in FOLDER: sdn.csv, alt.csv and add.csv; individuals only."""
    from comity.cli.imports import OFAC, read_ofac_folder

    _run(OFAC, lambda: read_ofac_folder(folder), **options)


@import_.command(
    cls=Command,
    epilog=examples("comity import vehicles stolen.csv --home si --as data --country NZL"),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--country",
    "plate_country",
    metavar="CODE",
    help="Where plates are registered that say nothing about it.",
)
@shared
def vehicles(file: Path, plate_country: str | None, **options: Any) -> None:
    """Read the table of stolen vehicles in FILE; its first line names the columns."""
    from comity.cli.imports import read_vehicles_file

    _run("vehicles", lambda: read_vehicles_file(file, plate_country), **options)


def _run(
    name: str,
    read: "Callable[[], ImportResult]",
    *,
    home: Path | None,
    username: str,
    dry_run: bool,
    report_file: Path | None,
    as_json: bool,
) -> None:
    from comity.cli.imports import report_of

    if not dry_run and (home is None or not username):
        missing = "--home" if home is None else "--as"
        raise ConfigurationError(
            ErrorCode.CONFIG_MISSING, field=missing, remedy=f"Give {missing}, or --dry-run."
        )
    result = read()
    done: dict[str, int] = {}
    if home is not None and not dry_run:
        done = _enter(home, username, result)
    report = report_of(name, result, dry_run=dry_run, **done)
    if report_file is not None:
        report_file.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in report.details))
    if as_json:
        print_json(report)
    else:
        _print(report)
    if report.refused:
        click.get_current_context().exit(Exit.PARTIAL)


def _enter(home: Path, username: str, result: "ImportResult") -> dict[str, int]:
    from comity.cli.office import entered
    from comity.cli.records import enter_drafts
    from comity.kernel.clock import SystemClock

    with entered(home), progress("Entering records", len(result.drafts)) as note:
        return enter_drafts(username, result.drafts, SystemClock().now(), note).counts()


def _print(report: "ImportReport") -> None:
    rows = [
        (field, report.understood.get(field, 0), report.not_understood.get(field, 0), f"{share:.1%}")
        for field, share in report.share_understood.items()
    ]
    print_table(("field", "understood", "not understood", "share"), rows)
    print_pairs((f"left out: {kind}", count) for kind, count in report.left_out.items())
    facts = [(report.of, report.records)]
    if not report.dry_run:
        facts += [
            ("entered", report.entered),
            ("already there", report.already_there),
            ("refused", report.refused),
        ]
    print_pairs(facts)
