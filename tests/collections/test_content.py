"""What each collection accepts, refuses and is found by."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.collections import KeyKind, NameQuality, get
from comity.collections.reading import MAX_CONTENT_BYTES
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.documents import document_key
from comity.matching.names import normalise as normalise_name
from comity.matching.vehicles import plate_key, vin_key
from tests.collections.made_up import COLLECTIONS, DOCUMENT, EXAMPLES, PERSON, VEHICLE, anything, nearly

PERSONS = get(CollectionName.PERSONS)
DOCUMENTS = get(CollectionName.TRAVEL_DOCUMENTS)
VEHICLES = get(CollectionName.VEHICLES)
E = ErrorCode


def refused(collection, content):
    with pytest.raises(InputError) as caught:
        collection.normalise(content)
    return caught.value.code, caught.value.field


def normal_or_none(collection, content):
    """The normal form or None when refused; any other exception fails the test."""
    try:
        return collection.normalise(content)
    except InputError as error:
        field = error.field
    assert field == "content" or field.startswith("content.")
    return None


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
@given(content=st.dictionaries(st.text(max_size=12), anything, max_size=5))
def test_i13_any_object_is_accepted_or_refused_by_name(collection, content):
    assert normal_or_none(collection, content) is None


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
@given(content=anything.filter(lambda value: not isinstance(value, dict)))
def test_i13_what_is_no_object_is_refused(collection, content):
    assert refused(collection, content) == (E.INPUT_WRONG_TYPE, "content")


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
@given(data=st.data())
def test_i13_a_field_of_any_kind_is_accepted_or_refused_by_name(collection, data):
    content = copy.deepcopy(EXAMPLES[collection.name])
    content[data.draw(st.sampled_from(sorted(content)))] = data.draw(anything)
    normal_or_none(collection, content)


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
@given(data=st.data())
def test_normalising_twice_changes_nothing_and_everything_works_on_the_result(collection, data):
    normal = normal_or_none(collection, data.draw(nearly[collection.name]))
    if normal is None:
        return
    assert collection.normalise(normal) == normal
    assert canonical_bytes(normal)
    assert collection.title(normal)
    assert canonical_bytes(collection.view(normal))
    for key in collection.keys(normal):
        assert key.value
    assert len(collection.births(normal)) == len(normal.get("births", ()))
    assert len(collection.names(normal)) == len(normal.get("names", ()))
    assert all(normalise_name(name.text).tokens for name in collection.names(normal))


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
def test_the_examples_are_in_normal_form(collection):
    assert collection.normalise(EXAMPLES[collection.name]) == EXAMPLES[collection.name]


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
def test_depth_without_end_is_refused(collection):
    deep = leaf = []
    for _ in range(900):
        leaf.append([])
        leaf = leaf[0]
    for field in EXAMPLES[collection.name]:
        assert normal_or_none(collection, EXAMPLES[collection.name] | {field: deep}) is None


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
def test_unknown_fields_are_refused_by_name(collection):
    content = EXAMPLES[collection.name]
    assert refused(collection, content | {"shoe_size": 41}) == (E.INPUT_UNKNOWN_FIELD, "content.shoe_size")
    assert refused(collection, content | {"shoe_size": None})[0] is E.INPUT_UNKNOWN_FIELD
    odd = "Jana Vymyslená `x` - at `$.z`"
    assert refused(collection, content | {odd: 1}) == (E.INPUT_UNKNOWN_FIELD, "content")


def test_i11_an_error_never_repeats_what_was_given():
    secret = "Vymyslena-17"
    for content in (
        PERSON | {"sex": secret},
        PERSON | {"births": [{"earliest": secret, "latest": secret, "precision": secret}]},
        PERSON | {"nationalities": [secret]},
        PERSON | {"names": [{"text": "Jana", secret + " is her name": 1}]},
        PERSON | {"documents": [{"number": "-", "type": secret}]},
    ):
        with pytest.raises(InputError) as caught:
            PERSONS.normalise(content)
        shown = f"{caught.value} {caught.value.public()} {caught.value.detail} {caught.value.__cause__}"
        assert secret not in shown


def test_a_travel_document_has_no_bearer():
    for field in ("name", "bearer", "holder", "surname"):
        assert refused(DOCUMENTS, DOCUMENT | {field: "Jana Vymyslená"})[0] is E.INPUT_UNKNOWN_FIELD


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"names": []}, E.INPUT_MISSING_FIELD, "content.names"),
        ({"names": [{"text": "J", "kind": "alias"}]}, E.INPUT_MISSING_FIELD, "content.names"),
        ({"names": [{"text": "1234 -"}]}, E.INPUT_BAD_NAME, "content.names[0].text"),
        ({"names": [{"text": "ゝー"}]}, E.INPUT_BAD_NAME, "content.names[0].text"),
        ({"names": [{"text": "a b " * 40}]}, E.INPUT_TOO_LONG, "content.names[0].text"),
        ({"names": [{"text": " "}]}, E.INPUT_MISSING_FIELD, "content.names[0].text"),
        ({"names": [{}]}, E.INPUT_MISSING_FIELD, "content.names[0].text"),
        ({"names": [{"text": "J" * 301}]}, E.INPUT_TOO_LONG, "content.names[0].text"),
        ({"names": [{"text": f"J{i}"} for i in range(201)]}, E.INPUT_TOO_LONG, "content.names"),
        ({"names": [{"text": "Jana\x00"}]}, E.INPUT_BAD_TEXT, "content.names[0].text"),
        ({"names": [{"text": "Jana\ud800"}]}, E.INPUT_BAD_TEXT, "content.names[0].text"),
        ({"names": [{"text": "J", "kind": "stage"}]}, E.INPUT_NOT_A_CHOICE, "content.names[0].kind"),
        ({"names": [{"text": "J", "script": "arabic"}]}, E.INPUT_WRONG_TYPE, "content.names[0].script"),
        ({"sex": "female"}, E.INPUT_NOT_A_CHOICE, "content.sex"),
        ({"sex": 1}, E.INPUT_WRONG_TYPE, "content.sex"),
        ({"nationalities": ["SVN", "QQQ"]}, E.INPUT_UNKNOWN_COUNTRY, "content.nationalities[1]"),
        ({"nationalities": "SVN"}, E.INPUT_WRONG_TYPE, "content.nationalities"),
        ({"documents": [{"number": "--"}]}, E.INPUT_BAD_NUMBER, "content.documents[0].number"),
        (
            {"documents": [{"number": "1", "country": "Q"}]},
            E.INPUT_UNKNOWN_COUNTRY,
            "content.documents[0].country",
        ),
        ({"offences": ["theft", " "]}, E.INPUT_MISSING_FIELD, "content.offences[1]"),
        ({"offences": ["a", "a", 3]}, E.INPUT_WRONG_TYPE, "content.offences[2]"),
        ({"cautions": ["rude"]}, E.INPUT_NOT_A_CHOICE, "content.cautions[0]"),
        ({"description": "x" * 8_001}, E.INPUT_TOO_LONG, "content.description"),
    ],
)
def test_persons_refuse(change, code, field):
    assert refused(PERSONS, PERSON | change) == (code, field)


@pytest.mark.parametrize(
    ("earliest", "latest", "precision"),
    [
        ("1971-02-29", "1971-02-29", "exact"),
        ("1971-02-02", "1971-02-01", "range"),
        ("1971-02-01", "1971-02-02", "exact"),
        ("1971-02-01", "1971-02-27", "month"),
        ("1971-01-01", "1971-12-30", "year"),
        ("1900-01-01", "1961-01-01", "range"),
        ("1849-01-01", "1849-12-31", "year"),
        ("2200-01-01", "2200-12-31", "year"),
    ],
)
def test_impossible_births_are_refused(earliest, latest, precision):
    birth = {"earliest": earliest, "latest": latest, "precision": precision}
    code, field = refused(PERSONS, PERSON | {"births": [birth]})
    assert (code, field) == (E.INPUT_IMPOSSIBLE_DATE, "content.births[0]")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"number": None}, E.INPUT_MISSING_FIELD, "content.number"),
        ({"number": " - "}, E.INPUT_BAD_NUMBER, "content.number"),
        ({"number": "1" * 41}, E.INPUT_TOO_LONG, "content.number"),
        ({"country": "Slovenia"}, E.INPUT_TOO_LONG, "content.country"),
        ({"country": "QQQ"}, E.INPUT_UNKNOWN_COUNTRY, "content.country"),
        ({"loss": "eaten"}, E.INPUT_NOT_A_CHOICE, "content.loss"),
        ({"event_date": "2025-13"}, E.INPUT_IMPOSSIBLE_DATE, "content.event_date"),
        ({"event_date": "2025-02-29"}, E.INPUT_IMPOSSIBLE_DATE, "content.event_date"),
        ({"event_date": "20250201"}, E.INPUT_IMPOSSIBLE_DATE, "content.event_date"),
    ],
)
def test_travel_documents_refuse(change, code, field):
    assert refused(DOCUMENTS, DOCUMENT | change) == (code, field)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"vin": None, "plate": ""}, E.INPUT_MISSING_FIELD, "content.vin"),
        ({"vin": "W!"}, E.INPUT_BAD_VIN, "content.vin"),
        ({"vin": "W" * 18}, E.INPUT_BAD_VIN, "content.vin"),
        ({"plate": "--"}, E.INPUT_BAD_NUMBER, "content.plate"),
        ({"plate_country": "QQQ"}, E.INPUT_UNKNOWN_COUNTRY, "content.plate_country"),
        ({"year": 1884}, E.INPUT_WRONG_TYPE, "content.year"),
        ({"year": 1999.0}, E.INPUT_WRONG_TYPE, "content.year"),
        ({"year": "1999"}, E.INPUT_WRONG_TYPE, "content.year"),
        ({"theft_date": "yesterday"}, E.INPUT_IMPOSSIBLE_DATE, "content.theft_date"),
    ],
)
def test_vehicles_refuse(change, code, field):
    assert refused(VEHICLES, VEHICLE | change) == (code, field)


def test_a_record_that_could_not_travel_is_refused():
    heavy = PERSON | {"names": [{"text": f"{'龍' * 290}{i}"} for i in range(100)]}
    assert refused(PERSONS, heavy) == (E.INPUT_TOO_LONG, "content")
    assert len(canonical_bytes(PERSONS.normalise(PERSON))) < MAX_CONTENT_BYTES


def test_texts_are_cleaned():
    normal = PERSONS.normalise(
        {
            "names": [{"text": "  Jana\u202e\u00a0 Vymyslena\u0301\t "}, {"text": "Jana Vymyslená"}],
            "nationalities": ["svn", "D", "DEU"],
            "description": " tall \r\n\u200b\r\nthin ",
            "offences": ["theft", " theft "],
            "remarks": "  ",
            "birth_places": [],
        }
    )
    assert normal == {
        "names": [{"text": "Jana Vymyslená"}],
        "nationalities": ["SVN", "DEU"],
        "description": "tall\n\nthin",
        "offences": ["theft"],
    }


def test_joiners_inside_persian_names_stay():
    text = "علی\u200cرضا"
    assert PERSONS.normalise({"names": [{"text": text}]})["names"][0]["text"] == text


@given(number=st.from_regex(r"[A-Z]{1,2}[0-9]{5,9}", fullmatch=True), data=st.data())
def test_a_document_is_found_however_its_number_is_written(number, data):
    marks = data.draw(
        st.lists(st.sampled_from(["", " ", "-", "."]), min_size=len(number), max_size=len(number))
    )
    written = "".join(mark + sign for mark, sign in zip(marks, number, strict=True))
    written = data.draw(st.sampled_from([written, written.lower()]))
    listed = DOCUMENTS.normalise(DOCUMENT | {"number": written})
    carried = PERSONS.normalise(PERSON | {"documents": [{"number": written, "country": "uto"}]})
    for key in DOCUMENTS.keys(listed) + PERSONS.keys(carried):
        assert (key.kind, key.value) == (KeyKind.DOCUMENT_NUMBER, document_key(number))
        assert (key.country, key.document_type) == ("UTO", "passport")


@given(plate=st.from_regex(r"[A-Z]{2}[0-9]{2}[A-Z]{2}", fullmatch=True), data=st.data())
def test_a_vehicle_is_found_however_its_plate_is_written(plate, data):
    separator = data.draw(st.sampled_from(["", " ", "-", "·"]))
    swaps = str.maketrans("O0I1", data.draw(st.sampled_from(["0O1I", "O0I1", "ОOІ1"])))
    written = separator.join([plate[:2], plate[2:]]).translate(swaps)
    normal = VEHICLES.normalise({"plate": data.draw(st.sampled_from([written, written.lower()]))})
    keys = VEHICLES.keys(normal)
    assert [(key.kind, key.value) for key in keys] == [(KeyKind.PLATE, plate_key(plate))]


def test_keys_of_a_vehicle():
    keys = VEHICLES.keys(VEHICLES.normalise(VEHICLE | {"vin": "wvwzzz1jzxw-oooooi"}))
    assert [(key.kind, key.value, key.country) for key in keys] == [
        (KeyKind.PLATE, plate_key("XXOOIBS"), "SVN"),
        (KeyKind.VIN, vin_key("WVWZZZ1JZXW000001"), None),
        (KeyKind.VIN_TAIL, "XW000001", None),
    ]
    short = VEHICLES.keys(VEHICLES.normalise({"vin": "12345"}))
    assert [key.kind for key in short] == [KeyKind.VIN]


def test_one_number_of_two_countries_gives_two_keys():
    documents = [{"number": "A1", "country": "UTO"}, {"number": "A1", "country": "SVN", "type": "visa"}]
    keys = PERSONS.keys(PERSONS.normalise(PERSON | {"documents": documents}))
    assert [(key.country, key.document_type) for key in keys] == [("UTO", "passport"), ("SVN", "visa")]
    assert keys[0] == keys[1], "as keys they are one"


def test_names_births_and_view_of_a_person():
    normal = PERSONS.normalise(PERSON)
    assert [(name.text, name.quality) for name in PERSONS.names(normal)] == [
        ("VYMYSLENÁ, Jana Marie", NameQuality.STRONG),
        ("Invented Joan", NameQuality.WEAK),
        ("يانا المختلقة", NameQuality.STRONG),
    ]
    assert [birth.to_wire() for birth in PERSONS.births(normal)] == PERSON["births"]
    assert PERSONS.title(normal) == "VYMYSLENÁ, Jana Marie"
    view = PERSONS.view(normal)
    assert "remarks" not in view
    assert view["names"][0] == {"text": "VYMYSLENÁ, Jana Marie", "kind": "primary", "quality": "strong"}
    assert view["documents"][0]["type"] == "passport"
    assert normal == PERSONS.normalise(PERSON), "a view changes nothing"


def test_things_have_neither_names_nor_births():
    for collection, content in ((DOCUMENTS, DOCUMENT), (VEHICLES, VEHICLE)):
        normal = collection.normalise(content)
        assert collection.names(normal) == []
        assert collection.births(normal) == []
        assert collection.view(normal) == normal
    assert DOCUMENTS.title(DOCUMENT) == "passport UT0001112 (Utopia (specimen documents only))"
    assert VEHICLES.title(VEHICLE) == "XX O0 IBS blue Horse Two"


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
def test_the_schema_names_every_field_and_no_other(collection):
    schema = collection.schema()
    content = schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    assert set(content["properties"]) == set(EXAMPLES[collection.name])
    assert content["additionalProperties"] is False
