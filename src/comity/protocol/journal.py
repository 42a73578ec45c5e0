"""What the journal spool holds: one entry per search, written before its answer leaves (I1)."""

import msgspec

from comity.kernel.codes import AnswerState, NotificationPolicy, Purpose
from comity.kernel.ids import BureauId, NodeId, OfficerId, SearchId
from comity.protocol.search import Asked, Candidate, Query, SourceReport


class SearchEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag="search"):
    """A search that was answered. Bodies hold personal data and are kept apart from digests."""

    search_id: SearchId
    at: str
    node: NodeId
    bureau: BureauId
    officer: OfficerId
    grant_id: str
    purpose: Purpose
    notify: NotificationPolicy
    reference: str
    query: Query
    asked: list[Asked]
    state: AnswerState
    finding: AnswerState
    candidates: list[Candidate]
    sources: list[SourceReport]
    asked_by_node: NodeId | None = None
    """Set at a node that answered another node's live question: no alarm is raised from here."""


class RefusalEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag="refusal"):
    """A search that was refused: who and why, never what was asked."""

    search_id: SearchId
    at: str
    node: NodeId
    bureau: BureauId
    officer: OfficerId
    grant_id: str
    code: str


JournalEntry = SearchEntry | RefusalEntry
