"""Declared forms: complete in five languages, checked field by field, and nothing hostile gets in."""

import copy
import csv
import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.codes import is_country
from comity.kernel.codes.regions import Region, country_in, region_of
from comity.kernel.codes.states import STATES
from comity.kernel.errors import ComityError, InputError
from comity.protocol.forms import (
    LANGUAGES,
    FieldKind,
    answers_to,
    check_values,
    declared,
    form_of,
    form_received,
    read_form,
    require_values,
    shown,
    travelling,
)

WANTED = {
    "identity_check",
    "information_request",
    "vehicle_check",
    "document_check",
    "hit_confirmation",
    "hit_confirmation_answer",
    "criminal_record",
    "prison_transfer",
    "missing_person",
    "chaser",
    "cancellation",
    "correction",
    "free_text",
}
OWN = b"""
id = "SI:fishing_boat"
priority = "urgent"
clock = "8h"
name = { en = "Fishing boat", sl = "Ribiski coln", ar = "\xd9\x82\xd8\xa7\xd8\xb1\xd8\xa8 \xd8\xb5\xd9\x8a\xd8\xaf" }
one_of = [["sign", "boat_name"]]
[[fields]]
name = "sign"
kind = "text"
longest = 12
label = { en = "Call sign" }
[[fields]]
name = "boat_name"
kind = "text"
label = { en = "Name of the boat" }
[[fields]]
use = "event_date"
required = true
[[fields]]
name = "gear"
kind = "choice"
many = true
label = { en = "Gear" }
[fields.choices]
net = { en = "Net", ar = "\xd8\xb4\xd8\xa8\xd9\x83\xd8\xa9" }
line = { en = "Line" }
[[fields]]
name = "crew"
kind = "number"
least = 1
most = 40
label = { en = "Crew" }
[[fields]]
name = "armed"
kind = "yes_no"
label = { en = "Armed" }
"""


def texts_of(tree, path=""):
    if isinstance(tree, dict):
        if isinstance(tree.get("en"), str):
            yield path, tree
        for name, part in tree.items():
            yield from texts_of(part, f"{path}.{name}")
    elif isinstance(tree, list):
        for place, part in enumerate(tree):
            yield from texts_of(part, f"{path}[{place}]")


def code_of(call, *arguments):
    with pytest.raises(ComityError) as raised:
        call(*arguments)
    return str(raised.value.code), raised.value.field


def changed(**parts):
    return {**travelling(read_form(OWN)), **parts}


def with_field(**parts):
    form = travelling(read_form(OWN))
    return {**form, "fields": [{**form["fields"][0], **parts}, *form["fields"][1:]]}


def test_every_form_of_the_line_is_declared_in_five_languages():
    assert set(declared()) >= WANTED
    for form in declared().values():
        found = list(texts_of(travelling(form)))
        assert found
        assert [path for path, texts in found if set(texts) != set(LANGUAGES)] == [], form.id


def test_every_request_has_a_coded_answer():
    for form in declared().values():
        if form.awaits_answer:
            first = answers_to(form, declared().values())[0]
            assert first.fields, form.id
    hit = answers_to(declared()["hit_confirmation"], declared().values())
    assert [form.id for form in hit] == ["hit_confirmation_answer", "answer", "free_text"]


