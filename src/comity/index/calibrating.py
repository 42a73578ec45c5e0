"""Measuring the thresholds of an index, and keeping what was measured.

The measurement lies in one small file beside the generations of the index, not in one of them: a rebuild
of the same records keeps it. It is replaced whole or not at all, so that no writer has to wait for it.
"""

import hashlib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from comity.crypto.files import read_private, write_private
from comity.index.evidence import shape_of
from comity.index.persons import nearest, weighed
from comity.index.questions import NameQuestion
from comity.index.rarity import RarityMemory
from comity.index.seeing import Look
from comity.kernel.codes import AlarmRate, QueryShape
from comity.kernel.errors import ConfigurationError, ErrorCode, IntegrityError
from comity.matching import names
from comity.matching.calibration import Calibration, Measured, measure
from comity.matching.dates import BirthDate, DatePrecision, parse_birth
from comity.rules.alarms import BOUNDS

CALIBRATION_FILE: Final = "calibration.json"
_MATCHER_PARTS: Final = (
    "matching/names",
    "matching/births.py",
    "index/evidence.py",
    "index/persons.py",
    "index/retrieval.py",
    "index/rarity.py",
)
"""Code and tables that a score depends on."""


@cache
def matcher_version() -> str:
    """Return the version of the matcher: a digest of the code and the tables that make its scores."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for part in _MATCHER_PARTS:
        found = package / part
        files = [found] if found.is_file() else sorted(found.rglob("*"))
        for file in files:
            if file.is_file() and file.parent.name != "__pycache__":
                digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def write_calibration(directory: Path, calibration: Calibration) -> None:
    """Put a calibration into force for the index in `directory`; durable when this returns."""
    write_private(directory / CALIBRATION_FILE, msgspec.json.encode(calibration))


def read_calibration(directory: Path) -> Calibration | None:
    """Return what was measured, None where nothing was.

    Raises `IntegrityError` (integrity.index) for a file that cannot be read as one.
    """
    try:
        data = read_private(directory / CALIBRATION_FILE)
    except ConfigurationError as error:
        if error.code is ErrorCode.CONFIG_MISSING:
            return None
        raise
    try:
        return msgspec.json.decode(data, type=Calibration)
    except msgspec.DecodeError as error:
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail=CALIBRATION_FILE) from error


class CleanPerson(NamedTuple):
    """Somebody who is on no list."""

    form: names.NameForm
    birth: BirthDate | None


class Scores:
    """The best score of each clean person, by script and shape, while they are being asked for."""

    def __init__(self) -> None:
        self._scores: dict[tuple[str, QueryShape], list[int]] = defaultdict(list)
        self.people = 0

    def add(self, look: Look, person: CleanPerson, memory: RarityMemory) -> None:
        """Ask for one person in every shape. Restricted records stay out: a threshold tells of none (I6)."""
        self.people += 1
        for birth in _births(person.birth):
            question = NameQuestion(person.form, "", birth)
            key = (str(person.form.script), shape_of(question))
            self._scores[key].append(_best(look, question, memory))

    def of(self, script: str, shape: QueryShape) -> list[int]:
        """Return the best scores of the people of one script, asked for in one shape."""
        return self._scores.get((script, shape), [])

    def measured(self) -> tuple[Measured, ...]:
        """Return the thresholds for every script and shape met, at every rate."""
        return tuple(
            measure(scores, script, shape, rate, BOUNDS[shape])
            for (script, shape), scores in sorted(self._scores.items())
            for rate in AlarmRate
        )


def _births(birth: BirthDate | None) -> list[BirthDate | None]:
    """Return what is asked beside the name: nothing, the year, the whole date, as far as it is known."""
    if birth is None:
        return [None]
    years = [parse_birth(f"{birth.earliest.year}")] if birth.earliest.year == birth.latest.year else []
    return [None, *years, *([birth] if birth.precision is DatePrecision.EXACT else [])]


def _best(look: Look, question: NameQuestion, memory: RarityMemory) -> int:
    """Return the highest score that anybody reaches, found as officers find, but without a threshold."""
    alike = sorted(nearest(look, question.form, memory, question.birth), key=lambda one: -one.value)
    best = 0
    for one in alike:
        found = None if one.listed.head.restricted else weighed(look, question, one, best + 1)
        best = max(best, 0 if found is None else found.score)
    return best
