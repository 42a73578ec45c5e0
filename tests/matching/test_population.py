"""Made-up people: the same every time, of every script, names that can be compared."""

from collections import Counter
from datetime import date
from itertools import islice

from comity.kernel.codes import AlarmRate
from comity.matching.calibration import people_needed
from comity.matching.names import Script, normalise
from comity.matching.population import made_up_people

TODAY = date(2026, 3, 1)


def test_the_same_numbers_give_the_same_people():
    assert list(made_up_people(300, 5, TODAY)) == list(made_up_people(300, 5, TODAY))
    assert list(made_up_people(300, 5, TODAY)) != list(made_up_people(300, 6, TODAY))


def test_every_name_can_be_compared_and_every_script_can_be_measured():
    people = list(made_up_people(4_000, 1, TODAY))
    scripts = Counter(normalise(person.name).script for person in people)
    large = {
        Script.LATIN,
        Script.CYRILLIC,
        Script.ARABIC,
        Script.HEBREW,
        Script.HAN,
        Script.HANGUL,
        Script.GREEK,
    }
    assert large <= set(scripts)
    share = min(scripts[script] for script in large) / len(people)
    assert share * 36_000 >= people_needed(AlarmRate.ONE_IN_1000)


def test_people_are_of_age_and_of_both_sexes():
    people = list(islice(made_up_people(1_000, 1, TODAY), 1_000))
    assert all(date(1930, 1, 1) < person.birth < date(2008, 4, 1) for person in people)
    assert 400 < sum(person.female for person in people) < 600
    assert len({person.name for person in people}) > 900