def test_a_message_reads_in_the_language_of_its_reader():
    said = {
        "driver": "Иван Петров",
        "plate": "KR XQ-1",
        "plate_country": "svn",
        "colour": "red",
        "stopped": "yes",
        "purpose": "border_control",
    }
    form = declared()["vehicle_check"]
    values = require_values(form, said)
    assert values["driver"] == {"name": "Иван Петров", "script": "Cyrl"}
    assert values["plate_country"] == "SVN"
    arabic = {line.name: line for line in shown(form, values, "ar")}
    assert arabic["colour"][1:3] == ("اللون", "أحمر")
    assert arabic["plate_country"].value == "سلوفينيا (SVN)"
    assert (arabic["driver"].value, arabic["driver"].note) == ("Иван Петров", "Ivan Petrov")
    slovene = {line.name: line.value for line in shown(form, values, "sl")}
    assert slovene["purpose"] == "Nadzor meje"
    assert [line.name for line in shown(form, values, "fr")] == [
        f.name for f in form.fields if f.name in said
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("birth_date", "1980-02-30", "input.impossible_date"),
        ("birth_date", "30.2.1980", "input.impossible_date"),
        ("birth_date", 1980, "input.wrong_type"),
        ("nationality", "QQQ", "input.unknown_country"),
        ("sex", "male", "input.not_a_choice"),
        ("sex", ["M"], "input.wrong_type"),
        ("document_number", "--", "input.bad_number"),
        ("person_name", "!!", "input.bad_name"),
        ("person_name", {"name": "A", "colour": "red"}, "input.wrong_type"),
        ("person_name", "x" * 201, "input.too_long"),
        ("birth_place", "a\0b", "input.bad_text"),
        ("held", "maybe", "input.not_a_choice"),
        ("nowhere", "x", "input.unknown_field"),
        ("person_name", "", "input.missing_field"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(name, value, code):
    good = {"person_name": "Made Up", "purpose": "identification"}
    found = check_values(declared()["identity_check"], {**good, name: value})
    assert [(str(p.code), p.field) for p in found.problems] == [(code, f"fields.{name}")]


def test_all_problems_are_told_at_once_and_one_of_a_group_is_enough():
    form = declared()["vehicle_check"]
    found = check_values(form, {"colour": "pink"})
    assert {(str(p.code), p.field) for p in found.problems} == {
        ("input.not_a_choice", "fields.colour"),
        ("input.missing_field", "fields.purpose"),
        ("form.one_of", "fields.plate"),
    }
    assert not check_values(form, {"vin": "WVWZZZ1JZXW000001", "purpose": "investigation"}).problems


@pytest.mark.parametrize("value", ["1960", "1960-05", "1960-05-03"])
def test_dates_may_be_known_in_part(value):
    values = require_values(declared()["missing_person"], {"person_name": "A B", "event_date": value})
    assert values["event_date"] == value


def test_a_number_keeps_to_its_bounds():
    form = declared()["prison_transfer"]
    assert check_values(form, {"escorts": "3"}).values == {"escorts": 3}
    for wrong, code in (
        ("51", "form.range"),
        (-1, "form.range"),
        (True, "input.wrong_type"),
        (1.5, "input.wrong_type"),
    ):
        problems = check_values(form, {"escorts": wrong}).problems
        assert (code, "fields.escorts") in [(str(p.code), p.field) for p in problems]


def test_an_own_form_travels_and_is_read_where_nobody_has_it():
    form = read_form(OWN)
    definition = json.loads(json.dumps(travelling(form)))
    received = form_received("SI:fishing_boat", definition, "SI")
    assert received == form
    values = require_values(form, {"sign": "XQ7", "event_date": "2026-01", "gear": ["net"], "armed": "no"})
    lines = {line.name: line for line in shown(received, values, "ar")}
    assert lines["gear"].value == "شبكة"
    assert lines["armed"].value == "لا"
    assert lines["event_date"].label == "التاريخ"
    assert lines["sign"].label == "Call sign"


def test_what_a_declaration_does_not_know_is_shown_as_it_is():
    form = declared()["identity_check"]
    lines = shown(form, {"person_name": {"x": 1}, "newer": "field", "sex": "M"}, "en")
    assert [(line.name, line.value, line.kind) for line in lines] == [
        ("person_name", "x: 1", None),
        ("sex", "Male", FieldKind.CHOICE),
        ("newer", "field", None),
    ]
    assert shown(None, {"a": ["b", "c"]}, "en")[0].value == "b, c"


@pytest.mark.parametrize(
    ("tree", "code", "field"),
    [
        (changed(id="SI:"), "form.id", "id"),
        (changed(id="../x"), "form.id", "id"),
        (changed(name={"sl": "x"}), "form.language", "name"),
        (changed(name={"en": "x", "EN": "y"}), "form.language", "name"),
        (changed(name={"en": "<b>x</b>"}), "form.text", "name.en"),
        (changed(name={"en": "x&amp;y"}), "form.text", "name.en"),
        (changed(name={"en": "abc\u202egnp.exe"}), "form.text", "name.en"),
        (changed(name={"en": "a\u2066b\u2069"}), "form.text", "name.en"),
        (changed(name={"en": "a\u200bb"}), "form.text", "name.en"),
        (changed(name={"en": "\u061cx"}), "form.text", "name.en"),
        (changed(name={"en": "a\x1bb"}), "form.text", "name.en"),
        (changed(name={"en": "e\u0301"}), "form.text", "name.en"),
        (changed(name={"en": "a" + "\u0316" * 9}), "form.text", "name.en"),
        (changed(name={"en": "\U000e0041"}), "form.text", "name.en"),
        (changed(name={"en": " "}), "form.text", "name.en"),
        (changed(name={"en": "x" * 81}), "input.too_long", "name.en"),
        (changed(help={"en": "x" * 201}), "input.too_long", "help.en"),
        (changed(name={f"x{chr(97 + n)}": "y" for n in range(13)} | {"en": "x"}), "form.too_many", "name"),
        (changed(fields=[{"name": f"f{n}", "kind": "text", "label": {"en": "x"}} for n in range(41)], one_of=[]), "form.too_many", "fields"),
        (changed(fields=[{"name": "sign", "kind": "text", "label": {"en": "x"}}] * 2), "form.duplicate", "fields[1].name"),
        (with_field(kind="html"), "form.malformed", "fields[0].kind"),
        (with_field(name="Sign"), "form.malformed", "fields[0].name"),
        (with_field(name="__class__"), "form.malformed", "fields[0].name"),
        (with_field(longest=501), "form.malformed", "fields[0].longest"),
        (with_field(longest="12"), "form.malformed", "fields[0].longest"),
        (with_field(many=True), "form.malformed", "fields[0].many"),
        (with_field(least=9, most=3), "form.malformed", "fields[0].least"),
        (with_field(most=10**13), "form.malformed", "fields[0].most"),
        (with_field(choices=[{"code": "a", "label": {"en": "A"}}]), "form.malformed", "fields[0].choices"),
        (with_field(kind="choice"), "form.malformed", "fields[0].choices"),
        (with_field(kind="choice", choices=[{"code": "a", "label": {"en": "A"}}] * 2), "form.duplicate", "fields[0].choices[1].code"),
        (with_field(kind="choice", choices=[{"code": "<a>", "label": {"en": "A"}}]), "form.malformed", "fields[0].choices[0].code"),
        (with_field(kind="choice", choices=[{"code": f"a{n}", "label": {"en": "A"}} for n in range(61)]), "form.too_many", "fields[0].choices"),
        (with_field(kind="yes_no", choices=[{"code": "yes", "label": {"en": "No"}}]), "form.malformed", "fields[0].choices"),
        (with_field(use="nowhere"), "form.malformed", "fields[0].use"),
        (with_field(list="nowhere"), "form.malformed", "fields[0].list"),
        (with_field(onclick="x"), "form.malformed", "fields[0]"),
        (with_field(label={"en": "x\u202e"}), "form.text", "fields[0].label.en"),
        (changed(one_of=[["nowhere"]]), "form.malformed", "one_of[0]"),
        (changed(one_of=[[]]), "form.malformed", "one_of[0]"),
        (changed(answers=["DROP TABLE"]), "form.id", "answers[0]"),
        (changed(answers=["a_form"] * 21), "form.too_many", "answers"),
        (changed(clock="1s"), "form.malformed", "clock"),
        (changed(fields="x"), "form.malformed", "fields"),
        (changed(fields=[1]), "form.malformed", "fields[0]"),
        (changed(script="alert(1)"), "form.malformed", None),
    ],
)  # fmt: skip
def test_hostile_declarations_are_refused_with_a_code(tree, code, field):
    assert code_of(form_of, tree) == (code, field)


def test_a_large_declaration_is_refused():
    words = dict.fromkeys(LANGUAGES, "w" * 80)
    choices = [{"code": f"c{n}", "label": words} for n in range(60)]
    fields = [{"name": f"f{n}", "kind": "choice", "label": words, "choices": choices} for n in range(9)]
    assert code_of(form_of, changed(fields=fields, one_of=[])) == ("form.too_large", None)
    assert code_of(read_form, b"#" * 100_000) == ("form.too_large", None)


@pytest.mark.parametrize("source", [b"\xff", b"id =", b"{", b"[" * 90_000, b'{"a":' * 9_000, b"", b"[]"])
def test_what_is_no_file_of_a_form_is_refused(source):
    assert code_of(read_form, source)[0] == "form.malformed"


@pytest.mark.parametrize(
    ("form_id", "sender", "change", "code"),
    [
        ("SI:fishing_boat", "FR", {}, "form.id"),
        ("vehicle_check", "SI", {"id": "vehicle_check"}, "form.id"),
        ("SI:another", "SI", {}, "form.id"),
        ("SI:fishing_boat", "SI", {"name": {"en": "<i>"}}, "form.text"),
        ("NOT AN ID", "SI", {}, "form.id"),
    ],
)
def test_nobody_gives_anothers_form_a_meaning(form_id, sender, change, code):
    assert code_of(form_received, form_id, changed(**change), sender)[0] == code


def test_an_own_form_without_its_declaration_is_refused_and_a_newer_one_of_the_product_is_not():
    assert code_of(form_received, "SI:fishing_boat", None, "SI") == ("form.malformed", "form_definition")
    assert form_received("boarding_of_tomorrow", None, "SI") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9) | st.just("en"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "name", "kind", "x"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.data())
def test_whatever_is_put_into_a_declaration_it_is_sound_or_refused(data):
    """Never another exception, and what passes can be shown and filled in."""
    tree = copy.deepcopy(travelling(read_form(OWN)))
    place = data.draw(st.sampled_from([tree, tree["fields"][0], tree["fields"][3]["choices"][0]]))
    place[data.draw(st.sampled_from([*place, "choices"]))] = data.draw(JSON)
    try:
        form = form_of(tree)
    except ComityError as error:
        assert str(error.code).startswith(("form.", "input."))
        return
    assert form_of(travelling(form)) == form
    shown(form, {field.name: data.draw(JSON) for field in form.fields}, "ar")


@given(st.dictionaries(st.sampled_from([f.name for f in declared()["identity_check"].fields] + ["x"]), JSON))
def test_whatever_is_put_into_fields_is_checked(values):
    form = declared()["identity_check"]
    found = check_values(form, values)
    assert all(isinstance(problem, InputError) and problem.field for problem in found.problems)
    again = check_values(form, found.values)
    assert again.values == found.values
    assert not [p for p in again.problems if str(p.code) != "input.missing_field"]
    shown(form, values, "sl")


def test_countries_have_names_and_at_most_one_region():
    for code, name in STATES.items():
        assert country_in(code, "en") == name
        assert all(country_in(code, language) != code for language in LANGUAGES)
    table = files("comity.kernel.codes").joinpath("regions.csv").read_text("utf-8")
    listed = [code for row in csv.DictReader(table.splitlines()) for code in row["codes"].split()]
    assert len(listed) == len(set(listed))
    assert all(is_country(code) for code in listed)
    assert region_of("SVN") is Region.EUROPE
    assert region_of("MAR") is Region.MIDDLE_EAST_NORTH_AFRICA
    assert region_of("XPO") is None
