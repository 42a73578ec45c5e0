"""Made-up content and strategies for it. Nobody here exists."""

from hypothesis import strategies as st

from comity.collections import get
from comity.kernel.codes import CollectionName, DocumentKind, DocumentLoss
from comity.kernel.codes.states import STATES

PERSON = {
    "names": [
        {"text": "VYMYSLENÁ, Jana Marie"},
        {"text": "Invented Joan", "kind": "alias", "quality": "weak"},
        {"text": "يانا المختلقة", "kind": "transliteration", "script": "Arab"},
    ],
    "births": [{"earliest": "1971-02-01", "latest": "1971-02-28", "precision": "month"}],
    "birth_places": ["Nowhere upon Sea"],
    "nationalities": ["UTO", "SVN"],
    "sex": "F",
    "documents": [{"number": "UT 000-111", "country": "UTO", "note": "issued 2019"}],
    "offences": ["Theft of a made-up painting"],
    "cautions": ["escape_risk"],
    "description": "Tall.\nSpeaks Esperanto.",
    "remarks": "For bureaus only.",
}
DOCUMENT = {
    "number": "UT0001112",
    "country": "UTO",
    "type": "passport",
    "loss": "stolen",
    "event_date": "2025-11",
    "place": "Nowhere",
    "national_reference": "N-12/25",
}
VEHICLE = {
    "vin": "WVWZZZ1JZXW000001",
    "plate": "XX O0 IBS",
    "plate_country": "SVN",
    "make": "Horse",
    "model": "Two",
    "kind": "car",
    "colour": "blue",
    "year": 1999,
    "engine_number": "E1",
    "theft_date": "2026-01-31",
    "theft_place": "Nowhere",
    "remarks": "Squeaks.",
}
EXAMPLES = {
    CollectionName.PERSONS: PERSON,
    CollectionName.TRAVEL_DOCUMENTS: DOCUMENT,
    CollectionName.VEHICLES: VEHICLE,
}
COLLECTIONS = [get(name) for name in CollectionName]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
"""Any JSON value, half characters and NaN included."""

_countries = st.sampled_from(sorted(STATES))
_words = st.text(min_size=1, max_size=40)
_numbers = st.text(st.sampled_from("ABCXYZ0123456789 -./oiОІß"), min_size=1, max_size=30)
_dates = st.sampled_from(["1999", "2020-02", "2024-02-29", "2023-02-29", "20240101", "1700-01-01"])
_names = st.fixed_dictionaries(
    {"text": _words},
    optional={
        "kind": st.sampled_from(["primary", "alias", "birth", "transliteration", "nick"]),
        "quality": st.sampled_from(["strong", "weak"]),
        "script": st.sampled_from(["Latn", "Arab", "latin"]),
    },
)
_births = st.sampled_from(
    [
        {"earliest": "1960-05-03", "latest": "1960-05-03", "precision": "exact"},
        {"earliest": "1960-01-01", "latest": "1960-12-31", "precision": "year"},
        {"earliest": "1958-01-01", "latest": "1962-12-31", "precision": "circa"},
        {"earliest": "1960-01-01", "latest": "1959-12-31", "precision": "range"},
        {"earliest": "1960-01-01", "latest": "1960-01-02", "precision": "exact"},
    ]
)
_documents = st.fixed_dictionaries(
    {"number": _numbers},
    optional={
        "country": _countries | st.none(),
        "type": st.sampled_from([*DocumentKind, "scroll"]),
        "note": _words,
    },
)
nearly = {
    CollectionName.PERSONS: st.fixed_dictionaries(
        {"names": st.lists(_names, min_size=1, max_size=4)},
        optional={
            "births": st.lists(_births, max_size=3),
            "birth_places": st.lists(_words, max_size=3),
            "nationalities": st.lists(_countries | st.just("svn"), max_size=4),
            "sex": st.sampled_from(["F", "M", "X", "f", ""]),
            "documents": st.lists(_documents, max_size=3),
            "cautions": st.lists(st.sampled_from(["armed", "violent", "rude"]), max_size=3),
            "description": _words,
            "remarks": anything,
        },
    ),
    CollectionName.TRAVEL_DOCUMENTS: st.fixed_dictionaries(
        {
            "number": _numbers,
            "country": _countries,
            "type": st.sampled_from(DocumentKind),
            "loss": st.sampled_from(DocumentLoss),
        },
        optional={"event_date": _dates, "place": _words, "national_reference": anything},
    ),
    CollectionName.VEHICLES: st.fixed_dictionaries(
        {},
        optional={
            "vin": st.text(st.sampled_from("ABCWVZOIQ0123456789 -ioqЖ"), max_size=20),
            "plate": st.text(max_size=12) | _numbers,
            "plate_country": _countries,
            "make": _words,
            "year": st.integers(min_value=1800, max_value=2300) | anything,
            "theft_date": _dates,
            "remarks": _words,
        },
    ),
}
"""Content that is right or nearly right, by collection."""
