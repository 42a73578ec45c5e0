"""A machine-readable zone asks two questions: is the document listed, and is its bearer?"""

from datetime import datetime
from typing import Final

from comity.index.questions import Plan, ask_document, ask_near_documents, ask_person
from comity.kernel.codes import DocumentKind, Sex, is_country
from comity.kernel.errors import ErrorCode, InputError
from comity.matching import mrz
from comity.matching.dates import BirthDate, from_mrz
from comity.matching.documents import document_key, issuer_key
from comity.protocol.search import MrzQuery

MAX_LINES: Final = 10
"""A zone has two or three; more lines are another text."""
MAX_LINE_CHARACTERS: Final = 100
"""The longest line has 44; blanks may stand around it."""

_CHECK_WORDS: Final = {
    "document_number": "document number",
    "birth_date": "date of birth",
    "expiry_date": "date of expiry",
    "optional": "optional data",
    "composite": "whole zone",
}
_KINDS: Final = {"P": DocumentKind.PASSPORT, "V": DocumentKind.VISA}
"""First letter of the document code, where it leaves no doubt (I, A and C are cards and permits alike)."""
_UNSTATED: Final = frozenset(["XXX", "XXA", "XXB", "XXC"])
"""Stateless persons, refugees, unspecified: no nationality to compare."""


def plan_zone(query: MrzQuery, plan: Plan, at: datetime) -> None:
    """Ask for the document and the person of a zone, as it stands.

    Raises `InputError`: input.not_an_mrz; input.wrong_check_digit unless the query accepts it;
    input.nothing_to_search when neither number nor name is in it. `field` is `query.lines`.
    """
    if len(query.lines) > MAX_LINES or any(len(line) > MAX_LINE_CHARACTERS for line in query.lines):
        raise InputError(ErrorCode.INPUT_NOT_AN_MRZ, field="query.lines")
    try:
        zone = mrz.read(query.lines)
    except InputError as error:
        raise InputError(error.code, field="query.lines") from error
    _check_digits(zone, query, plan)
    _ask_for_document(zone, plan)
    _ask_for_bearer(zone.fields, plan, at)
    if not plan.asked:
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, field="query.lines")


def _check_digits(zone: mrz.Mrz, query: MrzQuery, plan: Plan) -> None:
    wrong = [name for name, agrees in zone.checks.items() if not agrees]
    if wrong and not query.accept_wrong_check_digits:
        raise InputError(ErrorCode.INPUT_WRONG_CHECK_DIGIT, field=f"query.lines.{wrong[0]}")
    for name in wrong:
        plan.warn(
            ErrorCode.INPUT_WRONG_CHECK_DIGIT,
            f"query.lines.{name}",
            f"The check digit of the {_CHECK_WORDS[name]} does not agree.",
        )
    if not zone.well_formed:
        plan.warn(
            "mrz.malformed", "query.lines", "The zone holds characters or values that cannot stand there."
        )
    if zone.fields.name_may_be_truncated:
        plan.warn("mrz.name_truncated", "query.lines.name", "The name fills its field and may go on.")


def _ask_for_document(zone: mrz.Mrz, plan: Plan) -> None:
    fields = zone.fields
    try:
        value = document_key(fields.document_number)
    except InputError:
        plan.warn("mrz.no_number", "query.lines.document_number", "The zone holds no document number.")
        return
    issuer: str | None = issuer_key(fields.issuing_state)
    if issuer is None or not is_country(issuer):
        plan.warn(
            ErrorCode.INPUT_UNKNOWN_COUNTRY, "query.lines.issuing_state", "The issuing state is not known."
        )
        issuer = None
    kind = _KINDS.get(fields.document_code[:1])
    ask_document(plan, fields.document_number, value, issuer, kind)
    if near := mrz.near_numbers(zone):
        ask_near_documents(plan, fields.document_number, near, issuer, kind)
        plan.warn(
            "mrz.near_numbers",
            "query.lines.document_number",
            "Numbers that differ in one character and fit the check digit are searched too.",
        )


def _ask_for_bearer(fields: mrz.MrzFields, plan: Plan, at: datetime) -> None:
    name = _name(fields)
    nationality = issuer_key(fields.nationality)
    stated = is_country(nationality) and nationality not in _UNSTATED
    sex = Sex(fields.sex) if fields.sex in ("F", "M") else None
    try:
        ask_person(
            plan,
            name,
            _birth(fields, plan, at),
            sex,
            nationality if stated else None,
            truncated=fields.name_may_be_truncated,
        )
    except InputError:
        plan.warn("mrz.no_name", "query.lines.name", "The zone holds no name that can be searched.")


def _name(fields: mrz.MrzFields) -> str:
    """Return the name as it is spoken; one that may go on as it is printed, so that its end is the end."""
    if fields.name_may_be_truncated:
        return f"{fields.primary_name} {fields.secondary_name}".strip()
    return f"{fields.secondary_name} {fields.primary_name}".strip()


def _birth(fields: mrz.MrzFields, plan: Plan, at: datetime) -> BirthDate | None:
    try:
        return from_mrz(fields.birth_date, at.date())
    except InputError:
        plan.warn(
            ErrorCode.INPUT_IMPOSSIBLE_DATE, "query.lines.birth_date", "The date of birth cannot exist."
        )
        return None
