"""How well a vehicle fits a description, field by field, in words. A description is a lead, never a hit."""

from collections.abc import Mapping
from typing import Any, Final

from comity.collections.vehicles import DESCRIBING
from comity.index.exact import candidate
from comity.index.questions import DescriptionQuestion
from comity.matching.descriptions import AskedWord, listed_words, year_of
from comity.protocol.records import RecordBody
from comity.protocol.search import Candidate, Reason

WORDS_POINTS: Final = 900
"""For a description of which every word agrees, shared among them; a rare word says more than others."""
MIN_WORDS_POINTS: Final = 500
"""Half of what was asked: the make and the colour alone do not find every other model."""
YEAR_POINTS: Final = 60
NEAR_YEAR_POINTS: Final = 30
"""Model year and year of registration differ by one as often as not."""
MAX_SCORE: Final = 1000
COUNTRY_POINTS: Final = 40
OTHER_COUNTRY_POINTS: Final = -100
"""Plates are changed; a vehicle is not."""

_EQUAL: Final = {
    "make": ("make.equal", "The make agrees."),
    "model": ("model.equal", "The model agrees."),
    "colour": ("colour.equal", "The colour agrees."),
    "kind": ("kind.equal", "The kind of vehicle agrees."),
    "year": ("year.equal", "The year agrees."),
}
_NEAR: Final = {
    "make": ("make.near", "The make is a related one."),
    "model": ("model.near", "The model is a related one."),
    "colour": ("colour.near", "The colour is one that is easily taken for it."),
    "kind": ("kind.near", "The kind of vehicle is a related one."),
    "year": ("year.near", "The year is one off."),
}
_NOT_LISTED: Final = ("description.not_listed", "The record does not say this.")


def weigh(
    body: RecordBody, question: DescriptionQuestion, weights: Mapping[str, float], needed: int
) -> Candidate | None:
    """Return the candidate, None when too little agrees or the year is more than one off."""
    content = body.content
    listed_year = content.get("year")
    if question.year is not None and listed_year is not None and abs(question.year - listed_year) > 1:
        return None
    listed = {field: listed_words(content[field]) for field in DESCRIBING if field in content}
    total = sum(weights[word.word] for word in question.words)
    agreed: dict[tuple[str, bool], list[AskedWord]] = {}
    missing: list[AskedWord] = []
    for word in question.words:
        place = _place(word, listed, listed_year)
        if place is None:
            missing.append(word)
        else:
            agreed.setdefault(place, []).append(word)
    if len(question.words) - len(missing) < needed:
        return None
    reasons = []
    for (field, related), words in agreed.items():
        share = WORDS_POINTS * sum(weights[word.word] for word in words) / total
        points = round(share / 2) if related else round(share)
        agreement = (_NEAR if related else _EQUAL)[field]
        reasons.append(_reason(agreement, field, _shown(words), str(content[field]), points))
    if sum(reason.points for reason in reasons) < MIN_WORDS_POINTS:
        return None
    if missing:
        reasons.append(_reason(_NOT_LISTED, "description", _shown(missing), "", 0))
    reasons += _year_and_country(content, question)
    score = max(0, min(MAX_SCORE, sum(reason.points for reason in reasons)))
    return candidate(body, reasons, score, hit=False)


def _place(
    word: AskedWord, listed: Mapping[Any, frozenset[str]], year: int | None
) -> tuple[str, bool] | None:
    """Return the field that a word agrees with, and whether only by a related word."""
    for related, others in ((False, word.same), (True, word.related)):
        for field, words in listed.items():
            if not words.isdisjoint(others):
                return field, related
    asked = year_of(word.word)
    if asked is None or year is None or abs(asked - year) > 1:
        return None
    return "year", asked != year


def _year_and_country(content: Mapping[str, object], question: DescriptionQuestion) -> list[Reason]:
    reasons = []
    year, country = content.get("year"), content.get("plate_country")
    if question.year is not None and year is not None:
        same = question.year == year
        points = YEAR_POINTS if same else NEAR_YEAR_POINTS
        words = (_EQUAL if same else _NEAR)["year"]
        reasons.append(_reason(words, "year", str(question.year), str(year), points))
    if question.country is not None and country is not None:
        same = question.country == country
        words = (
            ("country.equal", "The country agrees.")
            if same
            else ("country.different", "The record names another country.")
        )
        points = COUNTRY_POINTS if same else OTHER_COUNTRY_POINTS
        reasons.append(_reason(words, "plate_country", question.country, str(country), points))
    return reasons


def _reason(words: tuple[str, str], field: str, asked: str, listed: str, points: int) -> Reason:
    code, message = words
    return Reason(code=code, field=field, asked=asked, listed=listed, points=points, message=message)


def _shown(words: list[AskedWord]) -> str:
    return " ".join(word.written for word in words)
