"""Records that carry a key: a document's number, a plate, a vehicle number or its end."""

from collections.abc import Sequence
from typing import Final

import msgspec

from comity import collections
from comity.collections import KeyKind, SearchKey
from comity.index.buckets import EXACT_WIDTH, FINGERPRINT_BYTES, key_hash, place, places
from comity.index.questions import KeyQuestion
from comity.index.rows import Listed
from comity.index.seeing import Look
from comity.kernel.codes import CollectionName, MatchStrength
from comity.kernel.ids import RecordId
from comity.matching.documents import document_fold, issuer_key
from comity.matching.vehicles import VIN_TAIL_LENGTH
from comity.protocol.records import RecordBody
from comity.protocol.search import Candidate, Reason

EQUAL_POINTS: Final = 1000
"""An agreeing key is certain; whether the thing is the one meant is for the owner to say (I10)."""
OTHER_COUNTRY_POINTS: Final = -200
"""Two countries may give one number: a lead, no more."""
OTHER_TYPE_POINTS: Final = -100
"""Passports and cards of one country may share numbers, and types are confused at entry."""
TAIL_POINTS: Final = 800
"""The last eight signs tell one vehicle of a make from another, not one make from another; engine numbers
of fewer signs do no more."""

LOOK_ALIKE_POINTS: Final = 900
"""Another number, though one that is read for it: O for 0, I for 1, B for 8, S for 5, Z for 2."""
NEAR_POINTS: Final = 700
"""A number that differs in one sign from what was asked, whose check digit says that it was misread."""

_FIELDS: Final = {
    KeyKind.DOCUMENT_NUMBER: "number",
    KeyKind.PLATE: "plate",
    KeyKind.VIN: "vin",
    KeyKind.VIN_TAIL: "vin",
    KeyKind.ENGINE: "engine_number",
}
_WORDS: Final = {
    KeyKind.DOCUMENT_NUMBER: ("number.equal", "The document number agrees."),
    KeyKind.PLATE: ("plate.equal", "The plate agrees; signs that look alike count as one."),
    KeyKind.VIN: ("vin.equal", "The vehicle number agrees."),
    KeyKind.VIN_TAIL: ("vin.tail_equal", "The last eight signs of the vehicle number agree."),
    KeyKind.ENGINE: ("engine.equal", "The engine number agrees; signs that look alike count as one."),
}
_LOOK_ALIKE: Final = ("number.look_alike", "The number agrees but for signs that look alike.")
_NEAR: Final = ("number.near", "The number differs in one sign from what was asked.")
_OTHER_COUNTRY: Final = ("country.different", OTHER_COUNTRY_POINTS, "The record names another country.")
_OTHER_TYPE: Final = ("type.different", OTHER_TYPE_POINTS, "The record names another kind of document.")


def find_by_keys(look: Look, questions: Sequence[KeyQuestion]) -> list[Candidate]:
    """Return every record that carries one of the keys and exists for the viewer.

    What he may not see is left out by its class: from there on nothing is done, not even a call, that would
    not be done for a key that is not there (I6).
    """
    found = list[Candidate]()
    bucket_of, exact = look.transaction.get, look.databases.exact
    for question in questions:
        key, fingerprint = place(key_hash(question.kind, question.value))
        found += _in_bucket(bucket_of(key, b"", exact), fingerprint, look, question)
    return found


def find_each(asked: Sequence[tuple[Look, KeyQuestion]]) -> dict[int, Sequence[Candidate]]:
    """Return what `find_by_keys` finds for each question, by its place; of those alone that find something.

    All looks are into one snapshot.
    """
    found = dict[int, Sequence[Candidate]]()
    if not asked:
        return found
    look = asked[0][0]
    bucket_of, exact = look.transaction.get, look.databases.exact
    spots = places([(question.kind, question.value) for _, question in asked])
    for number, (key, fingerprint) in enumerate(spots):
        here = _in_bucket(bucket_of(key, b"", exact), fingerprint, *asked[number])
        if here:
            found[number] = here
    return found


def _in_bucket(bucket: bytes, fingerprint: bytes, look: Look, question: KeyQuestion) -> Sequence[Candidate]:
    """Return what a bucket holds under a fingerprint."""
    at = bucket.find(fingerprint)
    while at >= 0 and at % EXACT_WIDTH:
        at = bucket.find(fingerprint, at + 1)
    found: Sequence[Candidate] = ()
    while at >= 0 and bucket[at : at + FINGERPRINT_BYTES] == fingerprint:
        if bucket[at + 7 : at + 9] not in look.hidden:
            found = [*found, *_read(look, bucket[at + 3 : at + 7], question)]
        at += EXACT_WIDTH
    return found


