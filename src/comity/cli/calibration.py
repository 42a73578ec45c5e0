"""Measuring the alarm thresholds of a node: people on no list, asked for in its own index."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from comity.index.calibrating import CleanPerson, Scores, matcher_version, write_calibration
from comity.index.reader import IndexReader
from comity.kernel.clock import to_wire
from comity.kernel.codes import AlarmRate, QueryShape
from comity.kernel.errors import ErrorCode, InputError, LimitError
from comity.matching import names
from comity.matching.calibration import Calibration, Measured, holds, people_needed
from comity.matching.dates import BirthDate, DatePrecision, parse_birth
from comity.matching.population import made_up_people
from comity.node.home import NodeHome

MADE_UP: Final = 36_000
"""Made-up people unless told otherwise: enough of every large script for 0.1 %."""
SEED: Final = 20_260_301
"""The same people every time, so that two measurements of one index agree."""
CHECK_SEED: Final = 20_260_302
"""Other people for a check."""
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""Millions of people; more tell nothing new."""
PORTION: Final = 100
"""People asked for in one look at the index, so that it can soon reuse its space."""
NAME_COLUMN: Final = "full_name"
BIRTH_COLUMN: Final = "date_of_birth"


class NotRead(msgspec.Struct, frozen=True):
    """Rows of the given files that name nobody; where the first stands, never what it says (I11)."""

    rows: int = 0
    first: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """How often one threshold raised an alarm among people who took no part in finding it."""

    script: str
    shape: QueryShape
    rate: AlarmRate
    people: int
    alarms: int
    holds: bool
    """Whether that is within twice the rate, chance allowed for (`matching.calibration.holds`)."""

    @property
    def share(self) -> float:
        """Share of them who raised one."""
        return self.alarms / self.people if self.people else 0.0


class CalibrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `comity calibrate` measured and put into force."""

    calibration: Calibration
    not_read: NotRead
    needed: dict[str, int]
    """People of one script that each rate takes."""
    checked: tuple[Checked, ...] = ()
    """What the thresholds came to on people who took no part in finding them."""

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Return the lines of the table: script, what is asked, people, one threshold per rate."""
        return _rows(self.calibration.measured, _shown)

    def checked_rows(self) -> Iterator[tuple[str, ...]]:
        """Return the same lines for the people of the check, with the share that raised an alarm."""
        return _rows(self.checked, _checked_share)


_Cell = TypeVar("_Cell", Measured, Checked)


def _rows(cells: Iterable[_Cell], show: Callable[[_Cell], str]) -> Iterator[tuple[str, ...]]:
    by_line: dict[tuple[str, QueryShape], dict[AlarmRate, _Cell]] = {}
    for one in cells:
        by_line.setdefault((one.script, one.shape), {})[one.rate] = one
    for (script, shape), line in by_line.items():
        people = next(iter(line.values())).people
        shown: list[str] = [show(line[rate]) if rate in line else "-" for rate in AlarmRate]
        yield names.Script(script).name.capitalize(), shape.replace("_", " + "), str(people), *shown


def _checked_share(one: Checked) -> str:
    return f"{one.share:.3%}" if one.holds else f"{one.share:.3%} (too many)"


def _shown(one: Measured) -> str:
    if one.threshold is None:
        return "too few"
    return str(one.threshold) if one.kept else f"{one.threshold} ({one.share:.2%})"


