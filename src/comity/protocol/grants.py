"""A grant: the short-lived signed permission with which an officer searches."""

import msgspec

from comity.kernel.codes import Purpose, Role
from comity.kernel.ids import BureauId, NodeId, OfficerId


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may search or use the machine API, for what, and until when.

    Signed with the Ed25519 key of `issuer`'s node as the member directory lists it. Valid at the
    nodes of `bureau` and, for live questions, at the secretariat.
    """

    grant_id: str
    issuer: NodeId
    bureau: BureauId
    officer: OfficerId
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    issued_at: int
    """Seconds since 1970-01-01T00:00:00Z."""
    expires_at: int
    """Seconds since 1970-01-01T00:00:00Z."""
