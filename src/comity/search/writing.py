"""The bytes of an answer and of its journal entry (`protocol.journal.SearchEntry`).

Nearly all answers say that there is no record. Those are put together from parts: what repeats from
question to question is encoded once, what an answer and its entry both hold is encoded once for both.
"""

from typing import Final

import msgspec

from comity.kernel.codes import AnswerState, NotificationPolicy, Purpose
from comity.kernel.ids import BureauId, NodeId, OfficerId, SearchId
from comity.protocol.search import Asked, Candidate, Query, SearchAnswer, SearchRequest, SourceReport
from comity.search.answering import compose
from comity.search.authentication import Asker
from comity.search.sources import Heard, Question

_ENCODER: Final = msgspec.json.Encoder()
_NUMBERS: Final = [b"%d" % number for number in range(1_000)]
"""How long most answers take, in milliseconds."""


class Written(msgspec.Struct, frozen=True, gc=False):
    """An answer as it goes out, and what must be on the disk before (I1)."""

    state: AnswerState
    body: bytes
    entry: bytes


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


class AnswerWriter:
    """Writes the answers of one node. Owned by the event loop."""

    def __init__(self, node: NodeId) -> None:
        self._node = node
        self._asker: Asker | None = None
        self._purpose: Purpose | None = None
        self._notify: NotificationPolicy | None = None
        self._reference = ""
        self._heard: Heard | None = None
        self._at_text = ""
        self._common = b""
        self._nothing = _Nothing(Heard([]), "")
        self._entry_head = b""

    def write(self, search_id: SearchId, question: Question, heard: Heard, took_ms: int) -> Written:
        """Return the answer to `question`, given what the sources said."""
        request = question.request
        if (
            question.asker is not self._asker
            or request.purpose is not self._purpose
            or request.notify is not self._notify
            or request.reference != self._reference
        ):
            self._begin(question.asker, request)
        if question.at_text is not self._at_text or heard is not self._heard:
            self._at_text, self._heard = question.at_text, heard
            # Ids and instants hold nothing that JSON would have to escape.
            self._entry_head = b'","at":"%b",%b,"query":' % (self._at_text.encode(), self._common)
            self._nothing = _Nothing(heard, self._at_text)
        if heard.nothing:
            return self._write_nothing(search_id, question, took_ms)
        return self._write_found(compose(search_id, question, heard, took_ms), request.query)

    def _write_nothing(self, search_id: SearchId, question: Question, took_ms: int) -> Written:
        encode, plan, parts = _ENCODER.encode, question.plan, self._nothing
        name, asked = search_id.encode(), encode(plan.asked)
        warnings = encode(plan.warnings) if plan.warnings else b"[]"
        took = _NUMBERS[took_ms] if took_ms < len(_NUMBERS) else b"%d" % took_ms
        return Written(
            parts.state,
            b"".join((
                b'{"search_id":"', name, parts.finding, asked,
                b',"warnings":', warnings, parts.answer_end, took, b"}",
            )),
            b"".join((
                b'{"entry":"search","search_id":"', name, self._entry_head, encode(question.request.query),
                b',"asked":', asked, parts.entry_end,
            )),
        )  # fmt: skip

    def _write_found(self, answer: SearchAnswer, query: Query) -> Written:
        own = _WhatAndFound(
            query, answer.asked, answer.state, answer.finding, answer.candidates, answer.sources
        )
        return Written(
            answer.state,
            _ENCODER.encode(answer),
            b'{"entry":"search","search_id":"%b","at":"%b",%b,%b'
            % (
                answer.search_id.encode(),
                answer.answered_at.encode(),
                self._common,
                _ENCODER.encode(own)[1:],
            ),
        )

    def _begin(self, asker: Asker, request: SearchRequest) -> None:
        """Put together what is alike in all entries of this asker's for this purpose."""
        self._asker, self._at_text = asker, ""
        self._purpose, self._notify = request.purpose, request.notify
        self._reference = request.reference
        grant = asker.grant
        common = _WhoAndWhy(
            self._node,
            grant.bureau,
            grant.officer,
            grant.grant_id,
            request.purpose,
            request.notify,
            request.reference,
            asker.asked_by,
        )
        self._common = _ENCODER.encode(common)[1:-1]


class _Nothing:
    """What is alike in all answers of one instant that found nothing, from one state of the sources."""

    __slots__ = ("answer_end", "entry_end", "finding", "state")

    def __init__(self, heard: Heard, at_text: str) -> None:
        self.state = AnswerState.NO_RECORD if heard.complete else AnswerState.INCOMPLETE
        states = b'"state":"%b","finding":"%b"' % (self.state.encode(), AnswerState.NO_RECORD.encode())
        self.finding = b'",%b,"asked":' % states
        self.answer_end = b',"candidates":[],"sources":%b,"answered_at":"%b","took_ms":' % (
            heard.reports,
            at_text.encode(),
        )
        self.entry_end = b',%b,"candidates":[],"sources":%b}' % (states, heard.reports)
