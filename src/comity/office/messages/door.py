"""What other nodes ask of the line. `office.door` has verified the peer before any of these runs."""

import select
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from django.http import HttpRequest
from msgspec import Meta

from comity.kernel.codes import Action, NodeRole, Priority
from comity.kernel.errors import ErrorCode, LimitError, NotFoundError
from comity.kernel.ids import bureau_of
from comity.office import clerks
from comity.office.door import node_endpoint
from comity.office.messages import direct
from comity.office.messages import relay as store
from comity.office.messages.relay_inbox import MAX_PAGE, Lane, acknowledge, page
from comity.office.messages.relay_numbers import numbers_of
from comity.office.runtime import clock, home
from comity.office.supervision.spool import position_of, take_over_spool
from comity.office.turns import turn_for
from comity.office.waiting import MAX_WAIT_MS
from comity.protocol.journal import SpoolAck, SpoolForward
from comity.protocol.members import Member
from comity.protocol.messages import (
    MAX_ENVELOPE_BYTES,
    Accepted,
    RelayAccepted,
    RelayAck,
    RelayInbox,
    RelayNumbers,
    RelaySubmission,
)

MAX_SUBMISSION_BYTES: Final = 2 * MAX_ENVELOPE_BYTES + 1024 * 1024
"""Two of the largest envelopes, or fifty ordinary ones, and what JSON puts around them."""
MAX_ACKNOWLEDGED: Final = 1_000
"""Ten pages of an inbox."""
MAX_SPOOL_BYTES: Final = 8 * 1024 * 1024
"""`MAX_SPOOL_ITEMS` entries of 16 KiB; the answer with twenty long candidates is the largest of them."""


class InboxQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of GET /node/v1/relay/inbox."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = MAX_PAGE
    wait_ms: Annotated[int, Meta(ge=0, le=MAX_WAIT_MS)] = 0
    lane: Lane = Lane.ALL


@node_endpoint(
    Action.ENVELOPE_RELAY,
    body=RelaySubmission,
    max_bytes=MAX_SUBMISSION_BYTES,
    journal=False,
    canonical=True,
)
def relay(request: HttpRequest, peer: Member, body: RelaySubmission) -> RelayAccepted:  # noqa: ARG001 - a door's form
    """Take envelopes for other bureaus; journaled with what is stored."""
    _at_the_secretariat()
    _check_number(body.envelopes, store.MAX_SUBMISSION, "envelopes")
    priorities = {envelope.header.priority for envelope in body.envelopes}
    ask = clerks.ask_express if Priority.FLASH in priorities else clerks.ask
    with turn_for(priorities):
        return ask(store.accept, peer, body.envelopes, clock().now(), again=body.again)


@node_endpoint(Action.ENVELOPE_FETCH, method="GET", query=InboxQuery, journal=False)
def relay_inbox(request: HttpRequest, peer: Member, query: InboxQuery) -> RelayInbox:
    """Give a bureau what waits for it."""
    _at_the_secretariat()
    return page(peer, query.lane, query.limit, query.wait_ms, lambda: _has_left(request))


@node_endpoint(Action.ENVELOPE_FETCH, body=RelayAck, journal=False)
def relay_ack(request: HttpRequest, peer: Member, body: RelayAck) -> Accepted:  # noqa: ARG001 - a door's form
    """Hear from a bureau which of its mail is durable there."""
    _at_the_secretariat()
    _check_number(body.envelopes, MAX_ACKNOWLEDGED, "envelopes")
    clerks.ask(acknowledge, peer, body.envelopes, clock().now())
    return Accepted(accepted=True)


@node_endpoint(Action.ENVELOPE_FETCH, method="GET", journal=False)
def relay_lanes(request: HttpRequest, peer: Member) -> RelayNumbers:  # noqa: ARG001 - a door's form
    """Tell a bureau the highest numbers known of what it sent and what was sent to it."""
    _at_the_secretariat()
    return clerks.ask(numbers_of, peer)


@node_endpoint(Action.ENVELOPE_RELAY, body=RelaySubmission, max_bytes=MAX_SUBMISSION_BYTES, journal=False)
def deliveries(request: HttpRequest, peer: Member, body: RelaySubmission) -> RelayAccepted:  # noqa: ARG001 - a door's form
    """Take envelopes straight from their sender, who cannot reach the relay; journaled as they are stored."""
    _check_number(body.envelopes, store.MAX_SUBMISSION, "envelopes")
    with turn_for(envelope.header.priority for envelope in body.envelopes):
        return direct.take(peer, body.envelopes, clock().now())


@node_endpoint(Action.SPOOL_FORWARD, body=SpoolForward, max_bytes=MAX_SPOOL_BYTES, journal=False)
def spool(request: HttpRequest, peer: Member, body: SpoolForward) -> SpoolAck:  # noqa: ARG001 - a door's form
    """Take over the journal of a post of this bureau."""
    _own_post(peer)
    if body.node != peer.node:
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND)
    return take_over_spool(peer.node, peer.bureau, body.entries, clock().now(), after=body.after)


@node_endpoint(Action.SPOOL_FORWARD, method="GET", journal=False)
def spool_position(request: HttpRequest, peer: Member) -> SpoolAck:  # noqa: ARG001 - a door's form
    """Tell a post of this bureau how far its journal has been taken over."""
    _own_post(peer)
    return SpoolAck(position=position_of(peer.node))


def _has_left(request: HttpRequest) -> bool:
    """Tell whether the line was closed: an asker sends nothing more before it has its answer."""
    line = request.META.get("gunicorn.socket")
    if line is None:
        return False
    watch = select.poll()  # not select(): a busy relay has more open lines than that can name
    watch.register(line, select.POLLIN)
    return bool(watch.poll(0))


def _check_number(given: Sequence[object], most: int, field: str) -> None:
    if not 1 <= len(given) <= most:
        raise LimitError(ErrorCode.LIMIT_ROWS, field=field)


def _at_the_secretariat() -> None:
    if home().settings.node.role is not NodeRole.SECRETARIAT:
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND)


def _own_post(peer: Member) -> None:
    if peer.role is not NodeRole.POST or bureau_of(peer.node) != home().bureau:
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND)
