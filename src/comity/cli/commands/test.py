"""`comity test`: expensive proofs that everybody can run on his own machine."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from comity.cli.commands.stopping import stoppable
from comity.cli.failures import Command, Exit
from comity.cli.options import examples, json_option
from comity.cli.output import print_json

if TYPE_CHECKING:
    from comity.cli.bench.display import Bars, Lines, Quiet
    from comity.cli.faults.blind import BlindReport
    from comity.cli.faults.report import FaultReport

SQLITE: Final = "; or use --database sqlite"
SHOWN: Final = 20
"""Failures on the screen; `--json` has them all."""


@click.group()
def test() -> None:
    """Prove promises on real nodes, at a length that no test suite has the time for."""


database_option = click.option(
    "--database",
    type=click.Choice(["both", "sqlite", "postgresql"]),
    default="both",
    show_default=True,
    help="Where the nodes keep their rows; both: even seeds on SQLite, odd ones on PostgreSQL.",
)
folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path),
    help="Where the temporary folder is made; default: the system's place for temporary files.",
)


@test.command(
    cls=Command,
    epilog=examples(
        "comity test faults                                        # 20 schedules, a minute or two",
        "comity test faults --schedules 1000 --seed 1 --json > faults.json",
        "comity test faults --schedules 1 --seed 417               # one schedule again, in a new world",
    ),
)
@click.option(
    "--schedules",
    type=click.IntRange(1, 1_000_000),
    default=20,
    show_default=True,
    help="How many; each takes some seconds.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31),
    default=1,
    show_default=True,
    help="Of the first schedule; the next has the next number.",
)
@database_option
@folder_option
@json_option
@click.pass_context
def faults(
    ctx: click.Context,
    schedules: int,
    seed: int,
    database: str,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Break a relay and two bureaus in every way there is while they write to one another.

    Random schedules of kill -9, stopped processes, full disks, database restarts, lines cut both ways and
    one way, clocks an hour off, envelopes delivered twice and in another order, and restored backups. At
    the end an independent check compares what senders were told with what recipients see: nothing may be
    lost, doubled, out of order, altered or left unconfirmed. Exit code 1 when anything was; each finding
    is printed with the seed that gives the same schedule again. Ctrl-C ends the run with its present
    schedules and prints what was found so far.
    """
    from comity.cli.faults.run import FaultRun

    with stoppable(ctx, otherwise=SQLITE):
        run = FaultRun(schedules, seed, _databases(database), folder)
        with _display(as_json=as_json) as display:
            report = run.run(display)
    print_json(report) if as_json else _show_faults(report)
    if not report.whole:
        ctx.exit(Exit.ERROR)


@test.command(
    cls=Command,
    epilog=examples(
        "comity test blind                                         # 200 messages, a minute",
        "comity test blind --messages 10000 --json > blind.json",
    ),
)
@click.option(
    "--messages",
    type=click.IntRange(10, 1_000_000),
    default=200,
    show_default=True,
    help="How many are sent, all with the same canary in them.",
)
@database_option
@folder_option
@json_option
@click.pass_context
def blind(
    ctx: click.Context,
    messages: int,
    database: str,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Look through everything the relay keeps for a canary that every message holds.

    One message in ten carries a small file with another canary in its name and its content. Both are
    looked for plain, in base64, hexadecimal, UTF-16; in files, rows, write-ahead logs, journal and logs;
    while messages wait there and after they are delivered. The same search must find them at sender and
    recipient. Exit code 1 when the relay holds any of it.
    """
    from comity.cli.faults.blind import run

    with stoppable(ctx, otherwise=SQLITE), _display(as_json=as_json) as display:
        report = run(messages, _databases(database), folder, display)
    print_json(report) if as_json else _show_blind(report)
    if not report.blind:
        ctx.exit(Exit.ERROR)


def _databases(told: str) -> tuple[str, ...]:
    return ("sqlite", "postgresql") if told == "both" else (told,)


def _display(*, as_json: bool) -> "Bars | nullcontext[Lines | Quiet]":
    from comity.cli.bench.display import Bars, Lines, Quiet

    if sys.stderr.isatty():
        return Bars()
    return nullcontext(Quiet() if as_json else Lines())


_CUT_BY: Final = {
    "kernel": "the kernel, in a network of its own",
    "proxy": "holding bytes (needs root and nft for more)",
}


def _show_faults(report: "FaultReport") -> None:
    """Print the outcome for people."""
    from comity.cli.output import print_pairs

    print_pairs(
        [
            ("schedules", f"{report.schedules} from seed {report.seed}, in {report.seconds:.0f} s"),
            ("followed to the end", f"{report.judged}{', then stopped' if report.interrupted else ''}"),
            ("databases", ", ".join(f"{name} {count}" for name, count in report.databases.items())),
            ("messages", f"{report.messages}, {report.acknowledged} of them acknowledged"),
            ("faults", ", ".join(f"{kind} {count}" for kind, count in report.faults.items())),
            ("lines cut by", _CUT_BY[report.cut_by]),
            *((f"left out: {kind}", why) for kind, why in report.left_out.items()),
            ("lost", report.lost),
            ("doubled", report.doubled),
            ("out of order", report.out_of_order),
            ("altered", report.altered),
            ("unconfirmed", report.unconfirmed),
        ]
    )
    for one in report.failures[:SHOWN]:
        click.echo(
            f"\n{one.fault}: {one.text!r} from {one.sender} to {one.desk} ({one.database}) {one.detail}",
            err=True,
        )
        for trouble in one.troubles:
            click.echo(f"    {trouble}", err=True)
        if one.again:
            click.echo(f"  again: {one.again}", err=True)
    if len(report.failures) > SHOWN:
        click.echo(f"\n... and {len(report.failures) - SHOWN} more; --json prints all", err=True)
    for world in report.broken:
        seeds = f"seeds {world.seeds[0]} to {world.seeds[-1]}" if world.seeds else "before its first seed"
        click.echo(f"\na world on {world.database} fell to pieces ({seeds}):\n{world.why}", err=True)


def _show_blind(report: "BlindReport") -> None:
    """Print the outcome for people."""
    from comity.cli.output import print_pairs

    print_pairs(
        [
            ("messages", f"{report.messages}, {report.delivered} delivered, in {report.seconds:.0f} s"),
            ("files", f"{report.attachments}, {report.attachments_delivered} delivered"),
            ("databases", ", ".join(report.databases)),
            (
                "searched",
                f"{report.searched_files} files, {report.searched_bytes / 1e6:.0f} MB, and every row",
            ),
            ("found at the relay", ", ".join(report.found_at_relay) or "nothing"),
            ("found at the sender", "yes" if report.found_at_sender else "no: the search proves nothing"),
            (
                "found at the recipient",
                "yes" if report.found_at_recipient else "no: the search proves nothing",
            ),
            *((f"in the open: {part}", ", ".join(fields)) for part, fields in report.seen.items()),
        ]
    )
