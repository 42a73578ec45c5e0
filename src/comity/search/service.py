"""The use case: admit, read, authorise, ask every source, journal, answer. In this order, always.

A question that every source can answer at once goes through without waiting for anything but the disk.
"""

import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from comity.index.planning import plan_query
from comity.kernel.clock import Clock, to_wire
from comity.kernel.codes import AnswerState
from comity.kernel.errors import ComityError
from comity.kernel.ids import IdPool, NodeId, SearchId
from comity.ledger.spool import Gathering, Outcome
from comity.protocol.search import Query
from comity.search.answering import compose
from comity.search.authentication import Asker, Doorkeeper
from comity.search.exchanges import Exchange
from comity.search.input import read_request
from comity.search.journaling import SearchEntries, refusal_entry
from comity.search.sources import Question, Replies, Source, answer_at_once, ask_all

_ENCODER: Final = msgspec.json.Encoder()


class Means(NamedTuple):
    """What answering takes, of single questions and of batches."""

    node: NodeId
    clock: Clock
    doorkeeper: Doorkeeper
    sources: Sequence[Source]
    spool: Gathering
    total_s: float
    """Budget of one search."""
    ids: IdPool


class Front(Protocol):
    """Where answers and refusals go. For each exchange one of these is called, once; none raises."""

    def told(self, exchange: Exchange, body: bytes, state: AnswerState) -> None:
        """Send the answer to a search; it is on record (I1)."""

    def batch_told(self, exchange: Exchange, body: bytes, counts: Counter[tuple[str, str]]) -> None:
        """Send the answers to a batch, on record all of them; `counts` by state and kind."""

    def refused(self, exchange: Exchange, error: ComityError) -> None:
        """Send an error instead of an answer."""

    def later(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        """Run the rest of the work on an exchange; what it raises is told to who asked."""


class SearchService:
    """Answers single searches. Owned by the event loop."""

    def __init__(self, means: Means, front: Front) -> None:
        self._node = means.node
        self._entry = SearchEntries(means.node).entry
        self._now = means.clock.now
        self._doorkeeper = means.doorkeeper
        self._sources = means.sources
        self._append_all = means.spool.append_all
        self._hand_over = means.spool.hand_over
        self._total_s = means.total_s
        self._take_id = means.ids.take
        self._front = front

    def search(self, exchange: Exchange) -> None:
        """Answer a search. Raises any `ComityError` while it is not known who asks.

        After that a refusal is on record before it is told.
        """
        at = self._now()
        asker = self._doorkeeper.admit(exchange.authorization, exchange.certificate, at)
        exchange.bureau = asker.grant.bureau
        search_id = SearchId(self._take_id(at))
        try:
            question = self._question(exchange, asker, at)
            replies = answer_at_once(self._sources, question)
            if replies is None:
                for source in self._sources:
                    source.require_room(question)
        except ComityError as error:
            entry = refusal_entry(self._node, search_id, asker, error.code, at)
            self._append_all([entry], partial(self._refusal_on_record, exchange, error))
            return
        if replies is None:
            self._front.later(exchange, self._ask(exchange, search_id, question))
        else:
            self._conclude(exchange, search_id, question, replies)

    def end_round(self) -> None:
        """Let go of what the questions of one round shared, and send their entries to the disk."""
        for source in self._sources:
            source.end_round()
        self._hand_over()

    def _question(self, exchange: Exchange, asker: Asker, at: datetime) -> Question:
        request = read_request(exchange)
        exchange.kind = kind_of(request.query)
        self._doorkeeper.require_right(asker, request.purpose, at)
        return Question(request, plan_query(request.query, at), asker, at, to_wire(at))

    async def _ask(self, exchange: Exchange, search_id: SearchId, question: Question) -> None:
        replies = await ask_all(self._sources, question, self._total_s)
        self._conclude(exchange, search_id, question, replies)

    def _conclude(
        self, exchange: Exchange, search_id: SearchId, question: Question, replies: Replies
    ) -> None:
        took_ms = round((time.monotonic() - exchange.began) * 1000)
        answer = compose(search_id, question, replies, took_ms)
        body = _ENCODER.encode(answer)
        entry = self._entry(question, answer)
        self._append_all([entry], partial(self._answer_on_record, exchange, body, answer.state))

    def _answer_on_record(
        self, exchange: Exchange, body: bytes, state: AnswerState, outcome: Outcome
    ) -> None:
        if isinstance(outcome, ComityError):
            self._front.refused(exchange, outcome)
        else:
            self._front.told(exchange, body, state)

    def _refusal_on_record(self, exchange: Exchange, error: ComityError, outcome: Outcome) -> None:
        self._front.refused(exchange, outcome if isinstance(outcome, ComityError) else error)


def kind_of(query: Query) -> str:
    """Return the word that stands for the kind of a query on the wire."""
    return str(query.__struct_config__.tag)
