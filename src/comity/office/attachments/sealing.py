"""The sealed file of one attachment on the own disk: sealed part by part, opened chunk by chunk.

The same bytes lie here, travel to the relay and lie at the recipients: what was sealed once is never
sealed again. The key is in the attachment's row.
"""

import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from comity.crypto.encoding import from_text
from comity.crypto.streaming import PREFIX_BYTES, TAG_BYTES, ChunkCipher, chunk_count, sealed_size
from comity.kernel.errors import ErrorCode, IntegrityError, TrustError
from comity.office.attachments import storage
from comity.office.attachments.models import Attachment
from comity.office.runtime import home
from comity.protocol.attachments import BLOB_CHUNK_BYTES, PART_BYTES, aad_of
from comity.rules.media_types import HEAD_BYTES, media_type_of

_SEALED_CHUNK: Final = BLOB_CHUNK_BYTES + TAG_BYTES
_CHUNKS_PER_PART: Final = PART_BYTES // BLOB_CHUNK_BYTES


class Content(NamedTuple):
    """What is known of a file that was read through."""

    size: int
    sha256: str
    media_type: str


def path_of(attachment: Attachment) -> Path:
    """Return where the sealed file is."""
    return home().attachments_dir / attachment.attachment_id


def sealed_size_of(size: int) -> int:
    """Return the length of the sealed form of a file of `size` bytes."""
    return sealed_size(size, BLOB_CHUNK_BYTES)


def begin(attachment: Attachment) -> None:
    """Make the sealed file of an own attachment, with its prefix; raises `StorageFullError`."""
    storage.ensure_folder(home().attachments_dir)
    storage.write_whole(path_of(attachment), secrets.token_bytes(PREFIX_BYTES))


def seal_part(attachment: Attachment, number: int, data: bytes) -> None:
    """Seal part `number` of an own file into its place, durable when this returns.

    The caller has made sure that no other content was ever sealed as this part. Raises `StorageFullError`.
    """
    cipher, count = _cipher(attachment), chunk_count(attachment.size, BLOB_CHUNK_BYTES)
    first = number * _CHUNKS_PER_PART
    sealed = bytearray()
    for place in range(max(1, -(-len(data) // BLOB_CHUNK_BYTES))):
        chunk = data[place * BLOB_CHUNK_BYTES : (place + 1) * BLOB_CHUNK_BYTES]
        sealed += cipher.seal(first + place, chunk, last=first + place == count - 1)
    storage.write_at(path_of(attachment), PREFIX_BYTES + first * _SEALED_CHUNK, bytes(sealed))


def read(attachment: Attachment, offset: int = 0) -> Iterator[bytes]:
    """Yield the content from `offset` on, each chunk verified.

    Raises `IntegrityError` (attachment.altered) when the file on the disk is not the one that was sealed.
    """
    try:
        cipher, count = _cipher(attachment), chunk_count(attachment.size, BLOB_CHUNK_BYTES)
        first, skipped = divmod(offset, BLOB_CHUNK_BYTES)
        for number in range(first, count):
            opened = cipher.open(number, _sealed_chunk(attachment, number), last=number == count - 1)
            yield opened[skipped:] if number == first else opened
    except (TrustError, FileNotFoundError) as error:
        raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED) from error


def examine(attachment: Attachment) -> Content:
    """Read the whole file and return what it is; raises as `read`, also for bytes behind its end."""
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in read(attachment):
        digest.update(chunk)
        size += len(chunk)
        head = head or chunk[:HEAD_BYTES]
    if size != attachment.size or path_of(attachment).stat().st_size != sealed_size_of(size):
        raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED)
    return Content(size, digest.hexdigest(), media_type_of(head))


def _cipher(attachment: Attachment) -> ChunkCipher:
    prefix = storage.read_at(path_of(attachment), 0, PREFIX_BYTES)
    return ChunkCipher(from_text(attachment.key), prefix, aad_of(attachment.blob_id))


def _sealed_chunk(attachment: Attachment, number: int) -> bytes:
    return storage.read_at(path_of(attachment), PREFIX_BYTES + number * _SEALED_CHUNK, _SEALED_CHUNK)
