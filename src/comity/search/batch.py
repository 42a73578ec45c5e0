"""POST /v1/search/batch: up to a thousand questions of one officer, on record together before the answer.

Each question gets what it would have got alone: its own id, state and journal entry, or its own error.
They are worked on in small portions, so that single searches get their turn in between.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from comity.index.planning import plan_query
from comity.kernel.clock import to_wire
from comity.kernel.errors import BusyError, ComityError, ErrorCode, InputError
from comity.kernel.ids import SearchId
from comity.ledger.spool import Outcome
from comity.protocol.search import BatchItem, BatchRequest, SearchRequest
from comity.search.authentication import Asker
from comity.search.exchanges import Exchange
from comity.search.input import read_batch
from comity.search.journaling import refusal_entry
from comity.search.service import Front, Means, kind_of
from comity.search.sources import Question, ask_batch
from comity.search.writing import AnswerWriter, Written

MAX_BATCHES: Final = 8
"""Batches under way: a thousand keys are 15 ms of computing, so the last one waits a tenth of a second."""
PORTION: Final = 50
"""Questions worked on before others get their turn: half a millisecond."""

_ENCODER: Final = msgspec.json.Encoder()


class _BatchAnswer(msgspec.Struct, frozen=True):
    """A `BatchAnswer` whose items are JSON already."""

    items: list[msgspec.Raw]
    answered_at: str
    took_ms: int


class BatchService:
    """Answers batches. Owned by the event loop."""

    def __init__(self, means: Means, front: Front) -> None:
        self._means = means
        self._front = front
        self._writer = AnswerWriter(means.node)
        self._under_way = 0

    def search(self, exchange: Exchange) -> None:
        """Answer a batch. Raises any `ComityError` while it is not known who asks."""
        at = self._means.clock.now()
        asker = self._means.doorkeeper.admit(exchange.authorization, exchange.certificate, at)
        exchange.bureau = asker.grant.bureau
        self._front.later(exchange, self._answer_or_refuse(exchange, asker, at))

    async def _answer_or_refuse(self, exchange: Exchange, asker: Asker, at: datetime) -> None:
        """Answer; a refusal of the whole batch is on record before it is raised."""
        self._under_way += 1
        try:
            try:
                batch, wrong = self._read(exchange, asker, at)
            except ComityError as error:
                await self._put_on_record([self._refusal(asker, error, at)])
                raise
            await self._answer(exchange, batch, wrong, asker, at)
        finally:
            self._under_way -= 1

    def _read(
        self, exchange: Exchange, asker: Asker, at: datetime
    ) -> tuple[BatchRequest, dict[int, InputError]]:
        if self._under_way > MAX_BATCHES:
            raise BusyError(ErrorCode.LIMIT_RATE)
        batch, wrong = read_batch(exchange)
        self._means.doorkeeper.require_right(asker, batch.purpose, at)
        return batch, wrong

    async def _answer(
        self,
        exchange: Exchange,
        batch: BatchRequest,
        wrong: dict[int, InputError],
        asker: Asker,
        at: datetime,
    ) -> None:
        total = len(batch.queries) + len(wrong)
        questions = await _planned(batch, wrong, asker, at)
        answers = await self._answers(exchange, list(questions.values()))
        entries = [answer.entry for answer in answers]
        entries += [self._refusal(asker, error, at) for error in wrong.values()]
        kinds = [kind_of(question.request.query) for question in questions.values()]
        counts: Counter[tuple[str, str]] = Counter(
            zip([answer.state for answer in answers], kinds, strict=True)
        )
        by_number = dict(zip(questions, answers, strict=True))
        items = [
            _answered(by_number[number]) if number in by_number else _refused(wrong[number])
            for number in range(total)
        ]
        took_ms = round((time.monotonic() - exchange.began) * 1000)
        body = _ENCODER.encode(_BatchAnswer(items=items, answered_at=to_wire(at), took_ms=took_ms))
        await self._put_on_record(entries)
        self._front.batch_told(exchange, body, counts)

    async def _answers(self, exchange: Exchange, questions: Sequence[Question]) -> list[Written]:
        if not questions:
            return []
        heard = await ask_batch(self._means.sources, questions, self._means.total_s)
        took_ms = round((time.monotonic() - exchange.began) * 1000)
        answers, write, take_id = [], self._writer.write, self._means.ids.take
        for number, (question, given) in enumerate(zip(questions, heard, strict=True)):
            answers.append(write(SearchId(take_id(question.at)), question, given, took_ms))
            if number % PORTION == PORTION - 1:
                await asyncio.sleep(0)
        return answers

    def _refusal(self, asker: Asker, error: ComityError, at: datetime) -> bytes:
        search_id = SearchId(self._means.ids.take(at))
        return refusal_entry(self._means.node, search_id, asker, error.code, at)

    async def _put_on_record(self, entries: Sequence[bytes]) -> None:
        """Return when all `entries` are durable. Raises `UnavailableError` (journal.unavailable)."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._means.spool.append_all(entries, partial(_settle, future))
        await future


async def _planned(
    batch: BatchRequest, wrong: dict[int, InputError], asker: Asker, at: datetime
) -> dict[int, Question]:
    """Return the questions by their number; what a question is refused for is added to `wrong`."""
    planned: dict[int, Question] = {}
    at_text = to_wire(at)
    numbers = (number for number in range(len(batch.queries) + len(wrong)) if number not in wrong)
    for number, query in zip(list(numbers), batch.queries, strict=True):
        request = SearchRequest(
            purpose=batch.purpose, query=query, notify=batch.notify, reference=batch.reference
        )
        try:
            planned[number] = Question(request, plan_query(query, at), asker, at, at_text)
        except InputError as error:
            wrong[number] = error
        if number % PORTION == PORTION - 1:
            await asyncio.sleep(0)
    return planned


def _answered(answer: Written) -> msgspec.Raw:
    """Return the JSON of a `BatchItem` with an answer."""
    return msgspec.Raw(b'{"answer":%b,"error":null}' % answer.body)


def _refused(error: InputError) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(BatchItem(error=error.public()["error"])))


def _settle(future: asyncio.Future[None], outcome: Outcome) -> None:
    if future.done():
        return
    if isinstance(outcome, ComityError):
        future.set_exception(outcome)
    else:
        future.set_result(None)
