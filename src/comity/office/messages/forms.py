"""What the recipient does with an opened envelope, by its form. Runs inside the intake's transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from comity.kernel.codes import MessageForm, ReceiptKind
from comity.kernel.errors import ErrorCode, TrustError
from comity.office.disclosures import intake as disclosed
from comity.office.hits import services as hits
from comity.office.messages import arrivals, gaps, receipts
from comity.office.messages.arrivals import Arrival, fields_of
from comity.office.messages.models import Message
from comity.office.messages.take_lanes import LARGEST_NUMBER
from comity.office.recalls import applying as changes
from comity.protocol.messages import HitAlarm, HitAnswer, Resend

Handler = Callable[[Arrival, Message, datetime], None]
"""Acts on a message that was just stored; a `ComityError` refuses the envelope, and nothing of it stays."""


def act_alone(arrival: Arrival, at: datetime) -> None:
    """Do what a form asks on which the node acts by itself.

    Raises a `ComityError` for what cannot be acted on; the caller then refuses the envelope.
    """
    if arrival.form == MessageForm.RECEIPT:
        receipts.take_all(receipts.read_sheet(arrival.letter.payload), arrival.sender)
    elif arrival.form == MessageForm.RESEND:
        gaps.take_request(fields_of(arrival, Resend), arrival.sender, at)
    else:
        stored, refused = arrivals.store_all([arrival], at)
        if refused[0] is not None:
            raise refused[0]
        HANDLERS[MessageForm(arrival.form)](arrival, stored[0], at)
        receipts.queue_receipts(ReceiptKind.DELIVERED, stored, at)


def acts_alone(arrival: Arrival) -> bool:
    """Tell whether an arrival needs a transaction of its own; all others only go to the desk."""
    return arrival.is_control or arrival.form in HANDLERS


def _hit_alarm(arrival: Arrival, message: Message, at: datetime) -> None:  # noqa: ARG001 - a handler's form
    thread_id = arrival.letter.header.thread_id
    hits.receive_alarm(fields_of(arrival, HitAlarm), thread_id, arrival.sender.bureau, at)


def _hit_answer(arrival: Arrival, message: Message, at: datetime) -> None:  # noqa: ARG001 - a handler's form
    hits.receive_answer(fields_of(arrival, HitAnswer), arrival.sender.bureau, at)


def _recall(arrival: Arrival, message: Message, at: datetime) -> None:
    changes.take_recall(fields_of(arrival, changes.RecallFields), arrival.sender.bureau, message, at)


def _correction(arrival: Arrival, message: Message, at: datetime) -> None:
    changes.take_correction(message, arrival.sender.bureau, at)


def _disclosure(arrival: Arrival, message: Message, at: datetime) -> None:
    disclosed.take_disclosure(message, arrival.sender, at)


HANDLERS: Final[dict[MessageForm, Handler]] = {
    MessageForm.HIT_ALARM: _hit_alarm,
    MessageForm.HIT_ANSWER: _hit_answer,
    MessageForm.RECALL: _recall,
    MessageForm.CORRECTION: _correction,
    MessageForm.DISCLOSURE: _disclosure,
}
"""Forms on which the node acts, beside storing the message."""


def check_control(arrival: Arrival) -> None:
    """Raise `TrustError` (receipt.invalid, envelope.malformed) for a control form that cannot be read."""
    if arrival.form == MessageForm.RESEND:
        asked = fields_of(arrival, Resend)
        if not 1 <= asked.first <= asked.last <= LARGEST_NUMBER // 2:
            raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
