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


class Question(msgspec.Struct, frozen=True):
    """One officer's question as every source gets it."""

    request: SearchRequest
    plan: Plan
    asker: Asker
    at: datetime


class Reply(msgspec.Struct, frozen=True):
    """What a source gave. A `reason` makes the answer INCOMPLETE, whatever was found."""

    candidates: list[Candidate] = []
    warnings: list[QueryWarning] = []
    reason: FailureReason | None = None
    version: int | None = None
    age_s: int | None = None
    alarm: AlarmBasis | None = None


class Source(Protocol):
    """One place to look."""

    section: SourceSection

    def at_once(self, question: Question) -> Reply | None:
        """Answer where that takes microseconds and no waiting; None where it must be asked."""

    async def ask(self, question: Question) -> Reply:
        """Answer; cancelled when its budget is used up. Own trouble is told by `reason`, not raised."""

    async def close(self) -> None:
        """Let go of connections and files."""


async def ask_all(
    sources: Sequence[Source], question: Question, total_s: float
) -> list[tuple[SourceReport, Reply]]:
    """Ask every source at once, each within its own budget and none beyond `total_s` seconds."""
    if len(sources) == 1:
        return [await _ask_one(sources[0], question, total_s)]
    return list(await asyncio.gather(*(_ask_one(source, question, total_s) for source in sources)))


async def _ask_one(source: Source, question: Question, total_s: float) -> tuple[SourceReport, Reply]:
    section = source.section
    started = time.monotonic()
    reply = source.at_once(question)
    if reply is None:
        try:
            async with asyncio.timeout(min(section.budget_ms / 1000, total_s)):
                reply = await source.ask(question)
        except TimeoutError:
            reply = Reply(reason=FailureReason.TIMEOUT)
    report = SourceReport(
        name=section.name,
        kind=section.kind,
        answered=reply.reason is None,
        reason=reply.reason,
        version=reply.version,
        age_s=reply.age_s,
        took_ms=round((time.monotonic() - started) * 1000),
        alarm=reply.alarm,
    )
    return report, reply
