"""Dual signatures: Ed25519 (RFC 8032) and ML-DSA-65 (FIPS 204), each over the context and the data.

A forger must break both. What is signed begins with the name of its context, so that a signature
made for one kind of statement never passes for another.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from comity.crypto.encoding import from_text, to_text
from comity.crypto.files import read_private, write_private
from comity.kernel.errors import ConfigurationError, ErrorCode, InputError, TrustError

ED25519: Final = "ed25519"
ML_DSA_65: Final = "ml_dsa_65"
_SIGNED_PREFIX: Final = b"comity/sign/1\0"
KEY_ID_DIGITS: Final = 32
"""128 bits: nobody finds a second key of the same id."""
_FILE_OF: Final = {ED25519: "ed25519.key", ML_DSA_65: "ml_dsa_65.key"}
KEY_FILES: Final = tuple(_FILE_OF.values())


class SigningContext(StrEnum):
    """What a signature states. The value is part of what is signed and never changes."""

    DIRECTORY = "directory"
    ENVELOPE = "envelope"
    RECEIPT = "receipt"
    SUBMISSION = "submission"
    COPY_RECEIPT = "copy-receipt"
    JOIN = "join"
    GRANT = "grant"
    FEED_HEAD = "feed-head"
    BUNDLE = "bundle"
    KEY_CHANGE = "key-change"
    RECEIPT_SHEET = "receipt-sheet"


def signed_bytes(context: SigningContext, data: bytes) -> bytes:
    """Return what both algorithms sign: prefix, name of the context, zero byte, data."""
    return _SIGNED_PREFIX + context.encode("ascii") + b"\0" + data


@dataclass(frozen=True)
class VerifyingKeys:
    """Public half: Ed25519 (32 bytes) and ML-DSA-65 (1,952 bytes), raw.

    Raises `InputError` (input.wrong_type, field keys.…) for bytes that are no key.
    """

    ed25519: bytes
    ml_dsa_65: bytes
    key_id: str = field(init=False)
    """First 32 hex digits of SHA-256 over both keys, Ed25519 first."""
    _ed25519: Ed25519PublicKey = field(init=False, repr=False, compare=False)
    _ml_dsa_65: MLDSA65PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.ed25519 + self.ml_dsa_65).hexdigest()
        object.__setattr__(self, "key_id", digest[:KEY_ID_DIGITS])
        try:
            object.__setattr__(self, "_ed25519", Ed25519PublicKey.from_public_bytes(self.ed25519))
        except ValueError as error:
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="keys.ed25519") from error
        try:
            object.__setattr__(self, "_ml_dsa_65", MLDSA65PublicKey.from_public_bytes(self.ml_dsa_65))
        except ValueError as error:
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="keys.ml_dsa_65") from error

    def verify(
        self,
        context: SigningContext,
        data: bytes,
        signature: Mapping[str, str],
        *,
        code: ErrorCode = ErrorCode.ENVELOPE_SIGNATURE,
    ) -> None:
        """Return when both signatures hold; else raise `TrustError` with `code`.

        The mapping holds exactly `ed25519` and `ml_dsa_65` in base64url: one signature missing,
        or one too many, is refused like a wrong one.
        """
        if signature.keys() != {ED25519, ML_DSA_65}:
            raise TrustError(code)
        message = signed_bytes(context, data)
        try:
            self._ed25519.verify(from_text(signature[ED25519]), message)
            self._ml_dsa_65.verify(from_text(signature[ML_DSA_65]), message)
        except (InvalidSignature, InputError) as error:
            raise TrustError(code) from error

    def verify_ed25519(
        self,
        context: SigningContext,
        data: bytes,
        signature: bytes,
        *,
        code: ErrorCode = ErrorCode.ENVELOPE_SIGNATURE,
    ) -> None:
        """Return when the Ed25519 signature (64 bytes) holds; else raise `TrustError` with `code`.

        For statements of hours on the hot path only (grants); what must hold for years is signed dually.
        """
        try:
            self._ed25519.verify(signature, signed_bytes(context, data))
        except InvalidSignature as error:
            raise TrustError(code) from error


class SigningKeys:
    """Private half, held by one node. Never leaves it, never printed."""

    def __init__(self, ed25519: Ed25519PrivateKey, ml_dsa_65: MLDSA65PrivateKey) -> None:
        self._ed25519 = ed25519
        self._ml_dsa_65 = ml_dsa_65
        self.public = VerifyingKeys(
            ed25519.public_key().public_bytes_raw(), ml_dsa_65.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> Self:
        """Return new random keys."""
        return cls(Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate())

    @classmethod
    def from_seeds(cls, ed25519: bytes, ml_dsa_65: bytes) -> Self:
        """Return the keys of two seeds of 32 bytes each."""
        return cls(
            Ed25519PrivateKey.from_private_bytes(ed25519), MLDSA65PrivateKey.from_seed_bytes(ml_dsa_65)
        )

    @classmethod
    def from_files(cls, folder: Path) -> Self:
        """Read the keys that `to_files` wrote; raises `ConfigurationError` as `read_private` does."""
        seeds = {name: read_private(folder / file) for name, file in _FILE_OF.items()}
        try:
            return cls.from_seeds(seeds[ED25519], seeds[ML_DSA_65])
        except ValueError as error:
            raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=str(folder)) from error

    def to_files(self, folder: Path) -> None:
        """Write both seeds as private files into an existing folder."""
        write_private(folder / _FILE_OF[ED25519], self._ed25519.private_bytes_raw())
        write_private(folder / _FILE_OF[ML_DSA_65], self._ml_dsa_65.private_bytes_raw())

    def sign(self, context: SigningContext, data: bytes) -> dict[str, str]:
        """Return the dual signature: `ed25519` and `ml_dsa_65`, base64url."""
        message = signed_bytes(context, data)
        return {
            ED25519: to_text(self._ed25519.sign(message)),
            ML_DSA_65: to_text(self._ml_dsa_65.sign(message)),
        }

    def sign_ed25519(self, context: SigningContext, data: bytes) -> bytes:
        """Return the Ed25519 signature alone, 64 bytes (grants)."""
        return self._ed25519.sign(signed_bytes(context, data))
