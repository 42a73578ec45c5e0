"""The bytes of an envelope: what is digested, bound and signed, and the form that its fields must have.

docs/protocol/envelope.md gives the same in words. Nothing here needs a key.
"""

import hashlib
import re
import threading
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

import msgspec

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import WRAPPED_KEY_BYTES
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import from_wire
from comity.kernel.errors import ErrorCode, InputError, LimitError, TrustError
from comity.kernel.ids import NODE_ID_PATTERN, BureauId, is_id, is_node_id
from comity.protocol.messages import (
    MAX_CIPHERTEXT_BYTES,
    MAX_ENVELOPE_BYTES,
    MAX_RECIPIENTS,
    SUITE,
    Envelope,
    EnvelopeHeader,
    SealedHeader,
    Stanza,
)

_HEADER_PREFIX: Final = b"comity/envelope/1\0"
_SEALED_PREFIX: Final = b"comity/sealed/1\0"
_STANZA_PREFIX: Final = b"comity/stanza/1\0"
_DIGEST_PREFIX: Final = b"comity/envelope-digest/1\0"
CONTENT_PREFIX: Final = b"comity/content/1\0"
SALT_BYTES: Final = 16
DIGEST_BYTES: Final = 32
MAX_DIGESTS: Final = 256
"""The power of two above `MAX_RECIPIENTS`."""
MAX_LIFE: Final = timedelta(days=90)
"""An envelope waits for a bureau that is away; after this the sender must say it again."""
_KEY_ID: Final = re.compile(r"[0-9a-f]{32}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MAX_CIPHERTEXT_TEXT: Final = -(-MAX_CIPHERTEXT_BYTES * 4 // 3)
LARGEST_NUMBER: Final = 2**53 - 1
"""What every JSON reader holds exactly (RFC 8259 section 6)."""
_LAST: Final = threading.local()
"""The envelope last looked at, with its parts: digest, check and opening ask one after the other."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an envelope is made of, in bytes, each computed once."""

    header_digest: bytes
    ciphertext: bytes
    signed: bytes
    """What the sender's signature covers, 96 bytes."""
    stanza_digests: dict[BureauId, bytes]
    """Of the stanzas that are present."""


def header_digest(header: EnvelopeHeader) -> bytes:
    """Return SHA-256 (32 bytes) over `comity/envelope/1`, a zero byte and the header's canonical bytes."""
    return hashlib.sha256(_HEADER_PREFIX + canonical_bytes(header)).digest()


def commitment(key: bytes, sealed: SealedHeader) -> str:
    """Return the hexadecimal `sealed` of a header: content key (32 bytes) and sealed header, bound."""
    return hashlib.sha256(_SEALED_PREFIX + key + canonical_bytes(sealed)).hexdigest()


def stanza_digest(stanza: Stanza) -> bytes:
    """Return SHA-256 (32 bytes) over `comity/stanza/1`, a zero byte and the stanza's canonical bytes."""
    return hashlib.sha256(_STANZA_PREFIX + canonical_bytes(stanza)).digest()


def wrap_info(bound: bytes, recipient: BureauId, sequence: int) -> bytes:
    """Return what a wrapped key is bound to besides its prefix: digest of the header, recipient, number."""
    return bound + canonical_bytes({"recipient": recipient, "sequence": sequence})


def signed_bytes(bound: bytes, digests: list[bytes], ciphertext: bytes) -> bytes:
    """Return what the sender signs: three digests, of header, stanzas and ciphertext."""
    return signed_digests(bound, digests, hashlib.sha256(ciphertext).digest())


def signed_digests(bound: bytes, digests: list[bytes], ciphertext_digest: bytes) -> bytes:
    """Return the same for a ciphertext of which only the digest is known."""
    return bound + hashlib.sha256(b"".join(digests)).digest() + ciphertext_digest


def confirmed_digest(signed: bytes, own_stanza: bytes) -> str:
    """Return what a recipient's receipt confirms, hexadecimal."""
    return hashlib.sha256(_DIGEST_PREFIX + signed + own_stanza).hexdigest()


def read_envelope(data: bytes) -> Envelope:
    """Return the envelope that stands in `data`, which must be its canonical bytes.

    Two readers can then never see different things in one text. Raises `LimitError` (limit.body),
    `TrustError`: envelope.malformed, envelope.not_canonical (also for a name that stands twice).
    """
    if len(data) > MAX_ENVELOPE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY)
    try:
        envelope = msgspec.json.decode(data, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The decoder's message can quote content, so it is not passed on (I11).
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from None
    if canonical_bytes(envelope) != data:
        raise TrustError(ErrorCode.ENVELOPE_NOT_CANONICAL)
    return envelope


def parts_of(envelope: Envelope) -> Parts:
    """Return the bytes of an envelope whose every field has its form and whose stanzas are those listed.

    Raises `LimitError` (limit.body), `TrustError`: envelope.suite, envelope.malformed,
    envelope.instant, envelope.stanzas.
    """
    last: tuple[Envelope, Parts] | None = getattr(_LAST, "parts", None)
    if last is not None and last[0] is envelope:
        return last[1]
    parts = _parts_of(envelope)
    remember(envelope, parts)
    return parts


def remember(envelope: Envelope, parts: Parts) -> None:
    """Keep the parts of the envelope that this thread has in hand, for the next question about it."""
    _LAST.parts = (envelope, parts)


def _parts_of(envelope: Envelope) -> Parts:
    if len(envelope.ciphertext) > _MAX_CIPHERTEXT_TEXT or len(envelope.stanzas) > MAX_RECIPIENTS:
        raise LimitError(ErrorCode.LIMIT_BODY)
    check_header(envelope.header)
    for stanza in envelope.stanzas:
        _check_stanza(stanza)
    listed = [_bytes(text, DIGEST_BYTES) for text in envelope.stanza_digests]
    ciphertext = _bytes(envelope.ciphertext)
    present = {stanza.recipient: stanza_digest(stanza) for stanza in envelope.stanzas}
    _check_listed(envelope, listed, present)
    bound = header_digest(envelope.header)
    return Parts(bound, ciphertext, signed_bytes(bound, listed, ciphertext), present)


def check_header(header: EnvelopeHeader) -> None:
    """Raise `TrustError` (envelope.suite, envelope.malformed, envelope.instant) for an impossible header."""
    if header.suite != SUITE:
        raise TrustError(ErrorCode.ENVELOPE_SUITE)
    if not (
        is_id(header.message_id)
        and is_node_id(header.sender)
        and _KEY_ID.fullmatch(header.signing_key)
        and _SHA256.fullmatch(header.sealed)
    ):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    try:
        life = from_wire(header.expires_at) - from_wire(header.created_at)
    except ValueError as error:
        raise TrustError(ErrorCode.ENVELOPE_INSTANT) from error
    if not timedelta(0) < life <= MAX_LIFE:
        raise TrustError(ErrorCode.ENVELOPE_INSTANT)


def _check_stanza(stanza: Stanza) -> None:
    if not (
        is_bureau_id(stanza.recipient)
        and 1 <= stanza.sequence <= LARGEST_NUMBER
        and _KEY_ID.fullmatch(stanza.key)
    ):
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    _bytes(stanza.salt, SALT_BYTES)
    _bytes(stanza.wrapped_key, WRAPPED_KEY_BYTES)


def _check_listed(envelope: Envelope, listed: list[bytes], present: dict[BureauId, bytes]) -> None:
    """Every stanza present is one that the sender listed, none comes twice, and the list is in order."""
    in_order = all(first < second for first, second in pairwise(listed))
    complete = 0 < len(present) == len(envelope.stanzas) <= len(listed) <= MAX_DIGESTS
    if not (in_order and complete and set(listed).issuperset(present.values())):
        raise TrustError(ErrorCode.ENVELOPE_STANZAS)


def is_bureau_id(text: str) -> bool:
    """Tell whether `text` can name a bureau or the secretariat."""
    found = NODE_ID_PATTERN.fullmatch(text)
    return found is not None and found[2] is None


def _bytes(text: str, length: int | None = None) -> bytes:
    try:
        data = from_text(text)
    except InputError as error:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED) from error
    if length is not None and len(data) != length:
        raise TrustError(ErrorCode.ENVELOPE_MALFORMED)
    return data


def as_text(digests: list[bytes]) -> list[str]:
    """Return digests as an envelope lists them."""
    return [to_text(digest) for digest in digests]
