"""A message that is known here and comes under a later number: its sender had to seal it anew (I4).

It is not shown a second time. Its later envelope takes the place of the first, and is confirmed like it:
the sender, put back from a backup, may know nothing of the first.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db.models import QuerySet

from comity.kernel.codes import MessageState, ReceiptKind
from comity.node import envelopes
from comity.office.exports import proofs
from comity.office.messages import receipts
from comity.office.messages.arrivals import Arrival
from comity.office.messages.models import InboxEnvelope, Message
from comity.office.messages.opening import REFUSALS, Checked
from comity.office.messages.sealing_anew import letter_of
from comity.office.recalls import applying as changes
from comity.office.runtime import home
from comity.protocol.messages import Envelope


def take_later(one: Checked) -> bool:
    """Put an envelope in the place of the one that stands for its message; False when it may not.

    It may when it is of the same lane, its number is above all that the message had, and it says the
    same. In the intake's transaction, with the lane locked.
    """
    if one.error is not None or one.arrival is None:
        return False
    rows = InboxEnvelope.objects.filter(bureau=home().bureau, message_id=one.numbered.message_id)
    known = list(rows.exclude(state=InboxEnvelope.FORGED).order_by("sequence"))
    first = next((row for row in known if not row.refused_code), None)
    if first is None or (first.sender, first.priority) != (
        one.numbered.lane.sender,
        one.numbered.lane.priority,
    ):
        return False
    if one.numbered.sequence <= known[-1].sequence or not _says_the_same(first, one.arrival):
        return False
    first.digest = one.numbered.digest
    if first.state == InboxEnvelope.HELD:
        first.envelope = msgspec.json.encode(one.envelope).decode("utf-8")
    first.save(update_fields=["digest", "envelope"])
    return True


def confirm(later: Sequence[Checked], at: datetime) -> None:
    """Confirm the later envelopes of messages as the first ones were; in the intake's transaction."""
    arrivals = {one.numbered.message_id: one.arrival for one in later if one.arrival is not None}
    if not arrivals:
        return
    messages = list(_received().filter(message_id__in=arrivals).order_by("pk"))
    for message in messages:
        arrival = arrivals[message.message_id]
        message.sequence, message.envelope_digest = arrival.sequence, arrival.digest
        message.sealing_key = arrival.sealing_key
        message.save(update_fields=["sequence", "envelope_digest", "sealing_key"])
    proofs.keep([arrivals[message.message_id].proof for message in messages])
    erased = changes.recalled(messages)
    for message in messages:
        if message.message_id in erased:
            # Of what it says now nobody here has seen a word: that it is erased is all there is to confirm.
            changes.confirm_recall_again(message, at)
    shown = [message for message in messages if message.message_id not in erased]
    receipts.queue_receipts(ReceiptKind.DELIVERED, shown, at)
    receipts.queue_receipts(ReceiptKind.READ, [one for one in shown if one.read_at is not None], at)
    receipts.queue_receipts(ReceiptKind.ANSWERED, [one for one in shown if one.answered_at is not None], at)


def _says_the_same(first: InboxEnvelope, arrival: Arrival) -> bool:
    if first.state == InboxEnvelope.HELD:
        held = msgspec.json.decode(first.envelope, type=Envelope)
        try:
            return envelopes.open_envelope(held, home().sealing) == arrival.letter
        except REFUSALS:
            return False  # its key was let go of since
    message = _received().filter(message_id=first.message_id, sender=arrival.sender.bureau).first()
    if message is None:
        return arrival.is_control  # acted on, and not kept
    if changes.recalled([message]):
        return letter_of(message).header == arrival.letter.header  # the rest is erased
    return letter_of(message) == arrival.letter


def _received() -> QuerySet[Message]:
    return Message.objects.select_related("thread").filter(state=MessageState.RECEIVED)
