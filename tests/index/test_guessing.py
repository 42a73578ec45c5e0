"""One box: the node says what it took the text for."""

import pytest

from comity.kernel.errors import ErrorCode, InputError
from comity.protocol.search import TextQuery
from tests.index.feeding import document, person, vehicle

ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (ZONE, ["document", "person"]),
        (ZONE.replace("\n", ""), ["document", "person"]),
        ("Ana Izmisljena", ["person"]),
        ("Ana Izmisljena 1980-02-03", ["person"]),
        ("Ana Izmisljena, 3.2.1980", ["person"]),
        ("Izmisljena", ["plate", "person"]),
        ("WVWZZZ1KZAW000123", ["vin"]),
        ("LJ AB-123", ["document", "plate"]),
        ("PB0123456", ["document", "plate", "vin"]),
        ("آنا", ["plate", "person"]),
        ("123456789012345678", ["document"]),
        ("4AGE-1234567", ["document", "vin", "engine"]),
        ("white toyota hilux", ["vehicle", "person"]),
        ("Toyota Hilux 4x4 bela", ["vehicle"]),
        ("rouge VW Golf 2009", ["vehicle", "person"]),
        ("Rosa Blanca", ["person"]),
        ("Suzuki Brown", ["person"]),
    ],
)
def test_readings(index, text, kinds):
    assert [asked.kind for asked in index.ask(TextQuery(text)).asked] == kinds


def test_each_reading_finds(index):
    paper, car = document("LJAB123"), vehicle(plate="LJ AB-123")
    who = person("Ana Izmisljena", births=["1980-02-03"])
    index.put(paper, car, who)
    assert set(index.ids(TextQuery("lj ab 123"))) == {paper.record_id, car.record_id}
    assert index.ask(TextQuery("Ana Izmisljena 1980-02-03")).candidates[0].strength == "HIT"
    assert index.ask(TextQuery("Ana Izmisljena", "1980-02-03")).candidates[0].strength == "HIT"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.INPUT_NOTHING_TO_SEARCH),
        (" -- ", ErrorCode.INPUT_NOTHING_TO_SEARCH),
        ("A" * 501, ErrorCode.INPUT_TOO_LONG),
        ("1" * 40, ErrorCode.INPUT_NOTHING_TO_SEARCH),
        ("Ana Izmisljena 1980-02-30", ErrorCode.INPUT_IMPOSSIBLE_DATE),
    ],
)
def test_what_can_be_nothing_is_refused(index, text, code):
    with pytest.raises(InputError) as caught:
        index.ask(TextQuery(text))
    assert (caught.value.code, caught.value.field) == (code, "query.text")
