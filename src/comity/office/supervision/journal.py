"""Writing the node's journal. Entries are committed to with a salt: a body can be erased later (I8)."""

from datetime import datetime
from typing import Any

from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.ids import BureauId, NodeId, OfficerId
from comity.ledger.commitments import commit, new_salt
from comity.office.supervision.models import JournalEvent


def record_event(  # noqa: PLR0913 - the columns of a journal entry
    *,
    bureau: BureauId,
    node: NodeId,
    officer: OfficerId,
    action: str,
    subject: str,
    allowed: bool,
    code: str,
    at: datetime,
    body: dict[str, Any] | None = None,
) -> JournalEvent:
    """Add one entry, in the caller's transaction if there is one, else in its own.

    `subject` is `kind:id`, never personal data. `body` (JSON types, no floats) may hold personal data:
    it can be erased, its commitment stays.
    """
    statement = {
        "bureau": bureau,
        "node": node,
        "officer": officer,
        "action": str(action),
        "subject": subject,
        "allowed": allowed,
        "code": code,
        "at": to_wire(at),
        "detail": body or {},
    }
    data = canonical_bytes(statement)
    salt = new_salt()
    return JournalEvent.objects.create(
        bureau=bureau,
        node=node,
        officer=officer,
        action=str(action),
        subject=subject,
        allowed=allowed,
        code=code,
        at=at,
        commitment=commit(salt, data).hex(),
        salt=salt.hex(),
        body=data.decode("utf-8"),
    )
