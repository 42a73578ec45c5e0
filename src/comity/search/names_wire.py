"""What the search and its process for names say to each other: MessagePack behind a length of four bytes."""

from datetime import datetime
from typing import Final

import msgspec

from comity.protocol.search import Query
from comity.search.sources import Reply

LENGTH_BYTES: Final = 4
MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
"""Twenty candidates of at most 64 KiB with their reasons, many times over."""


class NamesQuestion(msgspec.Struct, frozen=True, array_like=True):
    """One question that holds a name."""

    query: Query
    viewer: str
    """Country, three letters (I6)."""
    at: datetime


_ENCODER: Final = msgspec.msgpack.Encoder()
_QUESTION: Final = msgspec.msgpack.Decoder(NamesQuestion)
_REPLY: Final = msgspec.msgpack.Decoder(Reply)


def framed(message: NamesQuestion | Reply) -> bytes:
    """Return a message as it is sent."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_question(body: bytes) -> NamesQuestion:
    """Return the question in `body`; raises `msgspec.DecodeError`."""
    return _QUESTION.decode(body)


def read_reply(body: bytes) -> Reply:
    """Return the reply in `body`; raises `msgspec.DecodeError`."""
    return _REPLY.decode(body)
