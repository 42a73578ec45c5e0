"""I4 on real nodes: a sample of `comity test faults`, a few minutes of trouble every time."""

import os
import shutil

import pytest

from comity.cli.faults.checker import Fault, Finding
from comity.cli.faults.report import failure
from comity.cli.faults.schedules import SQLITE, Kind, schedule_of

SCHEDULES = int(os.environ.get("FAULT_SCHEDULES", "40"))
SEED = 449
"""Forty from here on hold every fault, and a restore on each database: the relay's and a bureau's."""


@pytest.mark.timeout(900)
def test_no_message_suffers(proof):
    """I4."""
    code, report = proof("faults", "--schedules", str(SCHEDULES), "--seed", str(SEED))
    assert report["failures"] == []
    assert {name: report[name] for name in ("lost", "doubled", "out_of_order")} == {
        "lost": 0,
        "doubled": 0,
        "out_of_order": 0,
    }
    assert code == 0
    assert report["broken"] == []
    assert report["schedules"] == report["judged"] == SCHEDULES
    assert set(report["databases"].values()) == {SCHEDULES // 2}
    assert report["acknowledged"] > report["messages"] * 0.7, "too little got through to say anything"
    wanted = {str(kind) for kind in Kind} - set(report["left_out"])
    assert {kind for kind, count in report["faults"].items() if count} == wanted
    if os.geteuid() == 0:
        assert report["left_out"] == {}
    by_kernel = os.geteuid() == 0 and shutil.which("nft") is not None
    assert report["cut_by"] == ("kernel" if by_kernel else "proxy")


def test_the_sample_holds_every_fault():
    kinds, restored = set(), []
    for seed in range(SEED, SEED + SCHEDULES):
        schedule = schedule_of(seed, ("sqlite", "postgresql")[seed % 2])
        kinds |= {trouble.kind for trouble in schedule.troubles}
        if schedule.restore:
            restored.append((schedule.restore.kind, schedule.database))
    assert kinds | {kind for kind, _ in restored} == set(Kind)
    assert sorted(restored) == [(Kind.RESTORE_BUREAU, "sqlite"), (Kind.RESTORE_RELAY, "postgresql")]


def test_a_finding_says_how_to_have_it_again():
    found = failure(Finding(Fault.LOST, 7, "SI", "FR", "7 SI 0"), schedule_of(7, SQLITE), SQLITE)
    assert found.again == "comity test faults --schedules 1 --seed 7 --database sqlite"
    assert len(found.troubles) >= len(schedule_of(7, SQLITE).troubles)
