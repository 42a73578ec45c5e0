"""From what the sources gave to one answer: each record once, the state by I2. Pure."""

import msgspec

from comity.index.exact import merged, rank
from comity.index.reader import CUT_WARNING
from comity.kernel.codes import AnswerState, MatchStrength
from comity.kernel.ids import RecordId, SearchId
from comity.protocol.search import MAX_CANDIDATES, Candidate, SearchAnswer
from comity.protocol.search import Warning as QueryWarning
from comity.search.sources import Heard, Question, Replies


def compose(search_id: SearchId, question: Question, heard: Heard, took_ms: int) -> SearchAnswer:
    """Return the answer to `question`. INCOMPLETE whenever a source did not answer, whatever was found."""
    replies = heard.replies
    found = _candidates(replies)
    finding = _finding(found) if found else AnswerState.NO_RECORD
    return SearchAnswer(
        search_id=search_id,
        state=finding if heard.complete else AnswerState.INCOMPLETE,
        finding=finding,
        asked=question.plan.asked,
        warnings=[*question.plan.warnings, *_cut(replies, len(found))],
        candidates=found[:MAX_CANDIDATES],
        sources=[report for report, _ in replies],
        answered_at=question.at_text,
        took_ms=took_ms,
    )


def _finding(candidates: list[Candidate]) -> AnswerState:
    if any(found.strength is MatchStrength.HIT for found in candidates):
        return AnswerState.HIT
    return AnswerState.POSSIBLE


def _candidates(replies: Replies) -> list[Candidate]:
    """Return every record once, best first. Of two versions the newer is shown, under both sources' names."""
    by_record: dict[RecordId, Candidate] = {}
    for report, reply in replies:
        for candidate in reply.candidates:
            named = msgspec.structs.replace(candidate, sources=[report.name])
            known = by_record.get(named.record_id)
            by_record[named.record_id] = named if known is None else _one_of(known, named)
    return sorted(by_record.values(), key=rank)


def _one_of(known: Candidate, other: Candidate) -> Candidate:
    if known.version == other.version:
        return merged(known, other)
    newer = max(known, other, key=lambda candidate: candidate.version)
    return msgspec.structs.replace(newer, sources=sorted({*known.sources, *other.sources}))


def _cut(replies: Replies, count: int) -> list[QueryWarning]:
    """Return the warning that not all is shown, once, when a source or this node left something out."""
    told = any(reply.warnings for _, reply in replies)
    return [CUT_WARNING] if told or count > MAX_CANDIDATES else []
