"""One line of a table or of JSON Lines becomes one record, or an error that names the column."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.collections import get
from comity.collections.rows import ENVELOPE_COLUMNS, build_body, columns, split_object, split_row
from comity.kernel.codes import CollectionName, HandlingLabel, PersonStatus, Purpose
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, RecordId
from comity.protocol.records import Restrictions
from comity.rules.record import check_record
from tests.collections.made_up import COLLECTIONS, EXAMPLES, anything

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
PERSONS = get(CollectionName.PERSONS)
VEHICLES = get(CollectionName.VEHICLES)
E = ErrorCode
ENVELOPE = {
    "owner_reference": "K-7/2026",
    "purpose": "wanted_persons",
    "legal_basis": "Act 1, article 2",
    "status": "charged",
    "label": "restricted",
    "allow": "",
    "deny": "FRA, D",
    "expires": "2028-01-01",
}
ROW = ENVELOPE | {
    "name": "VYMYSLENÁ, Jana",
    "birth_name": "Smyšlená, Jana",
    "aliases": "Joan Invented; Jeanne Inventée",
    "weak_aliases": "Jay",
    "birth_dates": "1971-02; circa 1973; 1970 to 1972",
    "birth_places": "Nowhere",
    "nationalities": "svn;UTO",
    "sex": "F",
    "documents": "passport:uto:ut 0001;::77;visa::V8",
    "offences": "theft; forgery",
    "cautions": "armed",
    "description": "Tall",
    "remarks": "",
}


def body_of(collection, envelope, content, at=AT):
    return build_body(
        collection,
        envelope,
        content,
        record_id=RecordId("01900000-0000-7000-8000-000000000000"),
        version=3,
        owner=BureauId("SI"),
        owner_country="SVN",
        at=at,
    )


def refused(call, *args):
    with pytest.raises(InputError) as caught:
        call(*args)
    return caught.value.code, caught.value.field


def built(row):
    return body_of(PERSONS, *split_row(PERSONS, row))


def test_a_whole_row():
    body = built(ROW)
    assert (body.version, body.owner, body.collection) == (3, "SI", CollectionName.PERSONS)
    assert (body.purpose, body.status) == (Purpose.WANTED_PERSONS, PersonStatus.CHARGED)
    assert body.label is HandlingLabel.RESTRICTED
    assert body.restrictions == Restrictions(deny=["FRA", "DEU"])
    assert body.expires_at == "2028-01-01T00:00:00.000000Z"
    assert [name.get("kind") for name in body.content["names"]] == [None, "birth", "alias", "alias", "alias"]
    assert body.content["names"][4]["quality"] == "weak"
    assert [birth["precision"] for birth in body.content["births"]] == ["month", "circa", "range"]
    assert body.content["documents"] == [
        {"number": "UT 0001", "country": "UTO"},
        {"number": "77"},
        {"number": "V8", "type": "visa"},
    ]
    assert "remarks" not in body.content


def test_blanks_take_the_lowest_label_and_the_ceiling():
    body = built(ROW | {"label": "", "deny": "", "expires": " "})
    assert body.label is HandlingLabel.OFFICIAL
    assert body.restrictions == Restrictions()
    assert body.expires_at == "2031-05-04T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"shoe_size": "41"}, E.INPUT_UNKNOWN_FIELD, "shoe_size"),
        ({"name": ""}, E.INPUT_MISSING_FIELD, "name"),
        ({"name": "007"}, E.INPUT_BAD_NAME, "name"),
        ({"aliases": "Jay; 007"}, E.INPUT_BAD_NAME, "aliases"),
        ({"birth_dates": "1971-02-30"}, E.INPUT_IMPOSSIBLE_DATE, "birth_dates"),
        ({"birth_dates": "1800"}, E.INPUT_IMPOSSIBLE_DATE, "birth_dates"),
        ({"nationalities": "QQQ"}, E.INPUT_UNKNOWN_COUNTRY, "nationalities"),
        ({"sex": "woman"}, E.INPUT_NOT_A_CHOICE, "sex"),
        ({"documents": "UT1"}, E.INPUT_WRONG_TYPE, "documents"),
        ({"documents": "scroll::1"}, E.INPUT_NOT_A_CHOICE, "documents"),
        ({"documents": "passport:QQQ:1"}, E.INPUT_UNKNOWN_COUNTRY, "documents"),
        ({"description": "x" * 9_000}, E.INPUT_TOO_LONG, "description"),
        ({"description": "x" * 10_001}, E.INPUT_TOO_LONG, "description"),
        ({"owner_reference": ""}, E.INPUT_MISSING_FIELD, "owner_reference"),
        ({"owner_reference": "x" * 101}, E.INPUT_TOO_LONG, "owner_reference"),
        ({"purpose": ""}, E.PURPOSE_MISSING, "purpose"),
        ({"purpose": "curiosity"}, E.INPUT_NOT_A_CHOICE, "purpose"),
        ({"legal_basis": ""}, E.INPUT_MISSING_FIELD, "legal_basis"),
        ({"status": ""}, E.RECORD_STATUS_MISSING, "status"),
        ({"status": "witness"}, E.RECORD_STATUS_NOT_ALLOWED, "status"),
        ({"label": "secret"}, E.INPUT_NOT_A_CHOICE, "label"),
        ({"allow": "MAR"}, E.RECORD_RESTRICTION_ODD, "deny"),
        ({"deny": "SVN"}, E.RECORD_RESTRICTION_ODD, "deny"),
        ({"deny": "Q"}, E.INPUT_UNKNOWN_COUNTRY, "deny"),
        ({"expires": "2026-05-04"}, E.RECORD_EXPIRY_PAST, "expires"),
        ({"expires": "2031-05-05"}, E.RECORD_EXPIRY_BEYOND_CEILING, "expires"),
        ({"expires": "2028-02-30"}, E.INPUT_IMPOSSIBLE_DATE, "expires"),
        ({"expires": "2028-01-01T00:00:00"}, E.INPUT_IMPOSSIBLE_DATE, "expires"),
        ({"expires": "0001-01-01T00:00:00+14:00"}, E.INPUT_IMPOSSIBLE_DATE, "expires"),
        ({"legal_basis": "a\x07b"}, E.INPUT_BAD_TEXT, "legal_basis"),
    ],
)
def test_an_error_names_the_column(change, code, field):
    assert refused(built, ROW | change) == (code, field)


def test_the_year_of_a_vehicle_is_a_number():
    row = {"plate": "XX 1", "year": "1999"}
    assert split_row(VEHICLES, row)[1] == {"plate": "XX 1", "year": 1999}
    assert split_row(VEHICLES, row | {"year": ""})[1] == {"plate": "XX 1"}
    for year in ("old", "1999.0", "²", "9" * 30):
        assert refused(split_row, VEHICLES, row | {"year": year}) == (E.INPUT_WRONG_TYPE, "year")


def test_ragged_lines_of_a_table():
    text = "owner_reference,purpose,legal_basis,plate\nA,alert,Act,XX1,more\nB,alert,Act\n"
    more, fewer = csv.DictReader(io.StringIO(text))
    assert refused(split_row, VEHICLES, more)[0] is E.INPUT_BAD_CSV
    assert refused(split_row, VEHICLES, fewer) == (E.INPUT_MISSING_FIELD, "vin")


def test_an_object_of_json_lines():
    line = ENVELOPE | {"allow": None, "deny": ["FRA"], "content": EXAMPLES[CollectionName.PERSONS]}
    body = body_of(PERSONS, *split_object(PERSONS, line))
    assert body.restrictions == Restrictions(deny=["FRA"])
    assert body.content == EXAMPLES[CollectionName.PERSONS]


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ([], E.INPUT_WRONG_TYPE, None),
        ({"contents": {}}, E.INPUT_UNKNOWN_FIELD, "contents"),
        ({"a field with blanks": {}}, E.INPUT_UNKNOWN_FIELD, None),
        ({}, E.INPUT_MISSING_FIELD, "content"),
        ({"content": [1]}, E.INPUT_WRONG_TYPE, "content"),
        ({"content": {}}, E.INPUT_MISSING_FIELD, "content.names"),
        ({"content": EXAMPLES[CollectionName.PERSONS], "purpose": 1}, E.INPUT_WRONG_TYPE, "purpose"),
        (
            ENVELOPE | {"content": EXAMPLES[CollectionName.PERSONS], "deny": "FRA"},
            E.INPUT_WRONG_TYPE,
            "allow",
        ),
    ],
)
def test_objects_that_are_refused(line, code, field):
    def build(value):
        return body_of(PERSONS, *split_object(PERSONS, {"owner_reference": "A", **value} if value else value))

    assert refused(build, line)[0] is code or refused(build, line)[0] is E.INPUT_MISSING_FIELD
    if code is not E.INPUT_WRONG_TYPE:
        assert refused(build, line) == (code, field)


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
@given(data=st.data())
def test_i13_any_object_becomes_a_lawful_record_or_an_input_error(collection, data):
    line = ENVELOPE | {"allow": [], "deny": [], "content": EXAMPLES[collection.name]}
    if collection.name is not CollectionName.PERSONS:
        line["status"] = None
    line[data.draw(st.sampled_from([*ENVELOPE_COLUMNS, "content"]))] = data.draw(anything)
    try:
        body = body_of(collection, *split_object(collection, line))
    except InputError:
        return
    check_record(body, "SVN", AT)


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda c: str(c.name))
@given(data=st.data())
def test_i13_any_row_becomes_a_lawful_record_or_an_input_error(collection, data):
    names = st.sampled_from(columns(collection))
    row = data.draw(st.dictionaries(names, st.text(max_size=30), max_size=12))
    try:
        body = body_of(collection, *split_row(collection, row))
    except InputError as error:
        field = error.field
    else:
        check_record(body, "SVN", AT)
        return
    assert field in columns(collection)
