"""Which threshold is in force: the bureau's own, the measured one while it fits, else the shipped one."""

import msgspec
import pytest

from comity.index.alarms import Alarms
from comity.index.calibrating import (
    CALIBRATION_FILE,
    CleanPerson,
    Scores,
    matcher_version,
    read_calibration,
    write_calibration,
)
from comity.index.questions import NameQuestion
from comity.index.reader import IndexReader
from comity.kernel.codes import AlarmRate, QueryShape
from comity.kernel.errors import ErrorCode, IntegrityError
from comity.matching.calibration import Calibration, Measured
from comity.matching.dates import parse_birth
from comity.matching.names import Script, normalise
from comity.matching.thresholds import shipped
from comity.protocol.search import PersonQuery
from comity.rules.alarms import BOUNDS
from tests.index.feeding import NOW, country_of, person

NAME = NameQuestion(normalise("Mila Zoric"), "Mila Zoric")
NAMES = 1_000


def calibration(threshold=555, *, names=NAMES, matcher=None, rate=AlarmRate.ONE_IN_1000, **more):
    one = Measured(script="L", shape=QueryShape.NAME, rate=rate, people=5_000, threshold=threshold, **more)
    return Calibration(
        measured=(one,),
        people=5_000,
        made_up=0,
        sequence=7,
        records=900,
        names=names,
        at="",
        matcher=matcher or matcher_version(),
    )


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "index"
    folder.mkdir(mode=0o700)
    return folder


def test_without_a_measurement_the_shipped_threshold_is_used_and_says_so(folder):
    basis = Alarms(folder).basis(NAME, NAMES)
    expected = shipped(Script.LATIN, QueryShape.NAME, AlarmRate.ONE_IN_1000, NAMES)
    assert (basis.threshold, basis.calibrated, basis.rate) == (expected, False, "0.1%")


def test_a_measurement_is_in_force_and_says_where_it_comes_from(folder):
    write_calibration(folder, calibration())
    basis = Alarms(folder).basis(NAME, NAMES)
    assert (basis.threshold, basis.calibrated, basis.rate) == (555, True, "0.1%")
    assert (basis.sequence, basis.population) == (7, 5_000)
    assert read_calibration(folder) == calibration()


@pytest.mark.parametrize(
    "unfit", [calibration(names=10 * NAMES), calibration(matcher="older")], ids=["size", "matcher"]
)
def test_a_measurement_of_another_index_or_matcher_is_not_used(folder, unfit):
    write_calibration(folder, unfit)
    assert not Alarms(folder).basis(NAME, NAMES).calibrated


def test_too_few_people_for_a_rate_take_at_least_what_a_looser_rate_needs(folder):
    lenient = calibration(670, rate=AlarmRate.ONE_IN_100)
    strict = Measured(script="L", shape=QueryShape.NAME, rate=AlarmRate.ONE_IN_1000, people=5_000)
    write_calibration(folder, msgspec.structs.replace(lenient, measured=(*lenient.measured, strict)))
    basis = Alarms(folder, AlarmRate.ONE_IN_1000).basis(NAME, NAMES)
    assert basis.threshold >= 670
    assert not basis.calibrated
    assert Alarms(folder, AlarmRate.ONE_IN_100).basis(NAME, NAMES).calibrated


def test_a_rate_that_the_highest_threshold_does_not_keep_is_told_as_measured(folder):
    write_calibration(folder, calibration(678, alarms=60, kept=False))
    assert Alarms(folder).basis(NAME, NAMES).rate == "1.20%"


def test_the_bureaus_own_threshold_goes_before_all_others(folder):
    write_calibration(folder, calibration())
    every, own = (
        {(None, QueryShape.NAME): 500},
        {(None, QueryShape.NAME): 500, (Script.LATIN, QueryShape.NAME): 610},
    )
    for overrides, expected in ((every, 500), (own, 610)):
        basis = Alarms(folder, AlarmRate.ONE_IN_1000, overrides).basis(NAME, NAMES)
        assert (basis.threshold, basis.overridden, basis.calibrated) == (expected, True, False)
    dated = msgspec.structs.replace(NAME, birth=parse_birth("1970"))
    assert not Alarms(folder, AlarmRate.ONE_IN_1000, own).basis(dated, NAMES).overridden


