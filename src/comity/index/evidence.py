"""What is known beside a name: date of birth, sex, nationality, place of birth, each with its reason.

The points of everything that can be asked leave room below 1000 for the name, so that a better match
always has the higher score. They are set so that asking more raises no more alarms: what agrees by chance
in a share of strangers is paid for by what differs in the others.
"""

from typing import Final, NamedTuple

from comity import collections
from comity.index.questions import NameQuestion, show_birth
from comity.kernel.codes import QueryShape
from comity.kernel.errors import InputError
from comity.matching import births, names
from comity.matching.dates import BirthDate, DatePrecision
from comity.protocol.records import RecordBody
from comity.protocol.search import Reason

MAX_SCORE: Final = 1000
SEX_POINTS: Final = 15
SEX_DIFFERS_POINTS: Final = -100
"""Registers err, but seldom."""
NATIONALITY_POINTS: Final = 35
NATIONALITY_DIFFERS_POINTS: Final = -20
"""Little: people have several, and false papers."""
PLACE_POINTS: Final = 45
PLACE_ALIKE_POINTS: Final = 30
PLACE_DIFFERS_POINTS: Final = -10
"""Very little: lists give the village, the town, the province or the country."""
REST_POINTS: Final = SEX_POINTS + NATIONALITY_POINTS + PLACE_POINTS
"""Kept free below 1000 whether they are asked or not."""
_SHORTEST_BONES: Final = 2
"""One consonant is shared by too many places."""


class Evidence(NamedTuple):
    """What speaks for and against a person beside the name."""

    reasons: list[Reason]
    same_day: bool
    """Both dates of birth are whole and the same."""

    @property
    def points(self) -> int:
        """All of it together, in thousandths of a score."""
        return sum(reason.points for reason in self.reasons)


def shape_of(question: NameQuestion) -> QueryShape:
    """Return what was asked beside the name."""
    if question.birth is None:
        return QueryShape.NAME
    exact = question.birth.precision is DatePrecision.EXACT
    return QueryShape.NAME_DATE if exact else QueryShape.NAME_YEAR


def name_share(birth: BirthDate | None) -> int:
    """Return the points of a perfect name: what is left when everything else may agree too."""
    return MAX_SCORE - REST_POINTS - (0 if birth is None else births.most_points(birth))


def most_points(question: NameQuestion) -> int:
    """Return what everything asked beside the name is worth where all of it agrees."""
    return (
        (0 if question.birth is None else births.most_points(question.birth))
        + (SEX_POINTS if question.sex else 0)
        + (NATIONALITY_POINTS if question.nationality else 0)
        + (PLACE_POINTS if question.birth_place else 0)
    )


def weigh(body: RecordBody, question: NameQuestion) -> Evidence:
    """Return what a record says to everything that was asked beside the name."""
    agreement, birth = _birth(body, question)
    found = (birth, _sex(body, question), _nationality(body, question), _place(body, question))
    same_day = agreement is not None and agreement.code == "birth.equal"
    return Evidence([reason for reason in found if reason], same_day)


def _birth(body: RecordBody, question: NameQuestion) -> tuple[births.DateAgreement | None, Reason | None]:
    """Return the best agreement with any listed date of birth, None when nothing can be compared."""
    listed = collections.get(body.collection).births(body.content)
    asked = question.birth
    if asked is None or not listed:
        return None, None
    agreement, best = max(
        ((births.compare(asked, birth), birth) for birth in listed), key=lambda pair: pair[0].points
    )
    reason = Reason(
        code=agreement.code,
        field="births",
        asked=show_birth(asked),
        listed=show_birth(best),
        points=agreement.points,
        message=agreement.message,
    )
    return agreement, reason


_SEX_WORDS: Final = {
    True: ("sex.equal", SEX_POINTS, "the same sex"),
    False: ("sex.different", SEX_DIFFERS_POINTS, "sex differs"),
}
_NATIONALITY_WORDS: Final = {
    True: ("nationality.equal", NATIONALITY_POINTS, "the nationality agrees"),
    False: ("nationality.different", NATIONALITY_DIFFERS_POINTS, "another nationality is listed"),
}
_PLACE_WORDS: Final = {
    2: ("birth_place.equal", PLACE_POINTS, "the same place of birth"),
    1: ("birth_place.alike", PLACE_ALIKE_POINTS, "the place of birth is spelt alike"),
    0: ("birth_place.different", PLACE_DIFFERS_POINTS, "the place of birth is not among those listed"),
}
"""Code, points and words by what was found; a place agrees (2), is spelt alike (1) or differs (0)."""


def _reason(words: tuple[str, int, str], field: str, asked: str, listed: str) -> Reason:
    code, points, message = words
    return Reason(code=code, field=field, asked=asked, listed=listed, points=points, message=message)


def _sex(body: RecordBody, question: NameQuestion) -> Reason | None:
    asked, listed = question.sex, body.content.get("sex")
    if asked is None or listed is None or "X" in (listed, asked):
        return None
    return _reason(_SEX_WORDS[listed == asked], "sex", asked, str(listed))


def _nationality(body: RecordBody, question: NameQuestion) -> Reason | None:
    asked, listed = question.nationality, body.content.get("nationalities", ())
    if asked is None or not listed:
        return None
    agrees = asked in listed
    shown = asked if agrees else ", ".join(listed)
    return _reason(_NATIONALITY_WORDS[agrees], "nationalities", asked, shown)


def _place(body: RecordBody, question: NameQuestion) -> Reason | None:
    asked, listed = question.birth_place, body.content.get("birth_places", ())
    if asked is None or not listed:
        return None
    wanted = _town(asked)
    found = [(0 if wanted is None else _same_place(wanted, text), text) for text in listed]
    likeness, text = max(found, key=lambda pair: pair[0])
    return _reason(_PLACE_WORDS[likeness], "birth_places", asked, text if likeness else "; ".join(listed))


def _same_place(wanted: names.NameForm, listed: str) -> int:
    """Return 2 when a part of `listed` (between commas) has the same words, 1 the same consonants, else 0."""
    parts = [form for part in listed.split(",") if (form := _town(part)) is not None]
    if any(sorted(form.tokens) == sorted(wanted.tokens) for form in parts):
        return 2
    bones = "".join(wanted.skeletons)
    alike = len(bones) >= _SHORTEST_BONES and any("".join(form.skeletons) == bones for form in parts)
    return int(alike)


def _town(text: str) -> names.NameForm | None:
    """Return the normal form of the first part of a place, None when it has no letter."""
    try:
        return names.normalise(text.split(",", maxsplit=1)[0])
    except InputError:
        return None
