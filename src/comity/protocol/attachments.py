"""Files that travel beside messages, sealed (docs/protocol/attachments.md)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from comity.crypto.streaming import sealed_size
from comity.kernel.ids import BureauId
from comity.protocol.messages import MAX_RECIPIENTS
from comity.rules.attachments import MAX_FILE_BYTES

BLOB_CHUNK_BYTES = 1024 * 1024
"""Plaintext of one sealed chunk."""
PART_BYTES = 2 * 1024 * 1024
"""What one request carries, of a sealed file between nodes and of a plain one from the desk: two chunks.

Small, so that many at once stay small in memory and a cut line repeats little.
"""
MAX_SEALED_BYTES = sealed_size(MAX_FILE_BYTES, BLOB_CHUNK_BYTES)
AAD_PREFIX = b"comity/attachment/1\0"
"""Associated data of every chunk: this, then the blob's id in ASCII."""

_Id = Annotated[str, Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
_Bureau = Annotated[BureauId, Meta(pattern="^(SEC|[A-Z]{2})$")]


class BlobDeclaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /node/v1/blobs: a sealed file that is going to be brought, and for whom."""

    blob_id: _Id
    sealed_size: Annotated[int, Meta(ge=1, le=MAX_SEALED_BYTES)]
    recipients: Annotated[list[_Bureau], Meta(min_length=1, max_length=MAX_RECIPIENTS)]
    expires_at: str


class BlobState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a sealed file is. Everything in it is durable when answered."""

    blob_id: str
    sealed_size: int
    held: list[int]
    """Numbers of the parts that are here, rising."""
    erased: bool
    """Every recipient has confirmed it, or it expired: nothing more is taken or given."""


def aad_of(blob_id: str) -> bytes:
    """Return the associated data of the chunks of a blob: no chunk opens in another blob."""
    return AAD_PREFIX + blob_id.encode("ascii")


def part_count(size: int) -> int:
    """Return how many parts `size` bytes travel in; nothing travels in one empty part."""
    return max(1, -(-size // PART_BYTES))


def part_size(size: int, number: int) -> int:
    """Return the length of part `number` (from 0) of `size` bytes; negative for a part that is not there."""
    return min(PART_BYTES, size - number * PART_BYTES) if number else min(PART_BYTES, size)