def test_shipped_thresholds_stay_within_the_rules_however_long_the_list():
    for birth in (None, "1970", "1970-05-03"):
        question = msgspec.structs.replace(NAME, birth=birth and parse_birth(birth))
        for names in (0, 10**4, 10**9):
            for rate in AlarmRate:
                basis = Alarms(None, rate).basis(question, names)
                lowest, highest = BOUNDS[QueryShape(basis.shape)]
                assert lowest <= basis.threshold <= highest


def test_a_damaged_file_is_told_and_not_used(folder):
    write_calibration(folder, calibration())
    (folder / CALIBRATION_FILE).write_bytes(b'{"measured": 1}')
    with pytest.raises(IntegrityError) as caught:
        read_calibration(folder)
    assert caught.value.code is ErrorCode.INTEGRITY_INDEX
    assert not Alarms(folder).basis(NAME, NAMES).calibrated


def test_a_new_measurement_comes_into_force_without_a_restart(folder, monkeypatch):
    monkeypatch.setattr("comity.index.alarms.LOOK_AGAIN_S", 0.0)
    alarms = Alarms(folder)
    assert not alarms.basis(NAME, NAMES).calibrated
    write_calibration(folder, calibration(555))
    assert alarms.basis(NAME, NAMES).threshold == 555
    write_calibration(folder, calibration(560))
    assert alarms.basis(NAME, NAMES).threshold == 560
    (folder / CALIBRATION_FILE).unlink()
    assert not alarms.basis(NAME, NAMES).calibrated


def test_a_reader_goes_by_the_measurement_beside_its_index(index, tmp_path):
    index.put(person("Mila Zoric"), person("Mila Zorin"))
    directory = tmp_path / "index"
    shown = PersonQuery("Mila Zorik")
    with_all = len(index.ids(shown))
    index.writer.close()  # a process may open an index once
    write_calibration(directory, calibration(678, names=2))
    reader = IndexReader(directory, country_of)
    answer = reader.answer(shown, "SVN", NOW)
    assert (answer.alarm.threshold, answer.alarm.calibrated) == (678, True)
    assert all(one.score >= 678 for one in answer.candidates)
    assert len(answer.candidates) <= with_all
    reader.close()


def test_restricted_records_leave_no_trace_in_a_measurement_i6(make_index):
    with_secret, without = make_index(), make_index()
    for one in (with_secret, without):
        one.put(*(person(f"Mila Zoric{end}") for end in ("", "h", "in", "eva", "nik")))
    with_secret.put(person("Bojan Skritnik", births=["1970-05-03"], deny=["SVN"]))
    found = [best_of(one, "Bojan Skritnik", "1970-05-03") for one in (with_secret, without)]
    assert found[0] == found[1] == [0]


def best_of(index, name, birth):
    scores = Scores()
    with index.reader.looking("", NOW) as (look, memory):
        scores.add(look, CleanPerson(normalise(name), parse_birth(birth)), memory)
    return scores.of("L", QueryShape.NAME_DATE)


def test_everybody_is_asked_for_in_every_shape_that_is_known(index):
    index.put(person("Mila Zoric", births=["1970-05-03"]))
    scores = Scores()
    with index.reader.looking("", NOW) as (look, memory):
        for birth in ("1970-05-03", "1970", None):
            known = None if birth is None else parse_birth(birth)
            scores.add(look, CleanPerson(normalise("Mila Zoric"), known), memory)
    counts = [len(scores.of("L", shape)) for shape in QueryShape]
    assert counts == [3, 2, 1]
    assert min(scores.of("L", QueryShape.NAME)) >= BOUNDS[QueryShape.NAME][1]
    assert all(one.threshold is None for one in scores.measured())
