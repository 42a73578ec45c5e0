"""From an answer to a screen: the state is never softened (I2), matches are marked, dates cannot be misread."""

from dataclasses import replace
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import collections
from comity.kernel.codes import (
    AnswerState,
    CollectionName,
    FailureReason,
    HandlingLabel,
    MatchStrength,
    SourceKind,
)
from comity.kernel.ids import BureauId, RecordId, SearchId
from comity.office.pages.alarm_lines import alarm_lines
from comity.office.pages.answers import SHAPES, answer_page, title_of, understood, understood_words
from comity.office.pages.facts import birth_text, cautions_of, facts_of, partial_date
from comity.office.pages.forms import SearchForm
from comity.office.pages.preferences import CHOICES, Preferences
from comity.office.records.cells import cells_of, untouched_fields
from comity.office.records.page_forms import RecordForm, initial_of
from comity.protocol.search import (
    AlarmBasis,
    Asked,
    Candidate,
    EngineQuery,
    MrzQuery,
    PersonQuery,
    Reason,
    SearchAnswer,
    SourceReport,
    TextQuery,
    VehicleQuery,
)

ID = "01890000-0000-7000-8000-000000000001"
PERSON = {
    "names": [
        {"text": "Mayer, Anton", "kind": "primary", "quality": "strong"},
        {"text": "Toni M.", "kind": "alias", "quality": "weak"},
        {"text": "Антон Майер", "kind": "transliteration", "quality": "strong", "script": "Cyrl"},
    ],
    "births": [{"earliest": "1970-02-01", "latest": "1970-02-28", "precision": "month"}],
    "nationalities": ["AUT"],
    "cautions": ["armed"],
    "documents": [{"number": "P 12-345", "country": "AUT", "type": "passport", "note": "seen in 2020"}],
}


def source(name, *, answered=True):
    return SourceReport(
        name=name,
        kind=SourceKind.COPY,
        answered=answered,
        reason=None if answered else FailureReason.TIMEOUT,
        version=5 if answered else None,
        age_s=3 if answered else None,
    )


def answer(state, finding, sources, candidates=()):
    return SearchAnswer(
        search_id=SearchId(ID),
        state=state,
        finding=finding,
        asked=[Asked(kind="document", shown="Passport P12345 (Austria)")],
        warnings=[],
        candidates=list(candidates),
        sources=sources,
        answered_at="2026-11-23T02:00:00.000000Z",
        took_ms=4,
    )


def candidate(reasons=()):
    return Candidate(
        record_id=RecordId(ID),
        collection=CollectionName.PERSONS,
        owner=BureauId("AT"),
        version=1,
        label=HandlingLabel.OFFICIAL,
        strength=MatchStrength.POSSIBLE,
        score=870,
        reasons=list(reasons),
        view=PERSON,
        sources=["international"],
    )


def reason(code, field, listed, points=100):
    return Reason(code=code, field=field, asked="x", listed=listed, points=points, message="in English")


@pytest.mark.parametrize("finding", [AnswerState.NO_RECORD, AnswerState.POSSIBLE, AnswerState.HIT])
def test_a_missing_source_is_never_no_record(finding):
    """I2: INCOMPLETE names the source and never wears the circle."""
    page = answer_page(answer(AnswerState.INCOMPLETE, finding, [source("a"), source("b", answered=False)]))
    assert page.state == "INCOMPLETE"
    assert "circle" not in [verdict.shape for verdict in page.verdicts]
    assert page.verdicts[-1].state == "INCOMPLETE"
    assert [silent.name for silent in page.silent] == ["b"]


def test_an_incomplete_hit_shows_both():
    page = answer_page(
        answer(
            AnswerState.INCOMPLETE, AnswerState.HIT, [source("a"), source("b", answered=False)], [candidate()]
        )
    )
    assert [verdict.state for verdict in page.verdicts] == ["HIT", "INCOMPLETE"]


def test_states_differ_in_shape_and_style():
    assert len({shape for shape, _ in SHAPES.values()}) == len(AnswerState)
    assert len({style for _, style in SHAPES.values()}) == len(AnswerState)


