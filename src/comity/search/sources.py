"""What a search asks, all sources at once. Each answers or says why not; none ever guesses (I2)."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from comity.index.questions import Plan
from comity.kernel.codes import FailureReason
from comity.node.settings import SourceSection
from comity.protocol.search import AlarmBasis, Candidate, SearchRequest, SourceReport
from comity.protocol.search import Warning as QueryWarning
from comity.search.authentication import Asker


class Question(msgspec.Struct, frozen=True, gc=False):
    """One officer's question as every source gets it."""

    request: SearchRequest
    plan: Plan
    asker: Asker
    at: datetime
    at_text: str
    """`at` as it is told."""


class Reply(msgspec.Struct, frozen=True):
    """What a source gave. A `reason` makes the answer INCOMPLETE, whatever was found."""

    candidates: list[Candidate] = []
    warnings: list[QueryWarning] = []
    reason: FailureReason | None = None
    version: int | None = None
    age_s: int | None = None
    alarm: AlarmBasis | None = None


Replies = list[tuple[SourceReport, Reply]]


class Source(Protocol):
    """One place to look."""

    section: SourceSection

    def require_room(self, question: Question) -> None:
        """Raise `BusyError` (limit.rate) when `question` would wait behind too many others."""

    def at_once(self, question: Question) -> Reply | None:
        """Answer where that takes microseconds and no waiting; None where it must be asked."""

    def end_round(self) -> None:
        """Let go of what `at_once` kept open; called soon after, before anything is waited for."""

    async def ask(self, question: Question, within_s: float) -> Reply:
        """Answer within that time. Own trouble, lack of time included, is told by `reason`, not raised."""

    async def ask_all(self, questions: Sequence[Question], within_s: float) -> list[Reply]:
        """Answer the questions of one batch, in their order, all of them within that time."""

    async def close(self) -> None:
        """Let go of connections and files."""


def answer_at_once(sources: Sequence[Source], question: Question) -> Replies | None:
    """Return what the sources say where all of them can say it at once, else None."""
    replies: Replies = []
    for source in sources:
        started = time.monotonic()
        reply = source.at_once(question)
        if reply is None:
            return None
        replies.append((_report(source, reply, started), reply))
    return replies


async def ask_all(sources: Sequence[Source], question: Question, total_s: float) -> Replies:
    """Ask every source at once, each within its own budget and none beyond `total_s` seconds."""
    if len(sources) == 1:
        return [await _ask_one(sources[0], question, total_s)]
    return list(await asyncio.gather(*(_ask_one(source, question, total_s) for source in sources)))


async def ask_batch(
    sources: Sequence[Source], questions: Sequence[Question], total_s: float
) -> list[Replies]:
    """Ask every source all of `questions`; return for each of them what the sources gave."""
    by_source = await asyncio.gather(*(_ask_one_batch(source, questions, total_s) for source in sources))
    return [list(replies) for replies in zip(*by_source, strict=True)]


async def _ask_one(source: Source, question: Question, total_s: float) -> tuple[SourceReport, Reply]:
    started = time.monotonic()
    reply = source.at_once(question)
    if reply is None:
        reply = await source.ask(question, _budget_s(source, total_s))
    return _report(source, reply, started), reply


async def _ask_one_batch(source: Source, questions: Sequence[Question], total_s: float) -> Replies:
    started = time.monotonic()
    replies = await source.ask_all(questions, _budget_s(source, total_s))
    # Most replies of a batch are alike but for the candidates: one report serves them all.
    reports: dict[tuple[FailureReason | None, int | None, int | None], SourceReport] = {}
    told: Replies = []
    for reply in replies:
        if reply.alarm is not None:
            told.append((_report(source, reply, started), reply))
            continue
        key = (reply.reason, reply.version, reply.age_s)
        report = reports.get(key)
        if report is None:
            report = reports[key] = _report(source, reply, started)
        told.append((report, reply))
    return told


def _budget_s(source: Source, total_s: float) -> float:
    return min(source.section.budget_ms / 1000, total_s)


def _report(source: Source, reply: Reply, started: float) -> SourceReport:
    section = source.section
    return SourceReport(
        name=section.name,
        kind=section.kind,
        answered=reply.reason is None,
        reason=reply.reason,
        version=reply.version,
        age_s=reply.age_s,
        took_ms=round((time.monotonic() - started) * 1000),
        alarm=reply.alarm,
    )
