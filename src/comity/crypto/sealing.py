"""Sealing: a content key is wrapped to the recipient (HPKE, RFC 9180), the content is encrypted with it.

Key encapsulation MLKEM768-X25519 (hybrid: both must be broken), HKDF-SHA256, AES-256-GCM, base mode;
the sender is known by the signature around it. A node keeps its former keys in a ring, so that what
was sealed to them stays readable. Small content: AES-256-GCM with a random nonce; long content:
`crypto.streaming`. A key is made for one content and never used again.
"""

import hashlib
import secrets
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from comity.crypto.files import read_private, write_private
from comity.kernel.errors import ConfigurationError, ErrorCode, InputError, TrustError

CONTENT_KEY_BYTES: Final = 32
WRAPPED_KEY_BYTES: Final = 1168
"""Encapsulation 1,120 (ML-KEM-768 ciphertext 1,088 and X25519 point 32), content key 32, tag 16."""
PUBLIC_KEY_BYTES: Final = 1216
KEY_ID_DIGITS: Final = 32
"""128 bits: nobody finds a second key of the same id."""
_PARSED_KEYS: Final = 1024
"""Public keys kept ready: every bureau's, those of a directory that is just changing too."""
_MLKEM_PUBLIC_BYTES: Final = 1184
_MLKEM_SEED_BYTES: Final = 64
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_WRAP_PREFIX: Final = b"comity/wrap/1\0"
_CONTENT_PREFIX: Final = b"comity/content/1\0"
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealingKey:
    """Private key with which one bureau opens what was sealed to it."""

    def __init__(self, mlkem: MLKEM768PrivateKey, x25519: X25519PrivateKey) -> None:
        self._mlkem = mlkem
        self._x25519 = x25519
        self._pair = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)

    @classmethod
    def generate(cls) -> Self:
        """Return a new random key."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the key of 96 bytes: ML-KEM-768 seed (64), X25519 scalar (32)."""
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(seed[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(seed[_MLKEM_SEED_BYTES:]),
        )

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read the key that `to_file` wrote; raises `ConfigurationError` as `read_private` does."""
        try:
            return cls.from_seed(read_private(path))
        except ValueError as error:
            raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=str(path)) from error

    def to_file(self, path: Path) -> None:
        """Write the key as a private file."""
        write_private(path, self._mlkem.private_bytes_raw() + self._x25519.private_bytes_raw())

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Return the key that `wrap` sealed with the same `info`.

        Raises `TrustError` (envelope.altered) when a bit differs or it was sealed to another key.
        """
        try:
            return _SUITE.decrypt(wrapped, self._pair, _WRAP_PREFIX + info)
        except (InvalidTag, ValueError) as error:
            raise TrustError(ErrorCode.ENVELOPE_ALTERED) from error


class SealingRing:
    """The keys with which one bureau opens what was sealed to it: the present one and its former ones."""

    def __init__(self, current: SealingKey, former: Iterable[SealingKey] = ()) -> None:
        self.current = current
        self._by_id = {key.key_id: key for key in (*former, current)}

    @property
    def public(self) -> bytes:
        """The present public key: what others seal to."""
        return self.current.public

    @property
    def ids(self) -> list[str]:
        """The ids of all keys held, the former ones first."""
        return list(self._by_id)

    def unwrap(self, key: str, wrapped: bytes, info: bytes) -> bytes:
        """Return what was wrapped to the key of that id.

        Raises `TrustError`: envelope.sealing_key when it is not held, envelope.altered as a key does.
        """
        held = self._by_id.get(key)
        if held is None:
            raise TrustError(ErrorCode.ENVELOPE_SEALING_KEY)
        return held.unwrap(wrapped, info)


def key_id(public: bytes) -> str:
    """Return the id of a public sealing key: the first 32 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:KEY_ID_DIGITS]


def wrap(public: bytes, key: bytes, info: bytes) -> bytes:
    """Seal `key` to the holder of `public` (1,216 bytes), bound to `info`.

    Raises `InputError` (input.wrong_type, keys.sealing) when `public` is no usable key.
    """
    try:
        return _SUITE.encrypt(key, _public_pair(public), _WRAP_PREFIX + info)
    except ValueError as error:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="keys.sealing") from error


def check_public(public: bytes) -> None:
    """Raise `InputError` (input.wrong_type, keys.sealing) unless something can be sealed to `public`."""
    wrap(public, bytes(CONTENT_KEY_BYTES), b"")


def new_content_key() -> bytes:
    """Return 32 random bytes, for one content."""
    return secrets.token_bytes(CONTENT_KEY_BYTES)


def encrypt(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Return nonce (12) and AES-256-GCM ciphertext with tag (16), bound to `aad`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, _CONTENT_PREFIX + aad)


def decrypt(key: bytes, blob: bytes, aad: bytes) -> bytes:
    """Return the plaintext; raises `TrustError` (envelope.altered) when a bit differs."""
    if len(blob) < _NONCE_BYTES + _TAG_BYTES or len(key) != CONTENT_KEY_BYTES:
        raise TrustError(ErrorCode.ENVELOPE_ALTERED)
    try:
        return AESGCM(key).decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], _CONTENT_PREFIX + aad)
    except InvalidTag as error:
        raise TrustError(ErrorCode.ENVELOPE_ALTERED) from error


@lru_cache(maxsize=_PARSED_KEYS)
def _public_pair(public: bytes) -> MLKEM768X25519PublicKey:
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:]),
    )