def test_what_agrees_is_marked():
    found = candidate(
        [reason("name.transliterated", "names", "Антон Майер"), reason("birth.different", "births", "", -250)]
    )
    card = answer_page(answer(AnswerState.POSSIBLE, AnswerState.POSSIBLE, [source("a")], [found])).cards[0]
    facts = {fact.field: fact for fact in card.facts}
    assert [value.text for value in facts["names"].values if value.matched] == ["Антон Майер"]
    assert not facts["births"].matched
    assert [ground.agrees for ground in card.grounds] == [True, False]
    assert card.percent == 87
    assert "cautions" not in facts
    assert len(card.cautions) == 1


def test_a_number_is_marked_although_its_key_has_no_blanks():
    view = {"documents": [{"number": "P 12-345"}, {"number": "Q1"}]}
    facts = facts_of(view, [{"field": "documents", "listed": "P12345", "points": 1000}])
    assert [value.matched for value in facts[0].values] == [True, False]


def test_unknown_reasons_keep_their_english():
    found = candidate([reason("future.code", "names", "Mayer, Anton")])
    card = answer_page(answer(AnswerState.POSSIBLE, AnswerState.POSSIBLE, [source("a")], [found])).cards[0]
    assert card.grounds[0].words == "in English"


@pytest.mark.parametrize(
    ("kind", "shown", "text"),
    [
        ("document", "Passport P12345 (Austria)", "P12345 (Austria)"),
        ("document", "Document P12345", "P12345"),
        ("person", "Person Anton Mayer, born 1970", "Anton Mayer, born 1970"),
        ("plate", "Plate LJ AB 123", "LJ AB 123"),
        ("vin", "Vehicle number WVW", "WVW"),
        ("engine", "Engine number 4AGE 1", "4AGE 1"),
        ("vehicle", "Vehicle white horse, 2009", "white horse, 2009"),
        ("later", "Something else", "Something else"),
    ],
)
def test_what_was_understood_loses_its_english_word(kind, shown, text):
    assert understood(kind, shown).text == text


def test_what_a_hit_keeps_loses_its_english_word_too():
    assert understood_words("Passport P12345 (Austria)").text == "P12345 (Austria)"
    assert understood_words("Passport P12345 (Austria)").kind == "Passport"
    assert understood_words("Vehicle number WVW").text == "WVW"
    assert understood_words("Vehicle white horse").text == "white horse"
    assert understood_words("P12345").text == "P12345"


@pytest.mark.parametrize(
    ("view", "title"),
    [
        (PERSON, "Mayer, Anton"),
        ({"number": "P1", "type": "identity_card"}, "Identity card P1"),
        ({"plate": "LJ 1", "make": "Fiat", "model": "Tipo", "vin": "X"}, "LJ 1 Fiat Tipo"),
        ({"vin": "X1"}, "X1"),
        ({}, ""),
    ],
)
def test_a_record_is_named(view, title):
    assert title_of(view) == title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1960", "1960"),
        ("1960-05", "May 1960"),
        ("1960-05-03", "3 May 1960"),
        ("odd", "odd"),
        ("1960-13", "1960-13"),
    ],
)
def test_dates_spell_the_month(text, shown):
    assert partial_date(text) == shown


@pytest.mark.parametrize(
    ("precision", "shown"),
    [
        ("exact", "1 February 1970"),
        ("month", "February 1970"),
        ("year", "1970"),
        ("circa", "about 1970 to 1972"),
        ("range", "1970 to 1972"),
    ],
)
def test_births_say_how_well_they_are_known(precision, shown):
    latest = "1970-02-01" if precision == "exact" else "1972-12-31"
    assert birth_text({"earliest": "1970-02-01", "latest": latest, "precision": precision}) == shown


def test_cautions_are_words():
    assert cautions_of({"cautions": ["armed", "later_code"]}) == ["Armed", "later_code"]


def form(**changes):
    said = {
        "text": "PA123",
        "purpose": "border_control",
        "kind": "auto",
        "notify": "never",
        "reference": " 7 ",
    }
    return SearchForm({**said, **changes})


def test_a_form_becomes_a_question():
    filled = form(birth_date="1970")
    assert filled.is_valid()
    request = filled.request()
    assert request.query == TextQuery("PA123", "1970")
    assert (request.notify, request.reference) == ("never", "7")


