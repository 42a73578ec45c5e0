"""What a search asks, all sources at once. Each answers or says why not; none ever guesses (I2)."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from comity.index.questions import Plan
from comity.kernel.codes import FailureReason
from comity.node.settings import SourceSection
from comity.protocol.search import AlarmBasis, Candidate, SearchRequest, SourceReport
from comity.protocol.search import Warning as QueryWarning
from comity.search.authentication import Asker

_ENCODER: Final = msgspec.json.Encoder()


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


class Heard:
    """What all sources said to a question, and what of the answer follows from that alone."""

    __slots__ = ("complete", "nothing", "replies", "reports")

    def __init__(self, replies: Replies) -> None:
        self.replies = replies
        self.complete = all(reply.reason is None for _, reply in replies)
        """Whether every source answered (I2)."""
        self.nothing = not any(reply.candidates or reply.warnings for _, reply in replies)
        """Whether none of them found anything or has anything to say."""
        self.reports = _ENCODER.encode([report for report, _ in replies])
        """JSON of the reports."""


class Source(Protocol):
    """One place to look."""

    section: SourceSection

    def require_room(self, question: Question, ahead: int) -> None:
        """Raise `BusyError` (limit.rate) when `question` would wait behind too many others.

        `ahead` others were let through a moment ago and have not been asked yet.
        """

    def at_once(self, questions: Sequence[Question]) -> Sequence[Reply | None]:
        """Answer, in their order, where that takes microseconds and no waiting; None where it must be asked.

        The questions have one instant.
        """

    async def ask(self, question: Question, within_s: float) -> Reply:
        """Answer within that time. Own trouble, lack of time included, is told by `reason`, not raised."""

    async def ask_all(self, questions: Sequence[Question], within_s: float) -> list[Reply]:
        """Answer the questions of one batch, in their order, all of them within that time."""

    async def close(self) -> None:
        """Let go of connections and files."""


class AtOnce:
    """Asks where nothing has to be waited for. What many questions hear alike is put together once."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._last = Heard([])

    def ask(self, questions: Sequence[Question]) -> list[Heard | None]:
        """Return, for each question, what the sources say where all of them can say it at once, else None.

        Each of `questions` is said to have taken as long as all of them.
        """
        if not questions:
            return []
        given = []
        for source in self._sources:
            started = time.monotonic()
            replies = source.at_once(questions)
            given.append((source, _since(started), replies))
        if len(given) == 1:
            return self._heard_of_one(*given[0])
        return [self._heard_of_all(given, place) for place in range(len(questions))]

    def _heard_of_one(
        self, source: Source, took_ms: int, replies: Sequence[Reply | None]
    ) -> list[Heard | None]:
        """Return what the only source said. Nearly all replies of a round are one and the same object."""
        found, known, heard = list[Heard | None](), None, None
        for reply in replies:
            if reply is not known:
                known = reply
                heard = None if reply is None else self._heard(((source, took_ms, reply),))
            found.append(heard)
        return found

    def _heard_of_all(
        self, given: Sequence[tuple[Source, int, Sequence[Reply | None]]], place: int
    ) -> Heard | None:
        told = []
        for source, took_ms, replies in given:
            reply = replies[place]
            if reply is None:
                return None
            told.append((source, took_ms, reply))
        return self._heard(told)

    def _heard(self, told: Sequence[tuple[Source, int, Reply]]) -> Heard:
        """Return what was told, the same object as for the question before where that was told the same."""
        last = self._last.replies
        if len(last) == len(told):
            for (report, known), (_, took_ms, reply) in zip(last, told, strict=True):
                if known is not reply or report.took_ms != took_ms:
                    break
            else:
                return self._last
        self._last = Heard([(_report(source, reply, took_ms), reply) for source, took_ms, reply in told])
        return self._last


async def ask_all(sources: Sequence[Source], question: Question, total_s: float) -> Heard:
    """Ask every source at once, each within its own budget and none beyond `total_s` seconds."""
    if len(sources) == 1:
        return Heard([await _ask_one(sources[0], question, total_s)])
    return Heard(list(await asyncio.gather(*(_ask_one(source, question, total_s) for source in sources))))


async def ask_batch(sources: Sequence[Source], questions: Sequence[Question], total_s: float) -> list[Heard]:
    """Ask every source all of `questions`; return for each of them what the sources gave."""
    by_source = await asyncio.gather(*(_ask_one_batch(source, questions, total_s) for source in sources))
    heard, last, known = list[Heard](), Heard([]), ()
    for replies in zip(*by_source, strict=True):
        if replies != known:
            last, known = Heard(list(replies)), replies
        heard.append(last)
    return heard


async def _ask_one(source: Source, question: Question, total_s: float) -> tuple[SourceReport, Reply]:
    started = time.monotonic()
    (reply,) = source.at_once((question,))
    if reply is None:
        reply = await source.ask(question, _budget_s(source, total_s))
    return _report(source, reply, _since(started)), reply


async def _ask_one_batch(source: Source, questions: Sequence[Question], total_s: float) -> Replies:
    started = time.monotonic()
    replies = await source.ask_all(questions, _budget_s(source, total_s))
    # Most replies of a batch are one and the same: one report serves them all.
    told: Replies = []
    for reply in replies:
        if not told or told[-1][1] is not reply:
            told.append((_report(source, reply, _since(started)), reply))
        else:
            told.append(told[-1])
    return told


def _budget_s(source: Source, total_s: float) -> float:
    return min(source.section.budget_ms / 1000, total_s)


def _since(started: float) -> int:
    """Return the milliseconds since an instant of the monotonic clock."""
    return round((time.monotonic() - started) * 1000)


def _report(source: Source, reply: Reply, took_ms: int) -> SourceReport:
    section = source.section
    return SourceReport(
        name=section.name,
        kind=section.kind,
        answered=reply.reason is None,
        reason=reply.reason,
        version=reply.version,
        age_s=reply.age_s,
        took_ms=took_ms,
        alarm=reply.alarm,
    )
