"""What goes into the spool before a refusal leaves (I1)."""

from datetime import datetime
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.kernel.ids import NodeId, SearchId
from comity.protocol.journal import RefusalEntry
from comity.search.authentication import Asker

_ENCODER: Final = msgspec.json.Encoder()


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
