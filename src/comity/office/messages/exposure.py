"""What a lost sealing key exposes: the messages that were sealed to it."""

from datetime import datetime

from comity.kernel.codes import MessageState
from comity.office.messages.models import Message


def exposed_messages(key: str, as_of: datetime) -> list[Message]:
    """Return the received messages stored from `as_of` on that were sealed to the key of this id."""
    received = Message.objects.filter(state=MessageState.RECEIVED, sealing_key=key, stored_at__gte=as_of)
    return list(received.order_by("id"))
