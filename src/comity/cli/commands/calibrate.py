"""`comity calibrate`: the thresholds at which names raise alarms, measured against the node's own index."""

from pathlib import Path

import click

from comity.cli.failures import Command
from comity.cli.options import examples, home_option, json_option
from comity.cli.output import print_json, print_pairs, print_table, progress


@click.command(
    cls=Command,
    epilog=examples(
        "comity calibrate --home si",
        "comity calibrate --home si --clean travellers.csv --clean staff.csv",
        "comity calibrate --home si --clean travellers.csv --made-up 20000 --json",
        "comity calibrate --home si --check-made-up 36000",
    ),
)
@home_option
@click.option(
    "--clean",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="CSV of people who are on no list: full_name, date_of_birth. Better than made-up ones; repeatable.",
)
@click.option(
    "--made-up",
    type=click.IntRange(min=0, max=1_000_000),
    metavar="N",
    help="Make up N people of all scripts; 36000 unless files are given.",
)
@click.option(
    "--check",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="CSV of other people who are on no list: says how often they raise an alarm then; repeatable.",
)
@click.option(
    "--check-made-up",
    type=click.IntRange(min=0, max=1_000_000),
    default=0,
    metavar="N",
    help="Try the thresholds on N other made-up people.",
)
@json_option
def calibrate(
    home: Path,
    files: tuple[Path, ...],
    made_up: int | None,
    check: tuple[Path, ...],
    check_made_up: int,
    as_json: bool,
) -> None:
    """Measure at which score how many people on no list raise an alarm, and go by it from now on.

    For each script, and for a name alone, with the year and with the whole date of birth, the threshold
    for 1 %, 0.1 % and 0.01 % is found; which rate counts is `alarm_rate` in comity.toml. A rate for
    which too few people were measured has no threshold: the shipped one stays. Run it again after large
    imports and updates; `comity index status` says when. Searches go on meanwhile.
    """
    from comity.cli.calibration import MADE_UP, Clean
    from comity.cli.calibration import calibrate as measure
    from comity.kernel.clock import SystemClock
    from comity.kernel.codes import AlarmRate
    from comity.node.home import NodeHome

    if made_up is None:
        made_up = 0 if files else MADE_UP
    node = NodeHome.open(home)
    clean = Clean(files=files, made_up=made_up, check=check, check_made_up=check_made_up)
    with progress("Asking for people on no list", clean.count()) as note:
        report = measure(node, clean, SystemClock().now(), note)
    if as_json:
        print_json(report)
        return
    print_table(("script", "asked", "people", *AlarmRate), report.rows())
    if report.checked:
        print_table(("of others", "asked", "people", *AlarmRate), report.checked_rows())
    found = report.calibration
    pairs = [("people", found.people), ("against", f"{found.names} names, feed position {found.sequence}")]
    pairs += [(f"needed for {rate}", f"{count} of one script") for rate, count in report.needed.items()]
    if report.not_read.rows:
        pairs.append(("not understood", f"{report.not_read.rows} rows, first: {report.not_read.first}"))
    print_pairs(pairs)
