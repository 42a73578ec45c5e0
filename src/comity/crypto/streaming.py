"""Sealing of long content in chunks: AES-256-GCM in the STREAM construction.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (CRYPTO 2015), section 7. The sealed form is

    prefix (7 random bytes) ‖ chunk 0 ‖ chunk 1 ‖ … ‖ last chunk

where each chunk is `chunk_bytes` of plaintext, the last one 1 to `chunk_bytes` (0 only when the whole
is empty), each with its tag (16), under the nonce prefix ‖ number of the chunk (4, big-endian) ‖ 1 for
the last chunk, else 0, and the same associated data. So a chunk left out, moved, doubled, taken from
another content or put behind the last one does not open. A key is made for one content and never used
for another.
"""

import secrets
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comity.kernel.errors import ErrorCode, LimitError, TrustError

KEY_BYTES: Final = 32
PREFIX_BYTES: Final = 7
TAG_BYTES: Final = 16
MAX_CHUNKS: Final = 2**32
"""What the counter can tell apart: 256 TiB in chunks of 64 KiB."""
CONTENT_CHUNK_BYTES: Final = 64 * 1024
"""Chunks of an envelope's content."""

__all__ = [
    "CONTENT_CHUNK_BYTES",
    "KEY_BYTES",
    "PREFIX_BYTES",
    "TAG_BYTES",
    "ChunkCipher",
    "chunk_count",
    "open_bytes",
    "open_stream",
    "seal_bytes",
    "seal_stream",
    "sealed_size",
]


class ChunkCipher:
    """Seals and opens single chunks by their number, in any order.

    Whoever seals by number never seals two plaintexts under one number: that gives the key away.
    """

    def __init__(self, key: bytes, prefix: bytes, aad: bytes) -> None:
        if len(key) != KEY_BYTES or len(prefix) != PREFIX_BYTES:
            raise TrustError(ErrorCode.ENVELOPE_ALTERED)
        self._cipher = AESGCM(key)
        self._aad = aad
        self.prefix = prefix

    @classmethod
    def new(cls, key: bytes, aad: bytes) -> Self:
        """Return a cipher with a random prefix, for one new content."""
        return cls(key, secrets.token_bytes(PREFIX_BYTES), aad)

    def seal(self, number: int, plaintext: bytes, *, last: bool) -> bytes:
        """Return chunk `number` (from 0) with its tag; raises `LimitError` (limit.body) past 2**32 chunks."""
        return self._cipher.encrypt(self._nonce(number, last=last), plaintext, self._aad)

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        """Return the plaintext of a chunk; raises `TrustError` (envelope.altered) when anything differs."""
        try:
            return self._cipher.decrypt(self._nonce(number, last=last), sealed, self._aad)
        except InvalidTag as error:
            raise TrustError(ErrorCode.ENVELOPE_ALTERED) from error

    def _nonce(self, number: int, *, last: bool) -> bytes:
        if number >= MAX_CHUNKS:
            raise LimitError(ErrorCode.LIMIT_BODY)
        return self.prefix + number.to_bytes(4, "big") + bytes([last])


def seal_stream(
    key: bytes, plaintext: Iterable[bytes] | BinaryIO, aad: bytes, chunk_bytes: int
) -> Iterator[bytes]:
    """Yield the sealed form of what is read from `plaintext`: the prefix, then chunk by chunk.

    Holds two chunks in memory. `plaintext` may come in pieces of any size.
    """
    cipher = ChunkCipher.new(key, aad)
    yield cipher.prefix
    for number, (chunk, last) in enumerate(_in_chunks(_pieces(plaintext, chunk_bytes), chunk_bytes)):
        yield cipher.seal(number, chunk, last=last)


def open_stream(
    key: bytes, sealed: Iterable[bytes] | BinaryIO, aad: bytes, chunk_bytes: int
) -> Iterator[bytes]:
    """Yield the plaintext chunk by chunk, each verified.

    That nothing was cut off is known only when the iterator ends without an error: whoever acts on the
    content waits for that. Raises `TrustError` (envelope.altered).
    """
    pieces = iter(_pieces(sealed, chunk_bytes))
    prefix, rest = _prefix(pieces)
    cipher = ChunkCipher(key, prefix, aad)
    for number, (chunk, last) in enumerate(_in_chunks(_chain(rest, pieces), chunk_bytes + TAG_BYTES)):
        opened = cipher.open(number, chunk, last=last)
        if number and not opened:
            raise TrustError(ErrorCode.ENVELOPE_ALTERED)
        yield opened


def seal_bytes(key: bytes, plaintext: bytes, aad: bytes, chunk_bytes: int = CONTENT_CHUNK_BYTES) -> bytes:
    """Return the sealed form of `plaintext`, which is `sealed_size(len(plaintext), chunk_bytes)` long."""
    return b"".join(seal_stream(key, (plaintext,), aad, chunk_bytes))


def open_bytes(key: bytes, sealed: bytes, aad: bytes, chunk_bytes: int = CONTENT_CHUNK_BYTES) -> bytes:
    """Return the whole plaintext, or raise `TrustError` (envelope.altered) and give nothing of it."""
    return b"".join(open_stream(key, (sealed,), aad, chunk_bytes))


def chunk_count(size: int, chunk_bytes: int) -> int:
    """Return how many chunks a plaintext of `size` bytes has; the empty one has one."""
    return max(1, -(-size // chunk_bytes))


def sealed_size(size: int, chunk_bytes: int) -> int:
    """Return the length of the sealed form of `size` bytes."""
    return PREFIX_BYTES + size + TAG_BYTES * chunk_count(size, chunk_bytes)


def _pieces(source: Iterable[bytes] | BinaryIO, size: int) -> Iterable[bytes]:
    if isinstance(source, Iterable) and not hasattr(source, "read"):
        return source
    return iter(lambda: source.read(size), b"")


def _in_chunks(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield chunks of `size` and whether each is the last; one empty chunk of nothing at all."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield bytes(held[:size]), False
            del held[:size]
    yield bytes(held), True


def _prefix(pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    held = b""
    for piece in pieces:
        held += piece
        if len(held) >= PREFIX_BYTES:
            break
    return held[:PREFIX_BYTES], held[PREFIX_BYTES:]


def _chain(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
