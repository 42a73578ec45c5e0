"""Calibration is honest: what it promises on some people holds for others, against a published list."""

import csv
from math import sqrt
from pathlib import Path

import pytest

from comity.cli.imports import read_ofac_folder
from comity.index.calibrating import CleanPerson, Scores
from comity.kernel.codes import AlarmRate, QueryShape
from comity.matching.calibration import TOLERANCE
from comity.matching.dates import parse_birth
from comity.matching.names import normalise
from tests.index.feeding import NOW, record

MEASURED, TRIED = 700, 500
"""People with names in Latin letters: enough for 1 %. Rarer rates take minutes: `comity calibrate --check`."""
DEVIATIONS = 3.0
"""Beyond twice the stated rate by so much is no chance any more in a sample as small as this."""


@pytest.fixture
def listed(index, shared: Path):
    """An index of every third person of the list."""
    drafts = read_ofac_folder(shared / "data" / "ofac").drafts[::3]
    index.put(*(record("persons", draft.content) for draft in drafts))
    return index


def scores_of(index, file: Path, count: int) -> Scores:
    scores = Scores()
    with file.open(encoding="utf-8") as lines, index.reader.looking("", NOW) as (look, memory):
        for row in csv.DictReader(lines):
            if row["full_name"].isascii():
                birth = parse_birth(row["date_of_birth"])
                scores.add(look, CleanPerson(normalise(row["full_name"]), birth), memory)
            if scores.people == count:
                break
    return scores


@pytest.mark.requires_shared
def test_the_promised_rate_holds_for_other_people(listed, shared: Path):
    clean = shared / "data" / "negatives"
    measured = scores_of(listed, clean / "global.csv", MEASURED).measured()
    others = scores_of(listed, clean / "us.csv", TRIED)
    by_shape = {one.shape: one for one in measured if one.rate is AlarmRate.ONE_IN_100}
    assert set(by_shape) == set(QueryShape)
    most = TOLERANCE * AlarmRate.ONE_IN_100.share * TRIED
    for shape, one in by_shape.items():
        alarms = sum(score >= one.threshold for score in others.of("L", shape))
        assert alarms <= most + DEVIATIONS * sqrt(most), shape
