"""What goes into the spool before an answer or a refusal leaves (I1)."""

from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.kernel.ids import NodeId, SearchId
from comity.ledger.spool import SpoolWriter
from comity.protocol.journal import RefusalEntry, SearchEntry
from comity.protocol.search import SearchAnswer
from comity.search.authentication import Asker
from comity.search.sources import Question

_ENCODER: Final = msgspec.json.Encoder()


class Journal:
    """Writes entries and returns when they are durable.

    Both methods raise `UnavailableError` (journal.unavailable); nothing may be answered then.
    """

    def __init__(self, spool: SpoolWriter, node: NodeId) -> None:
        self._spool = spool
        self._node = node

    async def search(self, question: Question, answer: SearchAnswer) -> None:
        """Put a search and its answer on record."""
        asker, request = question.asker, question.request
        entry = SearchEntry(
            search_id=answer.search_id,
            at=answer.answered_at,
            node=self._node,
            bureau=asker.grant.bureau,
            officer=asker.grant.officer,
            grant_id=asker.grant.grant_id,
            purpose=request.purpose,
            notify=request.notify,
            reference=request.reference,
            query=request.query,
            asked=answer.asked,
            state=answer.state,
            finding=answer.finding,
            candidates=answer.candidates,
            sources=answer.sources,
            asked_by_node=asker.asked_by,
        )
        await self._spool.append_async(_ENCODER.encode(entry))

    async def refusal(self, search_id: SearchId, asker: Asker, code: str, at: datetime) -> None:
        """Put on record who was refused and why, never what was asked."""
        entry = RefusalEntry(
            search_id=search_id,
            at=to_wire(at),
            node=self._node,
            bureau=asker.grant.bureau,
            officer=asker.grant.officer,
            grant_id=asker.grant.grant_id,
            code=code,
        )
        await self._spool.append_async(_ENCODER.encode(entry))
