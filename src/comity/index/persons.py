"""From names that look alike to persons: the name and everything else that is known, weighed together.

| found                                                                   | strength |
|-------------------------------------------------------------------------|----------|
| every word of a listed strong name agrees, and the whole date of birth  | HIT      |
| score of at least the threshold in force                                | POSSIBLE |
| less                                                                    | nothing  |

A name alone is never a hit, nor is a name known to be weak: many people share names, and a false
alarm stops the wrong one. The score is the sum of the points of its reasons: the likeness of the name
takes the share that `evidence` leaves it, so that nothing saturates and a better match is always first.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from comity import collections
from comity.index.evidence import MAX_SCORE, most_points, name_share, weigh
from comity.index.exact import candidate
from comity.index.layout import NOT_POSTED, pack
from comity.index.questions import NameQuestion
from comity.index.rarity import RarityMemory
from comity.index.retrieval import Retrieved, retrieve
from comity.index.seeing import Look, body_of
from comity.matching import names
from comity.matching.dates import BirthDate
from comity.protocol.records import RecordBody
from comity.protocol.search import Candidate, Reason

NAME_FLOOR: Final = 450
"""Below this two names are different, whatever else agrees: thousands share each birthday."""
SAME_WORDS_SCORE: Final = 750
"""Least likeness of a name whose every word agrees: however common, the listed name must come up when
it is asked for alone, and no threshold may be set above what it then scores (`rules.alarms`)."""
PATIENCE: Final = 8
"""Names compared one after the other without one that reaches `NAME_FLOOR`: those behind them share less."""
WEAK_LIKENESS: Final = -100
"""A nickname or short form fits more people than its bearer."""


class Alike(NamedTuple):
    """The name of one record that is most like the asked one."""

    value: int
    """Likeness in thousandths, the weakness of an alias taken off."""
    listed: Retrieved
    score: names.NameScore


def find_persons(look: Look, question: NameQuestion, memory: RarityMemory, threshold: int) -> list[Candidate]:
    """Return every person who exists for the viewer and reaches `threshold`, or is a hit."""
    alike = nearest(look, question.form, memory, question.birth)
    return [found for one in alike if (found := weighed(look, question, one, threshold)) is not None]


def nearest(
    look: Look, form: names.NameForm, memory: RarityMemory, birth: BirthDate | None = None
) -> Iterable[Alike]:
    """Return of each record that exists for the viewer the name most like `form`, if it is at all.

    Of many bearers of a common name those that can have been born at `birth` come first.
    """
    comparer = names.Comparer(form, memory.at(look))
    best: dict[int, Alike] = {}
    in_vain = 0
    for listed in retrieve(look, form, memory.gatherer, birth):
        score = comparer.compare(listed.form, NAME_FLOOR)
        if score.score < SAME_WORDS_SCORE and _same_words(form, listed.form):
            score = score._replace(score=SAME_WORDS_SCORE)
        value = score.score + (WEAK_LIKENESS if listed.head.weak else 0)
        known = best.get(listed.head.record)
        if value >= NAME_FLOOR:
            in_vain = 0
            if known is None or value > known.value:
                best[listed.head.record] = Alike(value, listed, score)
        else:
            in_vain += 1
            if in_vain == PATIENCE:
                break
    return best.values()


def weighed(look: Look, question: NameQuestion, alike: Alike, threshold: int) -> Candidate | None:
    """Return the person behind a name, None where he does not exist for the viewer or reach `threshold`.

    Records that could not reach it whatever they say are not read at all.
    """
    if _points(alike.value, question.birth) + most_points(question) < threshold:
        return None
    row = look.row(pack(alike.listed.head.record))
    if row is None:
        return None
    body = body_of(row)
    evidence = weigh(body, question)
    reasons = _name_reasons(body, row.names, question, alike) + evidence.reasons
    total = max(0, sum(reason.points for reason in reasons))
    strong = not alike.listed.head.weak
    hit = evidence.same_day and strong and _same_words(question.form, alike.listed.form)
    return candidate(body, reasons, total, hit=hit) if hit or total >= threshold else None


def _points(likeness: int, birth: BirthDate | None) -> int:
    """Return the points of a name of this likeness, in thousandths of the whole score."""
    return likeness * name_share(birth) // MAX_SCORE


def _same_words(one: names.NameForm, other: names.NameForm) -> bool:
    """Tell whether two names of at least two words have the same ones, in any order."""
    return len(one.tokens) > 1 and sorted(one.tokens) == sorted(other.tokens)


def _name_reasons(
    body: RecordBody, numbers: tuple[int, ...], question: NameQuestion, alike: Alike
) -> list[Reason]:
    listed = _text_of(body, numbers, alike.listed.number)
    points = _points(alike.value, question.birth)
    whole = _points(alike.score.score, question.birth)
    told = [(str(reason.code), 0, reason.text) for reason in alike.score.reasons]
    told[0] = (told[0][0], whole, told[0][2])
    if alike.listed.head.weak:
        told.append(("name.weak_alias", points - whole, "listed as a nickname"))
    return [
        Reason(code=code, field="names", asked=question.shown, listed=listed, points=share, message=message)
        for code, share, message in told
    ]


def _text_of(body: RecordBody, numbers: tuple[int, ...], number: int) -> str:
    texts = collections.get(body.collection).names(body.content)
    return next(
        (name.text for name, known in zip(texts, numbers, strict=True) if known == number != NOT_POSTED),
        "",
    )
