"""Persons: a name alone is never a hit; every reason is told."""

import msgspec
import pytest

from comity.index.persons import find_persons
from comity.index.questions import NameQuestion
from comity.kernel.codes import MatchStrength, Sex
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.dates import parse_birth
from comity.matching.names import normalise
from comity.protocol.search import DocumentQuery, MrzQuery, PersonQuery
from tests.index.feeding import NOW, document, person

ZONE = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]


@pytest.fixture
def listed(index):
    body = person(
        "Ahmed Samir Testi", births=["1970-05-03"], sex="M", nationalities=["MAR"], weak=["Samo Testi"]
    )
    index.put(body, person("Jana Novak"), person("Piotr Wymyslony", births=["1970-05-03"]))
    return body


@pytest.mark.parametrize(
    ("name", "birth", "strength"),
    [
        ("Ahmed Samir Testi", "1970-05-03", "HIT"),
        ("TESTI, Ahmed Samir", "1970-05-03", "HIT"),
        ("Ahmed Samir Testi", None, "POSSIBLE"),
        ("Ahmed Samir Testi", "1970", "POSSIBLE"),
        ("Ahmed Samir Testi", "1971-11-20", "POSSIBLE"),
        ("Ahmad Samir Testy", "1970-05-03", "POSSIBLE"),
        ("أحمد سمير تستي", "1970-05-03", "POSSIBLE"),
        ("Samo Testi", "1970-05-03", "POSSIBLE"),
    ],
)
def test_strength_of_a_person(index, listed, name, birth, strength):
    found = index.ask(PersonQuery(name, birth)).candidates
    assert [one.record_id for one in found][:1] == [listed.record_id]
    assert found[0].strength == strength
    assert all(one.strength == MatchStrength.POSSIBLE for one in found[1:])


def test_a_name_on_no_list_finds_nobody(index, listed):
    assert index.ids(PersonQuery("Wolfgang Unbekannt", "1970-05-03")) == []


def test_reasons_add_up_and_name_their_fields(index, listed):
    query = PersonQuery("Ahmad Samir Testi", "1970-05-03", Sex.FEMALE, "MAR")
    (found,) = index.ask(query).candidates
    by_code = {reason.code: reason for reason in found.reasons}
    assert by_code["birth.equal"].listed == "1970-05-03"
    assert by_code["sex.different"].points < 0
    assert by_code["nationality.equal"].field == "nationalities"
    assert found.reasons[0].listed == "Ahmed Samir Testi"
    assert found.score == min(1000, sum(reason.points for reason in found.reasons))
    assert all(reason.message for reason in found.reasons)


def test_everything_that_is_known_speaks_for_or_against(index):
    body = person(
        "Ahmed Samir Testi",
        births=["1970-05-03"],
        sex="M",
        nationalities=["MAR", "FRA"],
        places=["Casablanca, Morocco"],
    )
    index.put(body)
    plain = score(index, PersonQuery("Ahmed Samir Testi", "1970-05-03"))
    for better in (
        PersonQuery("Ahmed Samir Testi", "1970-05-03", Sex.MALE),
        PersonQuery("Ahmed Samir Testi", "1970-05-03", None, "FRA"),
        PersonQuery("Ahmed Samir Testi", "1970-05-03", None, None, "Casablanca"),
        PersonQuery("Ahmed Samir Testi", "1970-05-03", None, None, "CASABLANKA"),
    ):
        assert plain < score(index, better) < 1000
    for worse in (
        PersonQuery("Ahmed Samir Testi", "1970-05-03", Sex.FEMALE),
        PersonQuery("Ahmed Samir Testi", "1970-05-03", None, "SVN"),
        PersonQuery("Ahmed Samir Testi", "1970-05-03", None, None, "Ljubljana"),
    ):
        assert 0 < score(index, worse) < plain


def test_a_better_match_always_has_the_higher_score(index):
    index.put(
        person(
            "Zdravko Izmisljenovic", births=["1970-05-03"], sex="M", nationalities=["SVN"], places=["Kranj"]
        )
    )
    asked = [
        PersonQuery("Zdravko Izmisljenovic", "1970-05-03", Sex.MALE, "SVN", "Kranj"),
        PersonQuery("Zdravko Izmisljenovic", "1970-05-03", Sex.MALE, "SVN"),
        PersonQuery("Zdravko Izmisljenovic", "1970-05-03"),
        PersonQuery("Zdravko Izmisljenovic", "1970-03-05"),
        PersonQuery("Zdravko Izmisljenovic", "1970-05-13"),
        PersonQuery("Zdravko Izmisljenovic", "1970-09-28"),
        PersonQuery("Zdravko Izmisljenovic", "1972-09-28"),
        PersonQuery("Zdravko Izmisljenovic", "1976-09-28"),
    ]
    scores = [score(index, query) for query in asked]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert scores[0] <= 1000


