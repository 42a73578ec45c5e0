"""The grounds of a score in words that an officer understands."""

from enum import StrEnum
from functools import cache
from typing import NamedTuple


class NameCode(StrEnum):
    """Stable codes of what agrees, or not, between two names."""

    EXACT = "name.exact"
    ORDER = "name.order"
    ALIAS = "name.alias"
    TRANSLITERATED = "name.transliterated"
    SPELLING = "name.spelling"
    CONSONANTS = "name.consonants"
    EQUIVALENT = "name.equivalent"
    JOINED = "name.joined"
    WITHIN = "name.within"
    INITIAL = "name.initial"
    PART_NOT_LISTED = "name.part_not_listed"
    PART_NOT_ASKED = "name.part_not_asked"
    PATRONYMIC = "name.patronymic"
    TRUNCATED = "name.truncated"


class NameReason(NamedTuple):
    """One ground of a score."""

    code: NameCode
    text: str


REASONS: dict[NameCode, NameReason] = {
    code: NameReason(code, text)
    for code, text in (
        (NameCode.EXACT, "the same name"),
        (NameCode.ORDER, "the same words in another order"),
        (NameCode.ALIAS, "listed as an alias"),
        (NameCode.TRANSLITERATED, "written in another script"),
        (NameCode.SPELLING, "other spelling of a part of the name"),
        (NameCode.CONSONANTS, "same consonants, other vowels"),
        (NameCode.EQUIVALENT, "another form of the same given name"),
        (NameCode.JOINED, "parts of the name written together or apart"),
        (NameCode.WITHIN, "a short form, or one part of a longer word"),
        (NameCode.INITIAL, "an initial for a part of the name"),
        (NameCode.TRUNCATED, "cut off where the line of the document ended"),
        (NameCode.PATRONYMIC, "a father's name stands on one side only"),
        (NameCode.PART_NOT_LISTED, "a part of the asked name is not in the listed name"),
        (NameCode.PART_NOT_ASKED, "a part of the listed name is not in the asked name"),
    )
}
"""All reasons; `name.alias` is given by whoever knows that the listed name is one."""

BITS: dict[NameCode, int] = {code: 1 << place for place, code in enumerate(REASONS)}
"""One bit for each code, to gather several in a number."""


@cache
def reasons_of(bits: int) -> tuple[NameReason, ...]:
    """Return the reasons of some of `BITS`, most telling first."""
    return tuple(reason for code, reason in REASONS.items() if BITS[code] & bits)
