"""The order in which a desk reads a thread: each sender's own, whatever overtook what (I4)."""

import pytest

from comity.office.messages.models import Message
from comity.office.messages.threads import in_order


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("SI1 SI2 SI3", "SI1 SI2 SI3"),
        ("SI1 SI3f SI2", "SI1 SI2 SI3f"),
        ("SI2f FR1 SI1", "SI1 SI2f FR1"),
        ("SI0 SI2f SI1 FR0", "SI0 SI1 SI2f FR0"),
        ("SI1 SI3f SI2 SI7 SI9f SI8", "SI1 SI2 SI3f SI7 SI8 SI9f"),
        ("SI3f FR4f FR2 SI1", "SI1 SI3f FR2 FR4f"),
    ],
)
def test_each_sender_is_read_in_its_order(stored: str, read: str) -> None:
    messages = [
        Message(
            message_id=name,
            sender=name[:2],
            order=int(name[2:].rstrip("f")),
        )
        for name in stored.split()
    ]
    assert [message.message_id for message in in_order(messages)] == read.split()
