"""What goes into the spool before an answer or a refusal leaves (I1)."""

from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.kernel.codes import AnswerState, NotificationPolicy, Purpose
from comity.kernel.ids import BureauId, NodeId, OfficerId, SearchId
from comity.protocol.journal import RefusalEntry
from comity.protocol.search import Asked, Candidate, Query, SearchAnswer, SourceReport
from comity.search.authentication import Asker
from comity.search.sources import Question

_ENCODER: Final = msgspec.json.Encoder()


class _WhoAndWhy(msgspec.Struct, frozen=True):
    """The part of a `SearchEntry` that is alike for many questions of one officer."""

    node: NodeId
    bureau: BureauId
    officer: OfficerId
    grant_id: str
    purpose: Purpose
    notify: NotificationPolicy
    reference: str
    asked_by_node: NodeId | None


class _WhatAndFound(msgspec.Struct, frozen=True, gc=False):
    """The part of a `SearchEntry` that is each question's own."""

    query: Query
    asked: list[Asked]
    state: AnswerState
    finding: AnswerState
    candidates: list[Candidate]
    sources: list[SourceReport]


class SearchEntries:
    """Writes the entries of one node's searches, in the form of `protocol.journal.SearchEntry`.

    What repeats from question to question is encoded once.
    """

    def __init__(self, node: NodeId) -> None:
        self._node = node
        self._asker: Asker | None = None
        self._request: tuple[Purpose, NotificationPolicy, str] | None = None
        self._common = b""

    def entry(self, question: Question, answer: SearchAnswer) -> bytes:
        """Return the entry of a search and its answer."""
        request = question.request
        purpose = (request.purpose, request.notify, request.reference)
        if question.asker is not self._asker or purpose != self._request:
            self._common = self._who_and_why(question.asker, *purpose)
            self._asker, self._request = question.asker, purpose
        own = _WhatAndFound(
            request.query, answer.asked, answer.state, answer.finding, answer.candidates, answer.sources
        )
        # Ids and instants hold nothing that JSON would have to escape.
        return b'{"entry":"search","search_id":"%b","at":"%b",%b,%b' % (
            answer.search_id.encode(),
            answer.answered_at.encode(),
            self._common,
            _ENCODER.encode(own)[1:],
        )

    def _who_and_why(
        self, asker: Asker, purpose: Purpose, notify: NotificationPolicy, reference: str
    ) -> bytes:
        grant = asker.grant
        common = _WhoAndWhy(
            self._node,
            grant.bureau,
            grant.officer,
            grant.grant_id,
            purpose,
            notify,
            reference,
            asker.asked_by,
        )
        return _ENCODER.encode(common)[1:-1]


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
