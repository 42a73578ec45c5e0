"""Use cases of disclosure: ask for it; once a second person approved, seal the message to the secretariat.

The other party is not asked: a bureau may turn to the secretariat about what it wrote or received.
Both journals say so, that of the bureau and that of the secretariat.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, HandlingLabel, MessageForm, Priority
from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.kernel.ids import SECRETARIAT, BureauId, MessageId, OfficerId, ThreadId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.approvals.kinds import Changed, Matter
from comity.office.approvals.models import Approval, ApprovalKind
from comity.office.approvals.services import ask
from comity.office.disclosures.models import Disclosure
from comity.office.exports.gathering import proofs_of
from comity.office.messages import outgoing
from comity.office.messages import services as line
from comity.office.messages.models import Message
from comity.office.messages.services import subject_of
from comity.office.supervision.journal import record_own

_SUBJECT: Final = "message:"
MAX_PAPERS: Final = 40
"""Receipts, and proofs, of 5 KiB each: an envelope has room for them. The thread's bundle has all."""


def request_disclosure(caller: Caller, message_id: MessageId, reason: str, at: datetime) -> Approval:
    """Ask that a message of the own desk be shown to the secretariat; nothing leaves yet.

    Raises `NotFoundError` (message.not_found, access.not_found), `InputError` (message.recipient at the
    secretariat itself; input.missing_field, input.too_long, field reason), `ConflictError`
    (approval.exists, disclosure.done).
    """
    message = _message(message_id)
    about = f"{_SUBJECT}{message_id}"
    access.require(caller, Action.MESSAGE_DISCLOSE, subject_of(message), at, about=about)
    outgoing.recipient_member(SECRETARIAT, at)
    with transaction.atomic():
        if Disclosure.objects.filter(message_id=message_id).exists():
            raise ConflictError(ErrorCode.DISCLOSURE_DONE)
        return ask(caller, ApprovalKind.DISCLOSURE, about, reason, at)


class DisclosureHandler:
    """What a disclosure is about, and how it is done once it was approved."""

    needs_proof = False

    def matter(self, approval: Approval) -> Matter:
        """Return the message as it stands on this desk now, with the reason that goes along."""
        message = _message(MessageId(approval.subject.removeprefix(_SUBJECT)))
        content = {"reason": approval.reason, "message": _stated(message)}
        return Matter(content, (str(SECRETARIAT),), "disclosures/matter.html")

    def look(self, _approval: Approval, _officer: OfficerId) -> tuple[Changed, ...]:
        """A message does not change and its request is made once: there is nothing to compare."""
        return ()

    def carry_out(self, approval: Approval, matter: Matter, at: datetime) -> None:
        """Seal message and receipts to the secretariat, and write it into the journal."""
        stated = matter.content["message"]
        message = _message(MessageId(stated["message_id"]))
        sent = line.send_form(
            BureauId(approval.bureau),
            SECRETARIAT,
            MessageForm.DISCLOSURE,
            {**matter.content, **_papers(message)},
            message.subject,
            "",
            ThreadId(new_id(at)),
            at,
            Priority.URGENT,
            HandlingLabel(message.label),
        )
        Disclosure.objects.create(
            bureau=approval.bureau,
            message_id=message.message_id,
            approval=approval,
            sent_as=sent.message_id,
            disclosed_at=at,
        )
        _journal(approval, at)

    def turn_down(self, _approval: Approval, _at: datetime) -> None:
        """Nothing is held for a disclosure."""


def disclosure_of(message: Message) -> Disclosure | None:
    """Return when and how a message was shown to the secretariat, None when it was not."""
    return Disclosure.objects.filter(message_id=message.message_id).select_related("approval").first()


def _stated(message: Message) -> dict[str, Any]:
    """Return the parts of a message that are disclosed; all of them, and nothing that changes by itself."""
    return {
        "message_id": message.message_id,
        "thread_id": message.thread.thread_id,
        "sender": message.sender,
        "unit": message.unit,
        "recipients": message.recipients,
        "form": message.form,
        "priority": message.priority,
        "label": message.label,
        "subject": message.subject,
        "text": message.text,
        "fields": message.fields,
        "form_definition": message.form_definition,
        "attachments": [{**each, "key": ""} for each in message.attachments],
        "in_reply_to": message.in_reply_to,
        "created_at": to_wire(message.created_at),
        "envelope_digest": message.envelope_digest,
    }


def _papers(message: Message) -> dict[str, Any]:
    """Return the signed papers that go along: envelopes without content, and receipts."""
    receipts = [msgspec.json.decode(row.receipt) for row in message.receipts.order_by("id")[:MAX_PAPERS]]
    proofs = msgspec.to_builtins(proofs_of([message])[:MAX_PAPERS])
    return {"receipts": receipts, "proofs": proofs}


def _message(message_id: MessageId) -> Message:
    found = Message.objects.select_related("thread").filter(message_id=message_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    return found


def _journal(approval: Approval, at: datetime) -> None:
    record_own(
        Action.MESSAGE_DISCLOSE,
        approval.subject,
        at,
        {"approval": approval.approval_id, "requested_by": approval.requested_by_id, "to": SECRETARIAT},
        officer=OfficerId(approval.decided_by_id or ""),
    )
