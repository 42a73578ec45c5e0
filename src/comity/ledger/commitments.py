"""Salted commitments and the running chain over them: what a feed entry is bound to for good.

A commitment hides its body (32 random bytes of salt) and binds it (SHA-256). When body and salt
are destroyed, the commitment stays and nothing can be learnt from it. Each input starts with its own
label, so that a digest of one kind can never pass for another.
"""

import hashlib
import secrets
from typing import Final

SALT_BYTES: Final = 32
"""As long as the digest: guessing the salt is then no easier than breaking the digest."""
GENESIS: Final = bytes(32)
"""The chain value before the first entry."""

_COMMIT_LABEL: Final = b"comity/commit/1\0"
_CHAIN_LABEL: Final = b"comity/chain/1\0"


def new_salt() -> bytes:
    """Return 32 fresh random bytes; a salt is never used twice."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, body: bytes) -> bytes:
    """Return the 32-byte commitment to `body` (any length) under `salt` (32 bytes)."""
    return hashlib.sha256(_COMMIT_LABEL + salt + body).digest()


def chain(previous: bytes, commitment: bytes) -> bytes:
    """Return the 32-byte chain value after `commitment`, `previous` being the one before (or `GENESIS`)."""
    return hashlib.sha256(_CHAIN_LABEL + previous + commitment).digest()
