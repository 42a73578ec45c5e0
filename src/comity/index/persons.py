"""From names that look alike to persons: name, date of birth, sex and nationality weighed together.

| found                                                                   | strength |
|-------------------------------------------------------------------------|----------|
| every word of a listed strong name agrees, and the whole date of birth  | HIT      |
| score of at least `POSSIBLE_SCORE`                                       | POSSIBLE |
| less                                                                    | nothing  |

A name alone is never a hit, nor is a name known to be weak: many people share names, and a false
alarm stops the wrong one.
"""

from typing import Final

from comity import collections
from comity.index.exact import candidate
from comity.index.layout import NOT_POSTED, Row, pack
from comity.index.questions import NameQuestion, show_birth
from comity.index.rarity import RarityMemory
from comity.index.retrieval import Retrieved, retrieve
from comity.index.seeing import Look, body_of
from comity.matching import names
from comity.matching.dates import BirthDate, DateAgreement, DatePrecision, compare
from comity.protocol.records import RecordBody
from comity.protocol.search import Candidate, Reason

NAME_FLOOR: Final = 450
"""Below this two names are different, whatever else agrees: thousands share each birthday."""
POSSIBLE_SCORE: Final = 550
"""Name and evidence together. By name alone, 3 in 1,000 people on no list reach it against the 4,620 persons
of a public list, and 6 in 10 of the spellings that the list does not hold do (docs/performance.md)."""
SAME_WORDS_SCORE: Final = 750
"""Least score of a name whose every word agrees: however common, the listed name must come up when asked."""
WEAK_POINTS: Final = -100
"""A nickname or short form fits more people than its bearer."""
SEX_POINTS: Final = -100
"""Sex differs: registers err, but seldom."""
NATIONALITY_POINTS: Final = 30
"""Nationality agrees. One that differs takes nothing away: people have several, and false papers."""
MAX_SCORE: Final = 1000


def find_persons(
    look: Look, question: NameQuestion, memory: RarityMemory, sequence: int, public_names: int
) -> list[Candidate]:
    """Return every person who exists for the viewer and reaches `POSSIBLE_SCORE`."""
    rarity = memory.at(look, sequence, public_names)
    comparer = names.Comparer(question.form, rarity)
    best: dict[int, tuple[int, Retrieved, names.NameScore]] = {}
    for listed in retrieve(look, question.form, public_names):
        score = comparer.compare(listed.form)
        if score.score < SAME_WORDS_SCORE and _same_words(question.form, listed.form):
            score = score._replace(score=SAME_WORDS_SCORE)
        value = score.score + (WEAK_POINTS if listed.head.weak else 0)
        known = best.get(listed.head.record)
        if value >= NAME_FLOOR and (known is None or value > known[0]):
            best[listed.head.record] = (value, listed, score)
    found = []
    for number, (_, listed, score) in best.items():
        row = look.row(pack(number))
        person = None if row is None else _weigh(row, question, listed, score)
        if person is not None:
            found.append(person)
    return found


def _weigh(row: Row, question: NameQuestion, listed: Retrieved, score: names.NameScore) -> Candidate | None:
    body = body_of(row)
    reasons = _name_reasons(body, row, question, listed, score)
    agreement, birth_reason = _birth_reason(body, question)
    reasons += [
        reason for reason in (birth_reason, _sex(body, question), _nationality(body, question)) if reason
    ]
    total = max(0, min(MAX_SCORE, sum(reason.points for reason in reasons)))
    if total < POSSIBLE_SCORE:
        return None
    hit = (
        agreement is not None
        and agreement.code == "birth.equal"
        and not listed.head.weak
        and _same_words(question.form, listed.form)
    )
    return candidate(body, reasons, MAX_SCORE if hit else total, hit=hit)


def _same_words(one: names.NameForm, other: names.NameForm) -> bool:
    """Tell whether two names of at least two words have the same ones, in any order."""
    return len(one.tokens) > 1 and sorted(one.tokens) == sorted(other.tokens)


def _name_reasons(
    body: RecordBody, row: Row, question: NameQuestion, listed: Retrieved, score: names.NameScore
) -> list[Reason]:
    texts = collections.get(body.collection).names(body.content)
    text = next(
        (
            name.text
            for name, number in zip(texts, row.names, strict=True)
            if number == listed.number != NOT_POSTED
        ),
        "",
    )
    reasons = [
        Reason(
            code=reason.code,
            field="names",
            asked=question.shown,
            listed=text,
            points=0 if place else score.score,
            message=reason.text,
        )
        for place, reason in enumerate(score.reasons)
    ]
    if listed.head.weak:
        message = "The name is listed as a weak alias."
        reasons.append(
            Reason(
                code="name.weak_alias",
                field="names",
                asked=question.shown,
                listed=text,
                points=WEAK_POINTS,
                message=message,
            )
        )
    return reasons


def _birth_reason(body: RecordBody, question: NameQuestion) -> tuple[DateAgreement | None, Reason | None]:
    """Return the best agreement with any listed date of birth, None when nothing can be compared."""
    births = collections.get(body.collection).births(body.content)
    asked = question.birth
    if asked is None or not births:
        return None, None
    agreement, listed = max(
        ((compare(asked, birth), birth) for birth in births), key=lambda pair: pair[0].points
    )
    reason = Reason(
        code=agreement.code,
        field="births",
        asked=show_birth(asked),
        listed=show_birth(listed),
        points=agreement.points,
        message=agreement.message,
    )
    return (agreement if _whole(asked, listed) else None), reason


def _whole(*dates: BirthDate) -> bool:
    return all(date.precision is DatePrecision.EXACT for date in dates)


def _sex(body: RecordBody, question: NameQuestion) -> Reason | None:
    listed = body.content.get("sex")
    if question.sex is None or listed is None or "X" in (listed, question.sex) or listed == question.sex:
        return None
    return Reason(
        code="sex.different",
        field="sex",
        asked=question.sex,
        listed=str(listed),
        points=SEX_POINTS,
        message="Sex differs.",
    )


def _nationality(body: RecordBody, question: NameQuestion) -> Reason | None:
    if question.nationality is None or question.nationality not in body.content.get("nationalities", ()):
        return None
    return Reason(
        code="nationality.equal",
        field="nationalities",
        asked=question.nationality,
        listed=question.nationality,
        points=NATIONALITY_POINTS,
        message="The nationality agrees.",
    )
