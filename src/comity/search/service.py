"""The use case: admit, read, authorise, ask every source, journal, answer. In this order, always.

A question that every source can answer at once goes through without waiting for anything but the disk.
All questions that came in one round of the event loop have the same instant, and those that the disk
takes together are answered together.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, get_args

import msgspec

from comity.index.planning import plan_query
from comity.kernel.clock import Clock, to_wire
from comity.kernel.codes import AnswerState
from comity.kernel.errors import ComityError
from comity.kernel.ids import IdPool, NodeId, SearchId
from comity.ledger.spool import Outcome, SpoolWriter
from comity.protocol.search import Query
from comity.search.authentication import Asker, Doorkeeper
from comity.search.exchanges import Exchange
from comity.search.input import read_request
from comity.search.journaling import refusal_entry
from comity.search.sources import AtOnce, Heard, Question, Source, ask_all
from comity.search.writing import AnswerWriter

GATHER: Final = 32
"""Entries after which a round of the event loop does not wait for its end: half a millisecond of searches."""


class Means(NamedTuple):
    """What answering takes, of single questions and of batches."""

    node: NodeId
    clock: Clock
    doorkeeper: Doorkeeper
    sources: Sequence[Source]
    spool: SpoolWriter
    total_s: float
    """Budget of one search."""
    ids: IdPool


class Due(msgspec.Struct, frozen=True, gc=False):
    """What is told once it is on record."""

    exchange: Exchange
    state: AnswerState | None
    """None for a refusal."""
    body: bytes = b""
    refusal: ComityError | None = None


class _Asked(msgspec.Struct, frozen=True, gc=False):
    exchange: Exchange
    search_id: SearchId
    question: Question


class Front(Protocol):
    """Where answers and refusals go. For each exchange one of these is called, once; none raises."""

    def told(self, dues: Sequence[Due]) -> None:
        """Send what is due; all of it is on record (I1)."""

    def batch_told(self, exchange: Exchange, body: bytes, counts: Counter[tuple[str, str]]) -> None:
        """Send the answers to a batch, on record all of them; `counts` by state and kind."""

    def refused(self, exchange: Exchange, error: ComityError) -> None:
        """Send an error instead of an answer."""

    def failed(self, exchange: Exchange, error: Exception) -> None:
        """Write down what may not happen, and send that it did."""

    def later(self, exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
        """Run the rest of the work on an exchange; what it raises is told to who asked."""


class SearchService:
    """Answers single searches. Owned by the event loop."""

    def __init__(self, means: Means, front: Front) -> None:
        self._node = means.node
        self._write = AnswerWriter(means.node).write
        self._now = means.clock.now
        self._doorkeeper = means.doorkeeper
        self._sources = means.sources
        self._ask_at_once = AtOnce(means.sources).ask
        self._append_all = means.spool.append_all
        self._total_s = means.total_s
        self._take_id = means.ids.take
        self._front = front
        self._entries: list[bytes] = []
        self._due: list[Due] = []
        self._held: list[Exchange] = []
        """Questions that wait for the disk before they are even looked at."""
        self._at_disk = 0
        """Groups of entries that were given to the spool and of which it has not told yet."""
        self._ahead = 0
        """Questions that were let through and have not reached their sources yet: these do not count them."""

    def search(self, exchanges: Sequence[Exchange]) -> None:
        """Answer the searches of one round, with others where the disk is busy.

        While it is, nothing of them could go on record: a few wait for more to come, and what is done once
        for all of a round is done once for all of them. The end of what the disk has brings them on.
        """
        self._held += exchanges
        if not self._at_disk or len(self._held) >= GATHER:
            self._answer_held()

    def _answer_held(self) -> None:
        held, self._held = self._held, []
        self._answer(held)

    def _answer(self, exchanges: Sequence[Exchange]) -> None:
        """Answer them step by step: each step's code and data stay in the caches.

        A refusal is on record before it is told, once it is known who asks.
        """
        at = self._now()
        asked = self._read(self._admit(exchanges, at), at)
        conclude, now = self._conclude, time.monotonic()
        for place, (each, given) in enumerate(self._hear(asked)):
            try:
                if given is None:
                    self._wait(each)
                else:
                    conclude(each, given, now)
            except Exception as error:  # noqa: BLE001 - what fails for one may not take the others' answers
                self._front.failed(each.exchange, error)
            if place % GATHER == GATHER - 1:
                self._to_disk()
        self._to_disk()

    def _hear(self, asked: Sequence["_Asked"]) -> Iterable[tuple["_Asked", Heard | None]]:
        """Ask for all of them together; one by one where one of them makes that fail for all."""
        try:
            return zip(asked, self._ask_at_once([each.question for each in asked]), strict=True)
        except Exception:  # noqa: BLE001 - told for whom it concerns
            return self._hear_each(asked)

    def _hear_each(self, asked: Sequence["_Asked"]) -> Iterator[tuple["_Asked", Heard | None]]:
        for each in asked:
            try:
                (heard,) = self._ask_at_once([each.question])
            except Exception as error:  # noqa: BLE001 - as above
                self._front.failed(each.exchange, error)
            else:
                yield each, heard

    def _admit(self, exchanges: Sequence[Exchange], at: datetime) -> list[tuple[Exchange, Asker]]:
        """Return who may ask; others are told at once, and not on record: nobody knows whose it would be."""
        admit, admitted = self._doorkeeper.admit, []
        for exchange in exchanges:
            try:
                asker = admit(exchange.authorization, exchange.certificate, at)
            except ComityError as error:
                self._front.refused(exchange, error)
            except Exception as error:  # noqa: BLE001 - as above
                self._front.failed(exchange, error)
            else:
                exchange.bureau = asker.grant.bureau
                admitted.append((exchange, asker))
        return admitted

    def _read(self, admitted: Sequence[tuple[Exchange, Asker]], at: datetime) -> list["_Asked"]:
        """Return what is asked; what is wrong with a question or its asker is recorded."""
        at_text, take_id, require_right = to_wire(at), self._take_id, self._doorkeeper.require_right
        asked = []
        for exchange, asker in admitted:
            try:
                request = read_request(exchange)
                query = request.query
                exchange.kind = _KINDS[type(query)]
                require_right(asker, request.purpose, at)
                question = Question(request, plan_query(query, at), asker, at, at_text)
            except ComityError as error:
                self._refuse(exchange, asker, error, at)
            except Exception as error:  # noqa: BLE001 - as above
                self._front.failed(exchange, error)
            else:
                asked.append(_Asked(exchange, SearchId(take_id(at)), question))
        return asked

    def _wait(self, asked: "_Asked") -> None:
        """Ask the sources that take their time, where they have room for it behind all others."""
        question = asked.question
        try:
            for source in self._sources:
                source.require_room(question, self._ahead)
        except ComityError as error:
            self._refuse(asked.exchange, question.asker, error, question.at)
        else:
            self._ahead += 1
            self._front.later(asked.exchange, self._ask(asked))

    def _refuse(self, exchange: Exchange, asker: Asker, error: ComityError, at: datetime) -> None:
        entry = refusal_entry(self._node, SearchId(self._take_id(at)), asker, error.code, at)
        self._entries.append(entry)
        self._due.append(Due(exchange, None, refusal=error))

    async def _ask(self, asked: "_Asked") -> None:
        asking = asyncio.create_task(ask_all(self._sources, asked.question, self._total_s))
        try:
            # Until the sources count it: one turn of the loop for one of them, for several one more, in
            # which each gets a task of its own. No other question is looked at in between.
            await asyncio.sleep(0)
            if len(self._sources) > 1:
                await asyncio.sleep(0)
        finally:
            self._ahead -= 1
        heard = await asking
        self._conclude(asked, heard, time.monotonic())
        self._to_disk()

    def _conclude(self, asked: "_Asked", heard: Heard, now: float) -> None:
        """Write the answer as of `now`, in seconds of the monotonic clock."""
        exchange = asked.exchange
        took_ms = round((now - exchange.began) * 1000)
        written = self._write(asked.search_id, asked.question, heard, took_ms)
        self._entries.append(written.entry)
        self._due.append(Due(exchange, written.state, written.body))

    def _to_disk(self) -> None:
        """Put all entries on the disk together; what is due is told after that."""
        if self._due:
            entries, self._entries = self._entries, []
            due, self._due = self._due, []
            self._at_disk += 1
            try:
                self._append_all(entries, partial(self._on_record, due))
            except ComityError as error:
                self._on_record(due, error)

    def _on_record(self, due: list[Due], outcome: Outcome) -> None:
        self._at_disk -= 1
        try:
            self._tell(due, outcome)
        finally:
            if self._held and not self._at_disk:
                self._answer_held()

    def _tell(self, due: list[Due], outcome: Outcome) -> None:
        if not isinstance(outcome, ComityError):
            self._front.told(due)
            return
        for one in due:
            self._front.refused(one.exchange, outcome)


_KINDS: Final[dict[type[Query], str]] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Query)}


def kind_of(query: Query) -> str:
    """Return the word that stands for the kind of a query on the wire."""
    return _KINDS[type(query)]
