"""The order in which a desk reads a thread: each sender's own, also after a restored backup (I4)."""

import pytest

from comity.kernel.codes import Priority
from comity.office.messages.models import Message
from comity.office.messages.threads import in_order


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("SI1 SI2 SI3", "SI1 SI2 SI3"),
        ("SI1 SI3f SI2", "SI1 SI2 SI3f"),
        ("SI2f FR1 SI1", "SI1 SI2f FR1"),
        ("SI0 SI2f SI1 FR0", "SI0 SI1 SI2f FR0"),
        ("SI1 SI2 SI3 SI2' SI3'", "SI1 SI2 SI3 SI2' SI3'"),
        ("SI1 SI3f SI2 SI3' SI5f' SI4'", "SI1 SI2 SI3f SI3' SI4' SI5f'"),
        ("SI1 SI2 SI1' SI1''", "SI1 SI2 SI1' SI1''"),
        ("SI1 SI2 FR1 SI2' FR2", "SI1 SI2 FR1 SI2' FR2"),
        ("SI1 SI9 SI3' SI4'", "SI1 SI9 SI3' SI4'"),
        ("SI1 SI2' SI9' SI3'' SI5f'' SI4''", "SI1 SI2' SI9' SI3'' SI4'' SI5f''"),
    ],
)
def test_each_sender_is_read_in_its_order(stored: str, read: str) -> None:
    """A prime marks what was written after the sender had been put back from a backup, `f` what is FLASH."""
    messages = [
        Message(
            message_id=name,
            sender=name[:2],
            order=int(name[2:].rstrip("'f")),
            priority=Priority.FLASH if "f" in name else Priority.NORMAL,
        )
        for name in stored.split()
    ]
    assert [message.message_id for message in in_order(messages)] == read.split()