class CleanFiles:
    """People in CSV files with the columns `full_name` and, where known, `date_of_birth`."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.not_read = NotRead()

    def people(self) -> Iterator[CleanPerson]:
        """Yield who stands in the files. Raises `InputError` and `LimitError` naming the file."""
        for file in self._files:
            if file.stat().st_size > MAX_FILE_BYTES:
                raise LimitError(ErrorCode.LIMIT_BODY, field=file.name)
            try:
                yield from self._rows(file)
            except (UnicodeDecodeError, csv.Error) as error:
                raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=file.name) from error

    def _rows(self, file: Path) -> Iterator[CleanPerson]:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if NAME_COLUMN not in (reader.fieldnames or ()):
                remedy = f"Name the columns in the first line: {NAME_COLUMN}, {BIRTH_COLUMN}."
                raise InputError(
                    ErrorCode.INPUT_MISSING_FIELD, field=f"{file.name}: {NAME_COLUMN}", remedy=remedy
                )
            for row in reader:
                try:
                    birth = (row.get(BIRTH_COLUMN) or "").strip()
                    form = names.normalise(row[NAME_COLUMN] or "")
                    yield CleanPerson(form, parse_birth(birth) if birth else None)
                except InputError:
                    first = self.not_read.first or f"{file.name}, line {reader.line_num}"
                    self.not_read = NotRead(self.not_read.rows + 1, first)


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return max(0, sum(1 for _ in lines) - 1)


class Clean(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked for."""

    files: Sequence[Path] = ()
    made_up: int = 0
    check: Sequence[Path] = ()
    """Files of other people, on whom the thresholds are tried."""
    check_made_up: int = 0
    """Other made-up people on whom they are tried."""

    def count(self) -> int:
        """Return about how many that are, for a progress bar."""
        return self.made_up + self.check_made_up + sum(_lines(file) for file in (*self.files, *self.check))


def calibrate(home: NodeHome, clean: Clean, at: datetime, note: Callable[[int], None]) -> CalibrationReport:
    """Measure the index of a node and put what was found into force. Nothing of the people is kept.

    Raises `InputError` for a file that is not understood, and what `IndexReader` raises.
    """
    given, others = CleanFiles(clean.files), CleanFiles(clean.check)
    invented = _made_up(clean.made_up, SEED, at.date())
    tried = chain(others.people(), _made_up(clean.check_made_up, CHECK_SEED, at.date()))
    scores, second = Scores(), Scores()
    with closing(IndexReader(home.index_dir)) as reader:
        status = reader.status()
        public_names = _ask_all(reader, chain(given.people(), invented), scores, at, note)
        _ask_all(reader, tried, second, at, lambda done: note(scores.people + done))
    if not scores.people:
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, field="--clean")
    calibration = Calibration(
        measured=scores.measured(),
        people=scores.people,
        made_up=clean.made_up,
        sequence=status.sequence,
        records=status.records,
        names=public_names,
        at=to_wire(at),
        matcher=matcher_version(),
    )
    write_calibration(home.index_dir, calibration)
    needed = {str(rate): people_needed(rate) for rate in AlarmRate}
    not_read = NotRead(
        given.not_read.rows + others.not_read.rows, given.not_read.first or others.not_read.first
    )
    checked = tuple(_checked(calibration, second))
    return CalibrationReport(calibration=calibration, not_read=not_read, needed=needed, checked=checked)


def _checked(calibration: Calibration, scores: Scores) -> Iterator[Checked]:
    """Yield what each threshold came to among people who took no part in finding it.

    One that is known not to keep its rate (`Measured.kept`) is judged by the rate that answers then state.
    """
    for one in calibration.measured:
        found = scores.of(one.script, one.shape)
        if one.threshold is None or not found:
            continue
        alarms = sum(score >= one.threshold for score in found)
        stated = one.rate.share if one.kept else one.share
        yield Checked(
            script=one.script,
            shape=one.shape,
            rate=one.rate,
            people=len(found),
            alarms=alarms,
            holds=holds(alarms, len(found), stated),
        )


def _ask_all(
    reader: IndexReader,
    people: Iterable[CleanPerson],
    scores: Scores,
    at: datetime,
    note: Callable[[int], None],
) -> int:
    """Ask for everybody; return how many names everybody may see were there."""
    people, public_names = iter(people), 0
    while portion := list(islice(people, PORTION)):
        with reader.looking("", at) as (look, memory):
            public_names = look.state.public_names
            for person in portion:
                scores.add(look, person, memory)
        note(scores.people)
    return public_names


def _made_up(count: int, seed: int, today: date) -> Iterator[CleanPerson]:
    for person in made_up_people(count, seed, today):
        birth = BirthDate(person.birth, person.birth, DatePrecision.EXACT)
        yield CleanPerson(names.normalise(person.name), birth)
