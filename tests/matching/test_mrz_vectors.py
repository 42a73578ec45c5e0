"""Every vector of the shared collection of zones, each as its own test."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.mrz import read, repair

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "mrz" / "vectors.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8")) if VECTORS.exists() else []
READ, REPAIR, REFUSE = ([c for c in CASES if c["kind"] == kind] for kind in ("read", "repair", "refuse"))


def test_the_vectors_are_there():
    if not CASES:
        pytest.skip(
            f"the shared data folder is missing: no {'/'.join(VECTORS.parts[-4:])} beside the repository"
        )
    assert len(READ) + len(REPAIR) + len(REFUSE) == len(CASES) >= 56


def fields(zone):
    return {name: value for name, value in asdict(zone.fields).items() if value is not None}


@pytest.mark.parametrize("case", READ, ids=lambda c: f"{c['format']} {c['note']}")
def test_zone_is_read_as_it_stands(case):
    zone = read(case["lines"])
    assert (zone.format, fields(zone), zone.checks) == (case["format"], case["fields"], case["checks"])
    assert (zone.well_formed, zone.valid) == (case["well_formed"], case["valid"])


@pytest.mark.parametrize("case", REPAIR, ids=lambda c: c["format"])
def test_damaged_zone_is_repaired(case):
    assert not read(case["lines"]).valid
    assert repair(case["lines"]) == case["repaired_lines"]
    zone = read(case["repaired_lines"])
    assert (zone.valid, zone.format, fields(zone)) == (True, case["format"], case["repaired_fields"])


@pytest.mark.parametrize("case", REFUSE, ids=lambda c: str([len(line) for line in c["lines"]]))
def test_other_sizes_are_refused(case):
    with pytest.raises(InputError) as refused:
        read(case["lines"])
    assert refused.value.code is ErrorCode.INPUT_NOT_AN_MRZ
