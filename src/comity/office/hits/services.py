"""Use cases of hits. A hit is a lead: acting on it needs the word of the record's owner (I10).

The searching bureau's row opens from the journal spool, the owner's from a sealed alarm. The owner
decides; the searching bureau writes down what came of it.
"""

from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HitState, MatchStrength, MessageForm, NotificationPolicy
from comity.kernel.errors import ConflictError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import BureauId, HitId, ThreadId, new_id
from comity.node.directory import instant
from comity.office import access
from comity.office.access import Caller
from comity.office.cases import seen
from comity.office.hits.alarms import tell
from comity.office.hits.limits import ANSWER_WITHIN
from comity.office.hits.models import Hit, HitOutcome, HitSide
from comity.office.hits.owner_side import receive_alarm
from comity.office.messages import outgoing
from comity.office.messages import services as line
from comity.office.messages.limits import MAX_NOTE, check_line
from comity.protocol.journal import SearchEntry
from comity.protocol.messages import HitAnswer
from comity.protocol.search import Candidate
from comity.rules.decisions import Subject
from comity.rules.notification import owner_told_now

__all__ = [
    "decide_hit",
    "open_hits",
    "receive_alarm",
    "receive_answer",
    "record_outcome",
    "subject_of",
    "tell_owner",
]

NEEDS_CONFIRMATION: Final = frozenset({HitOutcome.ARRESTED, HitOutcome.OBJECT_SEIZED})
"""Outcomes that act against somebody: never on a lead (I10)."""


def open_hits(entry: SearchEntry, at: datetime) -> list[Hit]:
    """Open a hit on the own desk for each record found, and tell owners as the query's policy says.

    Runs in the transaction that takes over the journal entry; the same entry again opens nothing. A
    question that another node asked live raises its alarm there, not here.
    """
    if entry.asked_by_node is not None:
        return []
    opened = []
    for candidate in entry.candidates:
        hit, created = _open(entry, candidate, at)
        if created:
            opened.append(hit)
            seen.note_hit(hit)
            if candidate.strength is MatchStrength.HIT and owner_told_now(
                entry.notify, own_confirmation=False
            ):
                tell(hit, at)
    return opened


def tell_owner(caller: Caller, hit_id: HitId, at: datetime) -> Hit:
    """Tell the owner of a record that it was found, on the searching desk's own judgement; once.

    Raises `NotFoundError`, `ConflictError`: hit.policy when the query asked for silence,
    hit.decided when the hit was answered without it; `InputError` (message.recipient) when the owner
    cannot be reached.
    """
    hit = _hit_of(caller, hit_id, Action.HIT_OUTCOME, at)
    with transaction.atomic():
        hit = _locked(hit)
        if hit.side != HitSide.SEARCHER or hit.owner == hit.bureau:
            raise NotFoundError(ErrorCode.HIT_NOT_FOUND)
        if not owner_told_now(NotificationPolicy(hit.notify), own_confirmation=True):
            raise ConflictError(ErrorCode.HIT_POLICY)
        if hit.state != HitState.OPEN:
            raise ConflictError(ErrorCode.HIT_DECIDED)
        if hit.owner_told_at is None:
            outgoing.recipient_member(BureauId(hit.owner), at)
            tell(hit, at)
    return hit


def decide_hit(caller: Caller, hit_id: HitId, state: HitState, note: str, at: datetime) -> Hit:
    """Give the owner's word on a hit and send it to the bureau that searched.

    Raises `NotFoundError` (hit.not_found, access.not_found), `ConflictError` (hit.decided),
    `InputError` (input.not_a_choice, input.too_long).
    """
    if state is HitState.OPEN:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="state")
    check_line(note, "note", MAX_NOTE)
    hit = _hit_of(caller, hit_id, Action.HIT_DECIDE, at)
    with transaction.atomic():
        hit = _locked(hit)
        if hit.state != HitState.OPEN:
            raise ConflictError(ErrorCode.HIT_DECIDED)
        hit.state, hit.note = state, note
        hit.decided_at, hit.decided_by = at, caller.officer
        hit.save(update_fields=["state", "note", "decided_at", "decided_by"])
        if hit.searcher != hit.bureau:
            answer = HitAnswer(hit_id=hit.hit_id, state=state, note=note, decided_at=to_wire(at))
            line.send_form(
                BureauId(hit.bureau),
                BureauId(hit.searcher),
                MessageForm.HIT_ANSWER,
                msgspec.to_builtins(answer),
                f"Hit {state}",
                note,
                ThreadId(hit.thread_id),
                at,
            )
    return hit


