"""Schedules are functions of their seed, and every fault comes up."""

from collections import Counter

import pytest

from comity.cli.faults.schedules import POSTGRESQL, SQLITE, Kind, schedule_of


def test_a_seed_gives_the_same_schedule_again():
    assert schedule_of(7, SQLITE) == schedule_of(7, SQLITE)
    assert schedule_of(7, SQLITE) != schedule_of(8, SQLITE)


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_every_fault_comes_up_in_a_thousand(database):
    schedules = [schedule_of(seed, database) for seed in range(1000)]
    kinds = Counter(trouble.kind for one in schedules for trouble in one.troubles)
    kinds.update(one.restore.kind for one in schedules if one.restore)
    missing = set(Kind) - set(kinds)
    assert missing == (set() if database == POSTGRESQL else {Kind.DATABASE_RESTART})
    assert min(kinds.values()) > 15
    hows = {(trouble.kind, trouble.how) for one in schedules for trouble in one.troubles}
    assert {(Kind.KILL, part) for part in ("serving office", "office", "worker")} <= hows


def test_what_cannot_be_done_here_is_left_out():
    left_out = frozenset({Kind.DISK_FULL, Kind.RESTORE_RELAY})
    schedules = [schedule_of(seed, SQLITE, left_out) for seed in range(300)]
    assert not {trouble.kind for one in schedules for trouble in one.troubles} & left_out
    assert {one.restore.kind for one in schedules if one.restore} == {Kind.RESTORE_BUREAU}
