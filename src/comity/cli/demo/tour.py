"""The tour: make a world, fill it, show what Comity promises, and measure."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from comity.cli.demo import deletion, desks, filling, searches
from comity.cli.demo.doors import Doors, StepFailedError
from comity.cli.demo.report import Report
from comity.cli.demo.stage import Stage
from comity.cli.world.clients import RefusedError
from comity.cli.world.plans import MEMBERS
from comity.cli.world.world import World
from comity.kernel.errors import ComityError


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be shown, and the fields of the report that it fills."""

    title: str
    fields: tuple[str, ...]
    run: Callable[[Stage], None]


class Display(Protocol):
    """Is told how the tour goes."""

    def begin(self, title: str) -> None:
        """A step begins."""

    def note(self, text: str) -> None:
        """What the present step does now."""

    def end(self, title: str, shown: str, *, held: bool) -> None:
        """A step has ended with a value for people."""


STEPS: Final = (
    Step("A stolen passport is read at the border", ("document_hit",), searches.document_hit),
    Step("The hit opens on both desks", ("alarm_searcher_ms", "alarm_owner_ms"), desks.alarms),
    Step("A listed person is found by an alias", ("listed_person_found_by_alias",), searches.by_alias),
    Step("... and by an Arabic spelling", ("arabic_spelling_found",), searches.in_arabic),
    Step(
        "A restricted record does not exist for the country that may not see it",
        ("restricted_record_invisible_to_denied_country",),
        searches.restricted,
    ),
    Step("No record: every source has answered", ("no_record_complete",), searches.no_record),
    Step("A search without a purpose is refused", ("search_without_purpose_refused",), searches.no_purpose),
    Step("A sealed message arrives", ("message_delivered_ms",), desks.message),
    Step("Its receipt is signed by the recipient", ("receipt_verified",), desks.receipt),
    Step("The relay cannot read what waits at it", ("relay_holds_no_plaintext",), desks.blind_relay),
    Step(
        "A dead source makes the answer incomplete", ("dead_source_marked_incomplete",), searches.dead_source
    ),
    Step("The border post answers alone", ("post_answers_offline",), searches.post_alone),
    Step("A withdrawn record is gone everywhere", ("withdrawn_gone_ms",), deletion.withdrawal),
    Step("... and every copy has signed that it is gone", ("deletion_receipts",), deletion.receipts),
)


def build(folder: Path, list_folder: Path | None, display: Display) -> Stage:
    """Make and fill a world; raises what it cannot start with, and `StepFailedError`."""
    title = "Secretariat, three bureaus and a border post start"
    display.begin(title)
    world = World.create(folder, MEMBERS, note=display.note)
    stage = Stage(world, Doors(world))
    try:
        stage.report.world_up_s = round(world.up_s, 1)
        display.end(title, f"{world.up_s:.1f} s", held=True)
        _fill(stage, list_folder, display)
    except BaseException:
        close(stage)
        raise
    return stage


def _fill(stage: Stage, list_folder: Path | None, display: Display) -> None:
    title = "Made-up people, documents and cars are entered"
    display.begin(title)
    stage.accounts = filling.open_accounts(stage.world, stage.doors)
    stage.contents = filling.enter_made_up(stage.world, stage.doors)
    display.end(title, f"{len(stage.contents.records)} records", held=True)
    if list_folder is not None:
        title, begun = "A published sanctions list is entered", time.perf_counter()
        display.begin(title)
        filling.load_list(stage.world, stage.doors, list_folder, stage.contents)
        took_s = time.perf_counter() - begun
        stage.report.details |= {"listed": stage.contents.listed, "list_searchable_s": round(took_s, 1)}
        display.end(title, f"{stage.contents.listed} people in {took_s:.1f} s", held=True)


def show(stage: Stage, display: Display) -> Report:
    """Run every step; one that fails is named in the report's details, and the next one runs."""
    for step in STEPS:
        display.begin(step.title)
        try:
            step.run(stage)
        except StepFailedError as failed:
            stage.report.details[step.fields[0]] = failed.what
        except RefusedError as refused:
            stage.report.details[step.fields[0]] = f"refused: {refused.told}"
        except ComityError as error:
            stage.report.details[step.fields[0]] = f"{error.code} {error.field or ''} {error.detail}".strip()
        shown, held = _shown(stage.report, step)
        display.end(step.title, shown, held=held)
    return stage.report


def _shown(report: Report, step: Step) -> tuple[str, bool]:
    values = [getattr(report, field) for field in step.fields]
    held = all(value is not None and value is not False for value in values)
    if not held:
        return str(report.details.get(step.fields[0], "not held")), False
    if step.fields == ("deletion_receipts",):
        return f"{len(values[0])} receipts", all(each.signature_verified for each in values[0])
    return ", ".join("yes" if value is True else f"{value} ms" for value in values), True


def close(stage: Stage) -> None:
    """End every line and process of the world."""
    stage.doors.close()
    stage.world.close()
