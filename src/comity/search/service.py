"""The use case: admit, read, authorise, ask every source, journal, answer. In this order, always."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from comity.index.planning import plan_query
from comity.kernel.clock import Clock
from comity.kernel.errors import ComityError
from comity.kernel.ids import BureauId, SearchId, new_id
from comity.protocol.search import SearchAnswer
from comity.search.answering import compose
from comity.search.authentication import Asker, Doorkeeper
from comity.search.input import read_request
from comity.search.journaling import Journal
from comity.search.sources import Question, Source, ask_all


class Call(msgspec.Struct):
    """One call as the front door hands it in."""

    authorization: bytes | None
    certificate: str | None
    """SHA-256 of the client's certificate, hexadecimal; None when none was shown."""
    read_body: Callable[[], Awaitable[bytes]]
    """Reads the body; raises `LimitError`, `InputError` for another content type."""
    bureau: BureauId | None = None
    """Filled in once the asker is known, for the log."""
    kind: str = ""
    """Kind of the query, for the metrics."""


class SearchService:
    """Answers calls. Owned by the event loop."""

    def __init__(
        self,
        clock: Clock,
        doorkeeper: Doorkeeper,
        sources: Sequence[Source],
        journal: Journal,
        total_s: float,
    ) -> None:
        self._clock = clock
        self._doorkeeper = doorkeeper
        self._sources = sources
        self._journal = journal
        self._total_s = total_s

    async def search(self, call: Call) -> SearchAnswer:
        """Return the answer once it is on record (I1).

        Raises any `ComityError`; after the asker is known the refusal is on record too.
        """
        started = time.monotonic()
        at = self._clock.now()
        asker = self._doorkeeper.admit(call.authorization, call.certificate, at)
        call.bureau = asker.grant.bureau
        search_id = SearchId(new_id(at))
        try:
            question = await self._question(call, asker, at)
        except ComityError as error:
            await self._journal.refusal(search_id, asker, error.code, at)
            raise
        replies = await ask_all(self._sources, question, self._total_s)
        answer = compose(search_id, question, replies, round((time.monotonic() - started) * 1000))
        await self._journal.search(question, answer)
        return answer

    async def _question(self, call: Call, asker: Asker, at: datetime) -> Question:
        request = read_request(await call.read_body())
        call.kind = str(request.query.__struct_config__.tag)
        self._doorkeeper.require_right(asker, request.purpose, at)
        return Question(request, plan_query(request.query, at), asker, at)