def receive_answer(answer: HitAnswer, sender: BureauId, at: datetime) -> Hit:
    """Take in the owner's word on a hit of the own desk; the same word again changes nothing.

    Raises `NotFoundError` (hit.not_found) for a hit that is not open to `sender`, `ConflictError`
    (hit.decided) for a second, different word, `InputError` for a word that is none.
    """
    try:
        state, decided_at = HitState(answer.state), instant(answer.decided_at)
    except ValueError as error:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="state") from error
    if state is HitState.OPEN:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="state")
    check_line(answer.note, "note", MAX_NOTE)
    hit = (
        Hit.objects.select_for_update()
        .filter(hit_id=answer.hit_id, side=HitSide.SEARCHER, owner=sender)
        .exclude(bureau=sender)
        .first()
    )
    if hit is None:
        raise NotFoundError(ErrorCode.HIT_NOT_FOUND)
    if hit.state != HitState.OPEN:
        if hit.state == state:
            return hit
        raise ConflictError(ErrorCode.HIT_DECIDED)
    hit.state, hit.note = state, answer.note
    # The owner's clock may be wrong; nothing is decided before it was found or after it was heard.
    hit.decided_at = min(max(decided_at, hit.searched_at), at)
    hit.save(update_fields=["state", "note", "decided_at"])
    return hit


def record_outcome(caller: Caller, hit_id: HitId, outcome: HitOutcome, at: datetime) -> Hit:
    """Write down what came of a hit, at the bureau that searched; a later word replaces an earlier one.

    Raises `NotFoundError`, `ConflictError` (hit.not_confirmed) for an arrest or a seizure on a hit
    that its owner has not confirmed (I10).
    """
    hit = _hit_of(caller, hit_id, Action.HIT_OUTCOME, at)
    with transaction.atomic():
        hit = _locked(hit)
        if hit.side != HitSide.SEARCHER:
            raise NotFoundError(ErrorCode.HIT_NOT_FOUND)
        if outcome in NEEDS_CONFIRMATION and hit.state != HitState.CONFIRMED:
            raise ConflictError(ErrorCode.HIT_NOT_CONFIRMED, field="outcome")
        hit.outcome, hit.outcome_at, hit.outcome_by = outcome, at, caller.officer
        hit.save(update_fields=["outcome", "outcome_at", "outcome_by"])
    return hit


def subject_of(hit: Hit) -> Subject:
    """Return what `rules.decide` is told about a hit."""
    return Subject(owner=BureauId(hit.owner), recipients=frozenset({BureauId(hit.searcher)}))


def _hit_of(caller: Caller, hit_id: HitId, action: Action, at: datetime) -> Hit:
    hit = Hit.objects.filter(bureau=caller.bureau, hit_id=hit_id).first()
    if hit is None:
        raise NotFoundError(ErrorCode.HIT_NOT_FOUND)
    access.require(caller, action, subject_of(hit), at, about=f"hit:{hit_id}")
    return hit


def _locked(hit: Hit) -> Hit:
    return Hit.objects.select_for_update().get(pk=hit.pk)


def _open(entry: SearchEntry, candidate: Candidate, at: datetime) -> tuple[Hit, bool]:
    return Hit.objects.get_or_create(
        bureau=entry.bureau,
        search_id=entry.search_id,
        record_id=candidate.record_id,
        defaults={
            "hit_id": new_id(at),
            "side": HitSide.SEARCHER,
            "record_version": candidate.version,
            "collection": candidate.collection,
            "owner": candidate.owner,
            "searcher": entry.bureau,
            "officer": entry.officer,
            "purpose": entry.purpose,
            "strength": candidate.strength,
            "score": candidate.score,
            "asked": [asked.shown for asked in entry.asked],
            "reasons": msgspec.to_builtins(candidate.reasons),
            "view": candidate.view,
            "notify": entry.notify,
            "searched_at": instant(entry.at),
            "opened_at": at,
            "due_at": at + ANSWER_WITHIN[candidate.strength],
        },
    )
