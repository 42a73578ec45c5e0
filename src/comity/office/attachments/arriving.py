"""Files of a message that was taken in: noted in its transaction, fetched in the background."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from comity.crypto.encoding import from_text
from comity.crypto.streaming import KEY_BYTES
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import UUID_PATTERN, BureauId, MessageId, new_id
from comity.office.attachments.models import Attachment, AttachmentState
from comity.office.runtime import home
from comity.protocol.messages import AttachmentRef
from comity.rules.attachments import check_count, check_name, check_size
from comity.rules.media_types import UNKNOWN

_SHA256: Final = re.compile("[0-9a-f]{64}")


def check_refs(refs: Sequence[AttachmentRef]) -> None:
    """Raise `InputError` or `LimitError` (attachment.…) unless a message may carry these."""
    check_count(len(refs), "payload.attachments")
    for ref in refs:
        check_name(ref.name, "payload.attachments.name")
        check_size(ref.size, "payload.attachments.size")
        if not (UUID_PATTERN.fullmatch(ref.blob_id) and _SHA256.fullmatch(ref.sha256)):
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="payload.attachments")
        if len(from_text(ref.key, field="payload.attachments.key")) != KEY_BYTES:
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="payload.attachments.key")


class Expected(NamedTuple):
    """What one message brings."""

    message_id: MessageId
    sender: BureauId
    expires_at: datetime
    refs: Sequence[AttachmentRef]


def expect_all(messages: Iterable[Expected], at: datetime) -> None:
    """Write down what messages bring, in the intake's transaction; their references were checked.

    The type that the sender states is not kept: it is found anew from the content.
    """
    Attachment.objects.bulk_create(
        Attachment(
            attachment_id=new_id(at),
            bureau=home().bureau,
            blob_id=ref.blob_id,
            message_id=message.message_id,
            position=position,
            sender=message.sender,
            name=ref.name,
            media_type=UNKNOWN,
            size=ref.size,
            sha256=ref.sha256,
            key=ref.key,
            state=AttachmentState.WAITING,
            next_attempt_at=at,
            created_at=at,
            expires_at=message.expires_at,
        )
        for message in messages
        for position, ref in enumerate(message.refs)
    )
