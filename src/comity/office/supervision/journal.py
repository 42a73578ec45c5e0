"""Writing the node's journal. Entries are committed to with a salt: a body can be erased later (I8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.ids import BureauId, NodeId, OfficerId
from comity.ledger.commitments import commit, new_salt
from comity.office import runtime
from comity.office.supervision.models import JournalEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry before it is written.

    `subject` is `kind:id`, never personal data. `body` (JSON types, no floats) may hold personal data:
    it can be erased, its commitment stays.
    """

    bureau: BureauId
    node: NodeId
    officer: OfficerId
    action: str
    subject: str
    allowed: bool
    code: str
    at: datetime
    body: dict[str, Any] | None = None


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
    """Add one entry, in the caller's transaction if there is one, else in its own; see `Event`."""
    event = Event(
        bureau=bureau,
        node=node,
        officer=officer,
        action=action,
        subject=subject,
        allowed=allowed,
        code=code,
        at=at,
        body=body,
    )
    row = _row(event)
    row.save(force_insert=True)
    return row


def record_own(
    action: str,
    subject: str,
    at: datetime,
    body: dict[str, Any] | None = None,
    *,
    officer: OfficerId | None = None,
) -> None:
    """Add what was done here and allowed: by a person, by the machine's operator, by the node itself."""
    home = runtime.home()
    record_event(
        bureau=home.bureau,
        node=home.node,
        officer=officer or OfficerId(""),
        action=action,
        subject=subject,
        allowed=True,
        code="",
        at=at,
        body=body,
    )


def record_events(events: Iterable[Event]) -> None:
    """Add entries in their order, in the caller's transaction if there is one, else in one of their own."""
    JournalEvent.objects.bulk_create([_row(event) for event in events])


def _row(event: Event) -> JournalEvent:
    statement = {
        "bureau": event.bureau,
        "node": event.node,
        "officer": event.officer,
        "action": str(event.action),
        "subject": event.subject,
        "allowed": event.allowed,
        "code": event.code,
        "at": to_wire(event.at),
        "detail": event.body or {},
    }
    data = canonical_bytes(statement)
    salt = new_salt()
    return JournalEvent(
        bureau=event.bureau,
        node=event.node,
        officer=event.officer,
        action=str(event.action),
        subject=event.subject,
        allowed=event.allowed,
        code=event.code,
        at=event.at,
        commitment=commit(salt, data).hex(),
        salt=salt.hex(),
        body=data.decode("utf-8"),
    )
