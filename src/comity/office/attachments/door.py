"""Sealed files between nodes: the relay's at the secretariat, the sender's own when the relay is away."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from comity.kernel.codes import Action, NodeRole
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.office.attachments import direct, relay
from comity.office.door import by_method, node_endpoint
from comity.office.responses import octets_response
from comity.office.runtime import clock, home
from comity.protocol.attachments import PART_BYTES, BlobDeclaration, BlobState
from comity.protocol.members import Member
from comity.protocol.messages import Accepted


@node_endpoint(Action.ENVELOPE_RELAY, body=BlobDeclaration)
def declare(request: HttpRequest, peer: Member, body: BlobDeclaration) -> BlobState:  # noqa: ARG001 - door's form
    """Hear that a file is going to be brought."""
    _at_the_secretariat()
    return relay.declare(peer, body, clock().now())


@node_endpoint(Action.ENVELOPE_RELAY, method="PUT", body=bytes, max_bytes=PART_BYTES, journal=False)
def put_part(request: HttpRequest, peer: Member, blob_id: UUID, number: int, body: bytes) -> BlobState:  # noqa: ARG001 - a door's form
    """Keep one part."""
    _at_the_secretariat()
    return relay.put_part(peer, str(blob_id), number, body, clock().now())


@node_endpoint(Action.ENVELOPE_FETCH, method="GET", journal=False)
def look(request: HttpRequest, peer: Member, blob_id: UUID) -> BlobState:  # noqa: ARG001 - a door's form
    """Tell how far a file is."""
    if _is_secretariat() and relay.knows(str(blob_id)):
        return relay.look(peer, str(blob_id))
    return direct.look(peer, str(blob_id))


@node_endpoint(Action.ENVELOPE_FETCH, method="GET", journal=False)
def get_part(request: HttpRequest, peer: Member, blob_id: UUID, number: int) -> HttpResponse:  # noqa: ARG001 - a door's form
    """Give one part."""
    if _is_secretariat() and relay.knows(str(blob_id)):
        return octets_response(relay.get_part(peer, str(blob_id), number))
    return octets_response(direct.get_part(peer, str(blob_id), number))


@node_endpoint(Action.ENVELOPE_FETCH)
def confirm(request: HttpRequest, peer: Member, blob_id: UUID) -> Accepted:  # noqa: ARG001 - a door's form
    """Hear from a recipient that it has the file."""
    _at_the_secretariat()
    relay.confirm(peer, str(blob_id), clock().now())
    return Accepted(accepted=True)


part = by_method(GET=get_part, PUT=put_part)


def _at_the_secretariat() -> None:
    if not _is_secretariat():
        raise NotFoundError(ErrorCode.ACCESS_NOT_FOUND)


def _is_secretariat() -> bool:
    return home().settings.node.role is NodeRole.SECRETARIAT
