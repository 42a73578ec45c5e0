"""From what the sources gave to one answer: each record once, the state by I2. Pure."""

import msgspec

from comity.index.exact import merged, rank
from comity.index.reader import CUT_WARNING
from comity.kernel.clock import to_wire
from comity.kernel.codes import AnswerState, MatchStrength
from comity.kernel.ids import RecordId, SearchId
from comity.protocol.search import MAX_CANDIDATES, Candidate, SearchAnswer, SourceReport
from comity.protocol.search import Warning as QueryWarning
from comity.search.sources import Question, Reply


def compose(
    search_id: SearchId, question: Question, replies: list[tuple[SourceReport, Reply]], took_ms: int
) -> SearchAnswer:
    """Return the answer to `question`. INCOMPLETE whenever a source did not answer, whatever was found."""
    found = _candidates(replies)
    warnings = [*question.plan.warnings, *_cut(replies, len(found))]
    reports = [report for report, _ in replies]
    finding = _finding(found)
    return SearchAnswer(
        search_id=search_id,
        state=finding if all(report.answered for report in reports) else AnswerState.INCOMPLETE,
        finding=finding,
        asked=question.plan.asked,
        warnings=warnings,
        candidates=found[:MAX_CANDIDATES],
        sources=reports,
        answered_at=to_wire(question.at),
        took_ms=took_ms,
    )


def _finding(candidates: list[Candidate]) -> AnswerState:
    if any(found.strength is MatchStrength.HIT for found in candidates):
        return AnswerState.HIT
    return AnswerState.POSSIBLE if candidates else AnswerState.NO_RECORD


def _candidates(replies: list[tuple[SourceReport, Reply]]) -> list[Candidate]:
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


def _cut(replies: list[tuple[SourceReport, Reply]], count: int) -> list[QueryWarning]:
    """Return the warning that not all is shown, once, when a source or this node left something out."""
    told = any(reply.warnings for _, reply in replies)
    return [CUT_WARNING] if told or count > MAX_CANDIDATES else []
