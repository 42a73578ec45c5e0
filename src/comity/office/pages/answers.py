"""A search's answer as the officer's page shows it. The page adds words; it never changes the state (I2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from comity.kernel.codes import AnswerState, DocumentKind, MatchStrength
from comity.office.pages.alarm_lines import alarm_lines
from comity.office.pages.facts import Fact, cautions_of, facts_of
from comity.office.pages.words import DOCUMENT_KINDS, KINDS, REASONS, TO_DO, WARNINGS, word
from comity.protocol.search import Candidate, Reason, SearchAnswer, SourceReport

SHAPES: Final = {
    AnswerState.HIT: ("octagon", "hit"),
    AnswerState.POSSIBLE: ("triangle", "possible"),
    AnswerState.NO_RECORD: ("circle", "none"),
    AnswerState.INCOMPLETE: ("square", "incomplete"),
}
"""Shape and style of each state: a reader who sees no colours tells them apart."""


_ENGLISH: Final = {
    "person": {"Person": ""},
    "plate": {"Plate": ""},
    "vin": {"Vehicle number": ""},
    "engine": {"Engine number": ""},
    "vehicle": {"Vehicle": ""},
    "document": {"Document": ""} | {str(k).replace("_", " ").capitalize(): str(k) for k in DocumentKind},
}
"""Words with which sources begin what they asked (`Asked.shown`), and the code behind them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the four states on the screen."""

    state: str
    shape: str
    style: str


@dataclass(frozen=True, slots=True)
class Understood:
    """One way in which the question was read: what kind of thing, and the thing itself."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason of a match in the reader's language."""

    words: str
    asked: str
    listed: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One record that was found."""

    record_id: str
    collection: str
    owner: str
    label: str
    strength: str
    style: str
    percent: int
    title: str
    facts: list[Fact]
    cautions: list[str]
    grounds: list[Ground]
    to_do: Sequence[Any]
    sources: list[str]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Everything that the answer's part of the page shows."""

    search_id: str
    verdicts: list[Verdict]
    state: str
    asked: list[Understood]
    warnings: list[str]
    cards: list[Card]
    sources: list[SourceReport]
    silent: list[SourceReport]
    alarms: list[str]
    answered_at: datetime
    took_ms: int


def answer_page(answer: SearchAnswer) -> AnswerPage:
    """Return the page of `answer`.

    An incomplete answer that found something shows both: what was found, and that a source is missing.
    An incomplete one that found nothing shows the missing source only, never "no record".
    """
    states = [answer.state]
    if answer.state is AnswerState.INCOMPLETE and answer.finding in {AnswerState.HIT, AnswerState.POSSIBLE}:
        states.insert(0, answer.finding)
    return AnswerPage(
        search_id=answer.search_id,
        verdicts=[Verdict(str(state), *SHAPES[state]) for state in states],
        state=str(answer.state),
        asked=[understood(asked.kind, asked.shown) for asked in answer.asked],
        warnings=[str(WARNINGS.get(warning.code, warning.message)) for warning in answer.warnings],
        cards=[_card(candidate) for candidate in answer.candidates],
        sources=answer.sources,
        silent=[source for source in answer.sources if not source.answered],
        alarms=alarm_lines(answer.sources),
        answered_at=datetime.fromisoformat(answer.answered_at),
        took_ms=answer.took_ms,
    )


def understood(kind: str, shown: str) -> Understood:
    """Return what was asked with the kind in the reader's language instead of the source's English word."""
    words = _ENGLISH.get(kind, {})
    for english, code in words.items():
        if shown.startswith(f"{english} "):
            text = shown.removeprefix(english).strip()
            return Understood(word(DOCUMENT_KINDS, code) if code else word(KINDS, kind), text)
    return Understood(word(KINDS, kind), shown)


def understood_words(shown: str) -> Understood:
    """Return the same for a hit, which keeps what was asked without its kind."""
    for kind, words in _ENGLISH.items():
        if any(shown.startswith(f"{english} ") for english in words):
            return understood(kind, shown)
    return Understood("", shown)


def grounds_of(reasons: Sequence[Reason]) -> list[Ground]:
    """Return the reasons in the reader's language; an unknown code keeps its source's English."""
    return [
        Ground(str(REASONS.get(r.code, r.message)), r.asked, r.listed, agrees=r.points > 0) for r in reasons
    ]


def title_of(view: dict[str, Any]) -> str:
    """Return what names a record on a card: its first name, its kind and number, or plate, make and model."""
    names = view.get("names") or []
    if names:
        return str(names[0]["text"])
    if "number" in view:
        kind = word(DOCUMENT_KINDS, view["type"]) if "type" in view else ""
        return f"{kind} {view['number']}".strip()
    parts = (view.get("plate") or view.get("vin"), view.get("make"), view.get("model"))
    return " ".join(str(part) for part in parts if part)


def _card(candidate: Candidate) -> Card:
    hit = candidate.strength is MatchStrength.HIT
    return Card(
        record_id=candidate.record_id,
        collection=str(candidate.collection),
        owner=candidate.owner,
        label=str(candidate.label),
        strength=str(candidate.strength),
        style="hit" if hit else "possible",
        percent=round(candidate.score / 10),
        title=title_of(candidate.view),
        facts=facts_of(candidate.view, [msgspec.to_builtins(reason) for reason in candidate.reasons]),
        cautions=cautions_of(candidate.view),
        grounds=grounds_of(candidate.reasons),
        to_do=TO_DO.get(str(candidate.collection), ()),
        sources=candidate.sources,
    )
