"""Grants: the short-lived signed permission with which an officer searches.

A grant is checked without any line: its issuer's key stands in the member directory. Text form:
base64url(canonical bytes) `.` base64url(Ed25519 signature over them, context grant).
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from comity.crypto.encoding import from_text, to_text
from comity.crypto.signing import SigningContext, SigningKeys
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import NodeRole
from comity.kernel.errors import AuthenticationError, ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId
from comity.node.directory import TrustedDirectory
from comity.node.member_keys import signing_keys_at
from comity.protocol.grants import Grant

MAX_GRANT_SECONDS: Final = 12 * 3600
"""One shift offline at a post; after it the officer must have met the bureau again."""
CLOCK_ALLOWANCE_S: Final = 60
"""A grant is used seconds after its issue, on a machine whose clock may lag a little."""
MAX_TOKEN_CHARACTERS: Final = 4_096
"""A grant with every role and purpose is under 1,000 characters."""


def issue_grant(signing: SigningKeys, grant: Grant) -> str:
    """Return the text form of `grant`, signed by its issuer's node.

    Raises `InputError` (input.wrong_type, expires_at) when it would last longer than a grant may.
    """
    if not 0 < grant.expires_at - grant.issued_at <= MAX_GRANT_SECONDS:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="expires_at")
    body = canonical_bytes(grant)
    return f"{to_text(body)}.{to_text(signing.sign_ed25519(SigningContext.GRANT, body))}"


def verify_grant(
    token: str, directory: TrustedDirectory, at: datetime, accept_bureau: BureauId | None
) -> Grant:
    """Return the grant of `token` when it holds at `at`.

    `accept_bureau` is the bureau whose grants count here; None takes those of every active bureau
    (live questions at the secretariat). Raises `AuthenticationError`: grant.malformed, grant.foreign
    (unknown or inactive issuer, a post as issuer, another bureau), grant.signature, grant.not_yet,
    grant.expired. Verifying takes some tenths of a millisecond; who keeps a result must drop it when
    the grant expires and when the directory's version changes.
    """
    body, signature = _split(token)
    grant = _decode(body)
    _check_issuer(grant, body, signature, directory)
    if accept_bureau is not None and grant.bureau != accept_bureau:
        raise AuthenticationError(ErrorCode.GRANT_FOREIGN)
    _check_time(grant, at)
    return grant


def _split(token: str) -> tuple[bytes, bytes]:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED)
    body, dot, signature = token.partition(".")
    try:
        parts = from_text(body), from_text(signature)
    except InputError as error:
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED) from error
    if not (dot and body and signature):
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED)
    return parts


def _decode(body: bytes) -> Grant:
    try:
        return msgspec.json.decode(body, type=Grant)
    except (msgspec.DecodeError, ValueError) as error:
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED) from error


def _check_issuer(grant: Grant, body: bytes, signature: bytes, directory: TrustedDirectory) -> None:
    try:
        issuer = directory.active(grant.issuer)
    except TrustError as error:
        raise AuthenticationError(ErrorCode.GRANT_FOREIGN) from error
    # Only the office of a bureau knows its people; a post holds a key but no accounts.
    if issuer.role is NodeRole.POST or issuer.bureau != grant.bureau:
        raise AuthenticationError(ErrorCode.GRANT_FOREIGN)
    for keys in signing_keys_at(issuer, _issued(grant)):
        try:
            keys.verify_ed25519(SigningContext.GRANT, body, signature)
        except TrustError:
            continue
        return
    raise AuthenticationError(ErrorCode.GRANT_SIGNATURE)


def _issued(grant: Grant) -> datetime:
    try:
        return datetime.fromtimestamp(grant.issued_at, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED) from error


def _check_time(grant: Grant, at: datetime) -> None:
    now = at.timestamp()
    if not 0 < grant.expires_at - grant.issued_at <= MAX_GRANT_SECONDS:
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED)
    if grant.issued_at > now + CLOCK_ALLOWANCE_S:
        raise AuthenticationError(ErrorCode.GRANT_NOT_YET)
    if now >= grant.expires_at:
        raise AuthenticationError(ErrorCode.GRANT_EXPIRED)
