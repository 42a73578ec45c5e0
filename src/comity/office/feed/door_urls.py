"""The feed as members follow it."""

from typing import Annotated

import msgspec
from django.http import HttpRequest
from django.urls import path
from msgspec import Meta

from comity.kernel.codes import Action
from comity.office import runtime
from comity.office.access import caller_for_node, require
from comity.office.door import node_endpoint
from comity.office.feed import receipts, services
from comity.office.feed.receipts import MAX_RECEIPT_BYTES
from comity.office.waiting import MAX_WAIT_MS
from comity.protocol.feed import FeedPage, SignedCopyReceipt, WithdrawalList
from comity.protocol.members import Member
from comity.protocol.messages import Accepted
from comity.rules.decisions import Subject


class FeedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /node/v1/feed?after=N&limit=L&wait_ms=W."""

    after: Annotated[int, Meta(ge=0)]
    limit: Annotated[int, Meta(ge=1, le=services.MAX_ENTRIES)] = services.MAX_ENTRIES
    wait_ms: Annotated[int, Meta(ge=0, le=MAX_WAIT_MS)] = 0


class AfterQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /node/v1/withdrawals?after=N."""

    after: Annotated[int, Meta(ge=0)]


@node_endpoint(Action.FEED_READ, method="GET", query=FeedQuery, journal=False)
def feed(request: HttpRequest, peer: Member, query: FeedQuery) -> FeedPage:  # noqa: ARG001 - the door's signature
    """Give the entries after a position, waiting for one if asked to."""
    services.wait_for_news(query.after, query.wait_ms)
    return services.page_for(peer, query.after, query.limit, runtime.clock().now())


@node_endpoint(Action.RECEIPT_FILE, body=SignedCopyReceipt, max_bytes=MAX_RECEIPT_BYTES, journal=False)
def copy_receipts(request: HttpRequest, peer: Member, body: SignedCopyReceipt) -> Accepted:  # noqa: ARG001 - a view's form
    """Take in what a copy confirms."""
    at = runtime.clock().now()
    subject = Subject(owner=peer.bureau, node=peer.node)
    require(caller_for_node(peer), Action.RECEIPT_FILE, subject, at, about=f"copy:{peer.node}")
    receipts.file_receipt(peer, body, at)
    return Accepted(accepted=True)


@node_endpoint(Action.RECORD_WITHDRAW, method="GET", query=AfterQuery, journal=False)
def withdrawals(request: HttpRequest, peer: Member, query: AfterQuery) -> WithdrawalList:  # noqa: ARG001 - a view's form
    """Tell an owner which copies have confirmed its withdrawals."""
    return receipts.withdrawal_statuses(peer.bureau, query.after, runtime.clock().now())


urlpatterns = [
    path("node/v1/feed", feed, name="node_feed"),
    path("node/v1/copy-receipts", copy_receipts, name="node_copy_receipts"),
    path("node/v1/withdrawals", withdrawals, name="node_withdrawals"),
]
