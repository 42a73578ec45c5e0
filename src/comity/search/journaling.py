"""What goes into the spool before an answer or a refusal leaves (I1)."""

from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.kernel.ids import NodeId, SearchId
from comity.protocol.journal import RefusalEntry, SearchEntry
from comity.protocol.search import SearchAnswer
from comity.search.authentication import Asker
from comity.search.sources import Question

_ENCODER: Final = msgspec.json.Encoder()


def search_entry(node: NodeId, question: Question, answer: SearchAnswer) -> bytes:
    """Return the entry of a search at `node` and its answer."""
    asker, request = question.asker, question.request
    grant = asker.grant
    entry = SearchEntry(
        search_id=answer.search_id,
        at=answer.answered_at,
        node=node,
        bureau=grant.bureau,
        officer=grant.officer,
        grant_id=grant.grant_id,
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
    return _ENCODER.encode(entry)


def refusal_entry(node: NodeId, search_id: SearchId, asker: Asker, code: str, at: datetime) -> bytes:
    """Return the entry of a refusal at `node`: who was refused and why, never what was asked."""
    grant = asker.grant
    entry = RefusalEntry(
        search_id=search_id,
        at=to_wire(at),
        node=node,
        bureau=grant.bureau,
        officer=grant.officer,
        grant_id=grant.grant_id,
        code=code,
    )
    return _ENCODER.encode(entry)
