"""A thread as this desk sees it, with all that proves it: messages, envelopes without content, receipts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from comity.kernel.clock import to_wire
from comity.kernel.codes import HandlingLabel
from comity.kernel.errors import ErrorCode, LimitError
from comity.kernel.ids import BureauId, MessageId
from comity.node.evidence import proof_of
from comity.office.exports.models import KeptProof
from comity.office.messages import threads
from comity.office.messages.models import Message, MessageReceiptRow, OutboxItem, Thread
from comity.office.messages.receipts import receipt_in
from comity.office.recalls.models import Change, ChangeKind
from comity.office.recalls.services import changes_of
from comity.protocol.bundles import BundledAttachment, BundledMessage
from comity.protocol.evidence import EnvelopeProof
from comity.protocol.messages import Envelope, MessageReceipt
from comity.rules import labels

MAX_MESSAGES: Final = 5_000
"""Ten years of a busy exchange; what is longer is exported by the machine interface, message by message."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything about a thread that leaves with it."""

    thread: Thread
    messages: list[BundledMessage]
    proofs: list[EnvelopeProof]
    receipts: list[MessageReceipt]

    @property
    def label(self) -> HandlingLabel:
        """The strictest label of what is inside: the whole must carry it (articles 112 to 114)."""
        return labels.highest(HandlingLabel(message.label) for message in self.messages)


def gather(thread: Thread, longest: int = MAX_MESSAGES) -> Gathered:
    """Return a thread with its proofs; raises `LimitError` (limit.rows) above `longest` messages."""
    rows = threads.messages_in_order(thread)
    if len(rows) > longest:
        raise LimitError(ErrorCode.LIMIT_ROWS, field="thread_id")
    changes = changes_of(rows)
    return Gathered(
        thread=thread,
        messages=[stated(row, changes.get(row.message_id, ())) for row in rows],
        proofs=proofs_of(rows),
        receipts=_receipts(rows),
    )


def stated(row: Message, changes: Sequence[Change] = ()) -> BundledMessage:
    """Return one message in the words of the bundle, and what became of it."""
    applied = {change.kind: change.by for change in changes if change.applied_at is not None}
    return BundledMessage(
        message_id=MessageId(row.message_id),
        sender=BureauId(row.sender),
        unit=row.unit,
        recipients=[BureauId(code) for code in row.recipients],
        order=row.order,
        form=row.form,
        priority=row.priority,
        label=row.label,
        subject=row.subject,
        text=row.text,
        fields=row.fields,
        form_definition=row.form_definition,
        attachments=[
            BundledAttachment(**{name: each[name] for name in BundledAttachment.__struct_fields__})
            for each in row.attachments
        ],
        in_reply_to=row.in_reply_to,
        created_at=to_wire(row.created_at),
        stored_at=to_wire(row.stored_at),
        recalled_by=applied.get(ChangeKind.RECALL, ""),
        corrected_by=applied.get(ChangeKind.CORRECTION, ""),
    )


def proofs_of(rows: Sequence[Message]) -> list[EnvelopeProof]:
    """Return what proves the envelopes: received ones as kept, own ones while the outbox has them."""
    ids = [row.message_id for row in rows]
    kept = KeptProof.objects.filter(message_id__in=ids).values_list("proof", flat=True)
    proofs = [msgspec.json.decode(proof, type=EnvelopeProof) for proof in kept]
    for item in OutboxItem.objects.filter(message_id__in=ids).iterator():
        envelope = msgspec.json.decode(item.envelope, type=Envelope)
        proofs += [proof_of(envelope, stanza.recipient) for stanza in envelope.stanzas]
    order = {message_id: place for place, message_id in enumerate(ids)}
    return sorted(proofs, key=lambda proof: (order[proof.header.message_id], proof.stanza.recipient))


def _receipts(rows: Sequence[Message]) -> list[MessageReceipt]:
    found = MessageReceiptRow.objects.filter(message__in=rows).select_related("sheet")
    return [receipt_in(row) for row in found.order_by("message_id", "id")]
