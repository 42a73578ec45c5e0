"""Words that describe vehicles: one spelling each, whatever the tongue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.descriptions import (
    MAX_DESCRIPTION_WORDS,
    MAX_WORD_BYTES,
    asked_words,
    describes_vehicle,
    listed_words,
    year_of,
)
from comity.matching.vehicle_words import NOISE, RELATED, SAME_WORD


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("GREY", "grey"),
        ("gray", "grey"),
        ("Srebrna", "silver"),
        ("чёрный", "black"),
        ("بيضاء", "white"),
        ("Grün", "green"),
        ("VW", "volkswagen"),
        ("Mercedes-Benz", "mercedes"),
        ("Stationwagon", "estate"),
        ("Camion", "truck"),
        ("٢٠٠٩", "2009"),
        ("Citroën", "citroen"),
        ("CR-V", "crv"),
    ],
)
def test_one_word_for_many(text, word):
    assert word in listed_words(text)


def test_asked_words_know_their_neighbours_and_relatives():
    silver, x, trail = asked_words("dark silver X Trail")
    assert (silver.word, silver.related) == ("silver", ("grey",))
    assert "xtrail" in x.same
    assert "xtrail" in trail.same


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ErrorCode.INPUT_NOTHING_TO_SEARCH),
        ("dark grey gray", ErrorCode.INPUT_NOTHING_TO_SEARCH),
        ("word " * 50, ErrorCode.INPUT_TOO_LONG),
        (" ".join(f"w{n}" for n in range(13)), ErrorCode.INPUT_TOO_LONG),
    ],
)
def test_too_little_and_too_much_are_refused(text, code):
    with pytest.raises(InputError) as refused:
        asked_words(text)
    assert refused.value.code is code


@pytest.mark.parametrize("text", ["white toyota", "BMW 320 siva", "rdeč Opel Corsa", "toyota pickup"])
def test_a_make_beside_its_looks_is_a_description(text):
    assert describes_vehicle(text)


@pytest.mark.parametrize(
    "text", ["Rosa Blanca", "James Brown", "Mercedes Brown", "BMW 320", "toyota", "white", ""]
)
def test_names_are_no_descriptions(text):
    assert not describes_vehicle(text)


@pytest.mark.parametrize(("word", "year"), [("2009", 2009), ("1899", None), ("2100", None), ("206", None)])
def test_years(word, year):
    assert year_of(word) == year


def test_the_tables_are_in_the_form_of_the_words():
    for synonym, word in SAME_WORD.items():
        assert listed_words(synonym) == {word}, synonym
    for word, others in RELATED.items():
        assert all(word in RELATED[other] for other in others)
        assert SAME_WORD[word] == word
    assert NOISE.isdisjoint(SAME_WORD)


@given(st.text(max_size=250))
def test_any_text_has_words_or_is_refused(text):
    listed = listed_words(text)
    assert all(0 < len(word.encode()) <= MAX_WORD_BYTES for word in listed)
    try:
        asked = asked_words(text)
    except InputError:
        return
    assert len(asked) <= MAX_DESCRIPTION_WORDS
    assert {word.word for word in asked} <= listed
    assert all(not listed.isdisjoint(word.same) for word in asked)