def _read(look: Look, number: bytes, question: KeyQuestion) -> list[Candidate]:
    """Return the candidate behind an entry; none where it expired or only looks like what is asked."""
    row = look.row_at(int.from_bytes(number, "big"))
    if row is None:
        return []
    listed = row.listed
    ways = [_reasons(listed.collection, key, question) for key in row.keys if _agrees(key, question)]
    if not ways:
        return []
    reasons = ways[0] if len(ways) == 1 else max(ways, key=_points)
    score = _points(reasons)
    return [candidate(listed, reasons, score, hit=score >= EQUAL_POINTS)]


def _points(reasons: list[Reason]) -> int:
    return sum([reason.points for reason in reasons])


def _agrees(key: SearchKey, question: KeyQuestion) -> bool:
    if key.kind is not question.kind:
        return False
    if question.same_country and (key.country is None or issuer_key(key.country) != question.country):
        return False
    if key.value == question.value:
        return True
    if question.near or key.kind is not KeyKind.DOCUMENT_NUMBER:
        return False
    return document_fold(key.value) == document_fold(question.value)


def _reasons(collection: CollectionName, key: SearchKey, question: KeyQuestion) -> list[Reason]:
    field = "documents" if collection is CollectionName.PERSONS else _FIELDS[key.kind]
    points, (code, message) = _agreement(key, question)
    agreement = Reason(
        code=code, field=field, asked=question.shown, listed=key.value, points=points, message=message
    )
    listed_country = issuer_key(key.country) if key.country else None
    differences = (
        _difference(_OTHER_COUNTRY, field, question.country, listed_country),
        _difference(_OTHER_TYPE, field, question.document_type, key.document_type),
    )
    return [agreement, *filter(None, differences)]


def _agreement(key: SearchKey, question: KeyQuestion) -> tuple[int, tuple[str, str]]:
    """Return points, code and words for how a key agrees with what was asked."""
    if question.near:
        return NEAR_POINTS, _NEAR
    if key.value != question.value:
        return LOOK_ALIKE_POINTS, _LOOK_ALIKE
    part = key.kind is KeyKind.VIN_TAIL or (key.kind is KeyKind.ENGINE and len(key.value) < VIN_TAIL_LENGTH)
    return (TAIL_POINTS if part else EQUAL_POINTS), _WORDS[key.kind]


def _difference(
    what: tuple[str, int, str], field: str, asked: str | None, listed: str | None
) -> Reason | None:
    """Return the reason that speaks against a record, None when either side says nothing or both the same."""
    if not asked or not listed or asked == listed:
        return None
    code, points, message = what
    return Reason(code=code, field=field, asked=asked, listed=listed, points=points, message=message)


def candidate(body: RecordBody | Listed, reasons: list[Reason], score: int, *, hit: bool) -> Candidate:
    """Return what the officer sees of a record that was found; the source adds its name."""
    return Candidate(
        record_id=body.record_id,
        collection=body.collection,
        owner=body.owner,
        version=body.version,
        label=body.label,
        strength=MatchStrength.HIT if hit else MatchStrength.POSSIBLE,
        score=score,
        reasons=reasons,
        view=collections.get(body.collection).view(body.content),
        sources=[],
    )


def merged(one: Candidate, other: Candidate) -> Candidate:
    """Return one candidate for a record that was found in two ways: the better one, with both reasons."""
    better, worse = (one, other) if rank(one) <= rank(other) else (other, one)
    known = {(reason.code, reason.field, reason.listed) for reason in better.reasons}
    more = [reason for reason in worse.reasons if (reason.code, reason.field, reason.listed) not in known]
    sources = sorted({*one.sources, *other.sources})
    return msgspec.structs.replace(better, reasons=better.reasons + more, sources=sources)


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return every record once, best first."""
    if len(candidates) == 1:
        return [*candidates]
    found: dict[RecordId, Candidate] = {}
    for one in candidates:
        known = found.get(one.record_id)
        found[one.record_id] = one if known is None else merged(known, one)
    return sorted(found.values(), key=rank)


def rank(found: Candidate) -> tuple[bool, int, str]:
    """Return what candidates are sorted by: hits first, then the score, then the id (a fixed order)."""
    return found.strength is not MatchStrength.HIT, -found.score, found.record_id