def form_query(kind, text):
    chosen = form(kind=kind, text=text)
    assert chosen.is_valid()
    return chosen.request().query


def test_kinds_are_the_officers_choice():
    chosen = form(kind="mrz", text="AAA\n BBB", accept="on")
    assert chosen.is_valid()
    assert chosen.request().query == MrzQuery(["AAA", "BBB"], accept_wrong_check_digits=True)
    assert form_query("engine", "4AGE 123") == EngineQuery("4AGE 123")
    assert form_query("vehicle", "white horse") == VehicleQuery("white horse")
    named = form(kind="person", text="Anton")
    assert named.is_valid()
    assert isinstance(named.request().query, PersonQuery)


@pytest.mark.parametrize(
    "changes",
    [{"purpose": ""}, {"purpose": "curiosity"}, {"text": " "}, {"text": "x" * 401}, {"kind": "odd"}],
)
def test_no_question_without_purpose_or_text(changes):
    """I12: no purpose, no search."""
    assert not form(**changes).is_valid()


def test_a_record_survives_its_form():
    persons = collections.get(CollectionName.PERSONS)
    content = persons.normalise(PERSON)
    cells = cells_of(persons, content)
    row = {column: text.replace("\n", ";") for column, text in cells.items()}
    assert untouched_fields(row, cells) == {"names", "births", "nationalities", "cautions", "documents"}
    assert "names" not in untouched_fields(row | {"aliases": "New"}, cells)


def test_what_cells_cannot_say_is_kept_when_untouched():
    persons = collections.get(CollectionName.PERSONS)
    content = persons.normalise(PERSON)
    body = {
        "content": content,
        "owner_reference": "R1",
        "purpose": "wanted_persons",
        "legal_basis": "art. 1",
        "status": "suspect",
        "label": "official",
        "restrictions": {"allow": [], "deny": ["FRA"]},
        "expires_at": "2029-01-01T00:00:00.000000Z",
        "version": 3,
    }
    shown = initial_of(persons, body)
    same = RecordForm(CollectionName.PERSONS, {**shown, "expires": "2029-01-01"})
    assert same.is_valid(), same.errors
    assert same.content(content) == content
    assert same.envelope()["deny"] == ["FRA"]
    other = RecordForm(
        CollectionName.PERSONS, {**shown, "expires": "2029-01-01", "documents": "passport:AUT:NEW1"}
    )
    assert other.is_valid()
    changed = other.content(content)
    assert changed["names"] == content["names"]
    assert [document["number"] for document in changed["documents"]] == ["NEW1"]


@given(st.text(max_size=80))
def test_an_odd_cookie_is_no_preference(text):
    found = Preferences.of(SimpleNamespace(COOKIES={"__Host-comity-look": text}))
    assert all(getattr(found, name) in choices for name, choices in CHOICES.items())


def test_preferences_take_known_choices_only():
    preferences = (
        Preferences().with_choice("theme", "dark").with_choice("theme", "<script>").with_choice("odd", "x")
    )
    assert preferences == replace(Preferences(), theme="dark")


def test_an_answer_of_a_newer_search_is_read():
    plain = msgspec.to_builtins(answer(AnswerState.NO_RECORD, AnswerState.NO_RECORD, [source("a")]))
    plain["later"] = 1
    assert msgspec.json.decode(msgspec.json.encode(plain), type=SearchAnswer).state == AnswerState.NO_RECORD


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ({"calibrated": False}, "not measured here"),
        ({"calibrated": True, "population": 2571}, "measured on 2571 people"),
        ({"calibrated": False, "overridden": True}, "the bureau has set it"),
    ],
)
def test_the_threshold_of_a_name_is_told_in_one_line(basis, words):
    alarm = AlarmBasis(script="L", shape="name", threshold=583, rate="0.1%", **basis)
    reports = [msgspec.structs.replace(source(name), alarm=alarm) for name in ("copy", "secretariat")]
    (line,) = alarm_lines([*reports, source("keys only")])
    assert "58\u00a0%" in line
    assert words in line
    assert ("0.1%" in line) is not alarm.overridden
