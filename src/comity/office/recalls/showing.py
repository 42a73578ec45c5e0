"""What a thread shows of recalls and corrections: what was asked, and which recipients have confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from comity.kernel.codes import ReceiptKind
from comity.office.disclosures.models import Disclosure
from comity.office.messages.models import Message, MessageReceiptRow, Thread
from comity.office.recalls.applying import READ
from comity.office.recalls.marking import may_change
from comity.office.recalls.models import Change, ChangeKind
from comity.protocol.messages import MessageReceipt

_KINDS = {ChangeKind.RECALL: ReceiptKind.RECALLED, ChangeKind.CORRECTION: ReceiptKind.CORRECTED}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One recipient, and when its node confirmed, None while it has not."""

    recipient: str
    at: datetime | None = None
    was_read: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One recall or correction of a message."""

    kind: str
    by: str
    reason: str
    at: datetime
    confirmations: Sequence[Confirmation] = ()
    """At the sender: one for each recipient."""


@dataclass(slots=True)
class After:
    """What became of one message."""

    own: bool
    may_change: bool
    changes: list[Shown] = field(default_factory=list)
    corrects: str = ""
    """The message whose new version this is."""
    disclosed_at: datetime | None = None

    @property
    def recalled(self) -> bool:
        """Whether its content was taken back."""
        return any(change.kind == ChangeKind.RECALL for change in self.changes)


def after_sending(thread: Thread) -> dict[str, After]:
    """Return what became of a thread's messages, by message."""
    messages = {message.message_id: message for message in thread.messages.all()}
    found = {
        message_id: After(own=message.sender == message.bureau, may_change=may_change(message))
        for message_id, message in messages.items()
    }
    confirmed = _confirmed(list(messages.values()))
    for change in Change.objects.filter(message_id__in=list(messages)).order_by("id"):
        if change.applied_at is not None:
            message = messages[change.message_id]
            found[change.message_id].changes.append(_shown(change, message, confirmed))
        if change.kind == ChangeKind.CORRECTION and change.by in found:
            found[change.by].corrects = change.message_id
    for row in Disclosure.objects.filter(message_id__in=list(messages)):
        found[row.message_id].disclosed_at = row.disclosed_at
    return found


def _confirmed(messages: Sequence[Message]) -> dict[tuple[int, str, str], MessageReceiptRow]:
    rows = MessageReceiptRow.objects.filter(
        message__in=messages, kind__in=[str(kind) for kind in _KINDS.values()]
    )
    return {(row.message_id, row.kind, row.recipient): row for row in rows}


def _shown(
    change: Change, message: Message, confirmed: dict[tuple[int, str, str], MessageReceiptRow]
) -> Shown:
    confirmations: list[Confirmation] = []
    if message.sender == message.bureau:
        kind = str(_KINDS[ChangeKind(change.kind)])
        rows = [(code, confirmed.get((message.pk, kind, code))) for code in message.recipients]
        confirmations = [
            Confirmation(code) if row is None else Confirmation(code, row.at, _note(row) == READ)
            for code, row in rows
        ]
    return Shown(change.kind, change.by, change.reason, change.asked_at, confirmations)


def _note(row: MessageReceiptRow) -> str:
    return msgspec.json.decode(row.receipt, type=MessageReceipt).note