def test_dates_decades_apart_take_more_than_half_of_what_a_name_is_worth(index):
    index.put(person("Ivan Novak", births=["1970-05-03"]))
    agreeing, contradicting = raw(index, "Ivan Novak", "1970-05-03"), raw(index, "Ivan Novak", "1998-11-17")
    assert 0 < contradicting <= agreeing - 500


def test_a_place_without_letters_names_its_field_i13(index):
    with pytest.raises(InputError) as caught:
        index.ask(PersonQuery("A B", None, None, None, "..."))
    assert (caught.value.code, caught.value.field) == (ErrorCode.INPUT_BAD_NAME, "query.birth_place")


def test_every_answer_to_a_name_says_its_threshold(index, listed):
    named = index.ask(PersonQuery("Ahmed Samir Testi", "1970-05-03"))
    assert (named.alarm.shape, named.alarm.script, named.alarm.rate) == ("name_date", "L", "0.1%")
    assert not named.alarm.calibrated
    assert all(one.score >= named.alarm.threshold for one in named.candidates)
    assert index.ask(DocumentQuery("L898902C3")).alarm is None


def score(index, query):
    return index.ask(query).candidates[0].score


def raw(index, name, birth):
    """Return the score without any threshold."""
    question = NameQuestion(normalise(name), name, parse_birth(birth))
    with index.reader.looking("SVN", NOW) as (look, memory):
        return max(one.score for one in find_persons(look, question, memory, 0))


def test_a_record_with_many_matching_names_is_shown_once(index):
    index.put(person("Ivan Izmisljen", "Ivan Izmišljen", "Ivane Izmisljen"))
    assert len(index.ids(PersonQuery("Ivan Izmisljen"))) == 1


def test_a_name_without_letters_to_compare_does_not_stop_the_feed(index):
    # What this version of the collections would refuse may still come from a newer secretariat.
    words = " ".join(f"Word{number}" for number in range(40))
    body = person("Real Name", documents=["X1"])
    names = [*body.content["names"], {"text": words, "kind": "alias"}]
    body = msgspec.structs.replace(body, content=body.content | {"names": names})
    index.put(body)
    assert index.ids(PersonQuery("Real Name")) == [body.record_id]
    index.writer.apply([index.feed.withdraw(body.record_id)], "")
    assert index.ids(PersonQuery("Real Name")) == []


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        (PersonQuery("..."), ErrorCode.INPUT_BAD_NAME, "query.name"),
        (PersonQuery("a" * 500), ErrorCode.INPUT_TOO_LONG, "query.name"),
        (PersonQuery("A B", "1970-02-30"), ErrorCode.INPUT_IMPOSSIBLE_DATE, "query.birth_date"),
        (PersonQuery("A B", None, None, "QQQ"), ErrorCode.INPUT_UNKNOWN_COUNTRY, "query.nationality"),
    ],
)
def test_bad_input_names_its_field_i13(index, query, code, field):
    with pytest.raises(InputError) as caught:
        index.ask(query)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_zone_asks_for_document_and_person(index):
    bearer = person("Anna Maria Eriksson", births=["1974-08-12"])
    paper = document("L898902C3", country="UTO")
    index.put(bearer, paper)
    answer = index.ask(MrzQuery(ZONE))
    assert {found.record_id: str(found.strength) for found in answer.candidates} == {
        bearer.record_id: "HIT",
        paper.record_id: "HIT",
    }
    assert [asked.kind for asked in answer.asked] == ["document", "person"]
    assert answer.warnings == []


def test_a_wrong_check_digit_is_refused_unless_accepted(index):
    paper = document("L898902C4", country="UTO")
    index.put(paper)
    wrong = [ZONE[0], ZONE[1].replace("L898902C3", "L898902C4")]
    with pytest.raises(InputError) as caught:
        index.ask(MrzQuery(wrong))
    assert caught.value.code == ErrorCode.INPUT_WRONG_CHECK_DIGIT
    assert caught.value.field == "query.lines.document_number"
    answer = index.ask(MrzQuery(wrong, accept_wrong_check_digits=True))
    assert [found.record_id for found in answer.candidates] == [paper.record_id]
    assert {warning.field for warning in answer.warnings} == {
        "query.lines.document_number",
        "query.lines.composite",
    }


@pytest.mark.parametrize("lines", [[], ["P<UTO"], ["A"] * 50, ["A" * 5000]])
def test_what_is_no_zone_is_refused(index, lines):
    with pytest.raises(InputError) as caught:
        index.ask(MrzQuery(lines))
    assert (caught.value.code, caught.value.field) == (ErrorCode.INPUT_NOT_AN_MRZ, "query.lines")


def test_an_empty_zone_asks_nothing(index):
    lines = ["P<UTO" + "<" * 39, "<" * 9 + "0UTO" + "<" * 6 + "0<" + "<" * 6 + "0" + "<" * 14 + "00"]
    with pytest.raises(InputError) as caught:
        index.ask(MrzQuery(lines, accept_wrong_check_digits=True), at=NOW)
    assert caught.value.code == ErrorCode.INPUT_NOTHING_TO_SEARCH
