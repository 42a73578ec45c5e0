"""What the relay knows of everybody's numbers, and how nodes notice that it was put back from a backup."""

import time
from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.db.models import Q

from comity.kernel.clock import SystemClock
from comity.kernel.codes import Priority
from comity.kernel.ids import BureauId, NodeId, new_id
from comity.office.messages.models import RelayLane
from comity.protocol.members import Member
from comity.protocol.messages import LaneNumber, RelayNumbers

LOOK_AGAIN_S: Final = 5.0
"""A database that was put back is noticed within this time."""
_STARTED: Final = (
    "SELECT pg_postmaster_start_time()::text, oid::text FROM pg_database WHERE datname = current_database()"
)


class _Instance:
    """A name that changes with the process and with the database server, whenever rows may have gone back."""

    def __init__(self) -> None:
        self._process = new_id(SystemClock().now())
        self._database = ""
        self._looked_at = -LOOK_AGAIN_S

    def name(self) -> str:
        """Return the present name."""
        if connection.vendor == "postgresql" and time.monotonic() - self._looked_at >= LOOK_AGAIN_S:
            with connection.cursor() as cursor:
                cursor.execute(_STARTED)
                self._database = " ".join(cursor.fetchone())
            self._looked_at = time.monotonic()
        return f"{self._process} {self._database}".strip()


_INSTANCE: Final = _Instance()


def instance() -> str:
    """Return the relay's instance; nodes that see another one than before ask for `numbers_of`."""
    return _INSTANCE.name()


def note(sender: NodeId, given: Iterable[tuple[str, str, int]]) -> None:
    """Remember the highest of `(recipient, priority, sequence)`, in the caller's transaction."""
    highest: dict[tuple[str, str], int] = {}
    for recipient, priority, sequence in given:
        lane = (recipient, priority)
        highest[lane] = max(highest.get(lane, 0), sequence)
    for priority in sorted({priority for _, priority in highest}):
        recipients = {recipient: number for (recipient, of), number in highest.items() if of == priority}
        known = RelayLane.objects.filter(sender=sender, priority=priority, recipient__in=recipients)
        before = dict(known.values_list("recipient", "highest"))
        rows = [
            RelayLane(sender=sender, recipient=recipient, priority=priority, highest=number)
            for recipient, number in sorted(recipients.items())
            if number > before.get(recipient, 0)
        ]
        RelayLane.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["sender", "recipient", "priority"],
            update_fields=["highest"],
        )


def numbers_of(peer: Member) -> RelayNumbers:
    """Return the lanes that begin or end at `peer`."""
    rows = RelayLane.objects.filter(Q(sender=peer.node) | Q(recipient=peer.bureau)).order_by("pk")
    return RelayNumbers(
        instance=instance(),
        numbers=[
            LaneNumber(
                sender=NodeId(row.sender),
                recipient=BureauId(row.recipient),
                priority=Priority(row.priority),
                sequence=row.highest,
            )
            for row in rows
        ],
    )
