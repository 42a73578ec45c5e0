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


class SpoolItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of a post's spool on its way to the bureau."""

    position: str
    """`ledger.spool.SpoolPosition.text()` behind the entry."""
    body: str
    """JSON text of the `JournalEntry`, exactly as the spool holds it."""


class SpoolForward(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /node/v1/spool: a post hands its journal to its bureau, in order and without gap.

    `after` must equal the position that the bureau last acknowledged, else nothing is stored.
    """

    node: NodeId
    after: str
    entries: list[SpoolItem]


class SpoolAck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to POST /node/v1/spool and GET /node/v1/spool/position: durable at the bureau up to here.

    Empty text when the bureau has nothing of this post yet.
    """

    position: str


MAX_SPOOL_ITEMS = 500
"""A post sends at most this many entries at a time: a few MiB, one quick transaction at the bureau."""
