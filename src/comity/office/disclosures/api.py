"""Machine API of disclosures: a program asks in a person's name; another person approves."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from comity.kernel.codes import Action
from comity.kernel.ids import MessageId
from comity.office.access import Caller
from comity.office.approvals.api import ApprovalAnswer, read_answer
from comity.office.disclosures import services
from comity.office.machine import operation
from comity.office.messages.limits import MAX_NOTE


class DisclosureRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the secretariat is to see a message."""

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)]


@operation(
    Action.MESSAGE_DISCLOSE,
    "POST",
    summary="Ask that one message be shown to the secretariat; another person must approve.",
    body=DisclosureRequest,
    answer=ApprovalAnswer,
    status=201,
    errors=(409,),
    examples={"request": {"reason": "The other bureau disputes what it wrote."}},
)
def disclose(caller: Caller, at: datetime, message_id: UUID, body: DisclosureRequest) -> ApprovalAnswer:
    """Ask; nothing leaves before another person has approved."""
    return read_answer(services.request_disclosure(caller, MessageId(str(message_id)), body.reason, at))
