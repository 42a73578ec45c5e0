"""What the secretariat does with a message that was shown to it: it writes that into its own journal."""

from datetime import datetime
from typing import Any

import msgspec

from comity.kernel.codes import Action, NodeRole
from comity.kernel.errors import AccessError, ErrorCode, TrustError
from comity.kernel.ids import OfficerId, is_id
from comity.office.messages.models import Message
from comity.office.runtime import home
from comity.office.supervision.journal import record_event
from comity.protocol.members import Member


class _Stated(msgspec.Struct, frozen=True, kw_only=True):
    """The one part of a disclosed message that the journal names."""

    message_id: str


class DisclosedFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a disclosure."""

    reason: str
    message: dict[str, Any]
    receipts: list[dict[str, Any]]
    proofs: list[dict[str, Any]] = []


def take_disclosure(by: Message, sender: Member, at: datetime) -> None:
    """Note that `sender` has shown a message; its content stands in the stored disclosure.

    Raises `AccessError` (access.denied) anywhere but at the secretariat, `TrustError`
    (envelope.malformed) for what is no disclosure.
    """
    if home().settings.node.role is not NodeRole.SECRETARIAT:
        raise AccessError(ErrorCode.ACCESS_DENIED)
    try:
        said = msgspec.convert(by.fields, DisclosedFields)
        stated = msgspec.convert(said.message, _Stated)
    except msgspec.ValidationError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error
    if not is_id(stated.message_id):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    record_event(
        bureau=home().bureau,
        node=sender.node,
        officer=OfficerId(""),
        action=Action.MESSAGE_DISCLOSE,
        subject=f"message:{stated.message_id}",
        allowed=True,
        code="",
        at=at,
        body={"by": sender.bureau, "sent_as": by.message_id},
    )
