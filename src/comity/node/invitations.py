"""How a node becomes a member: an invitation, a request that proves its keys, a certificate in return.

The invitation travels on a safe way (by hand, by courier). Its secret is known to the new node only;
the secretariat keeps a digest of it. It is good for one node, once, for a few days.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

from comity.crypto.certificates import check_issued, fingerprint
from comity.crypto.encoding import from_text, to_text
from comity.crypto.files import read_private, write_private
from comity.crypto.sealing import check_public
from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ConflictError, ErrorCode, InputError, TrustError
from comity.kernel.ids import NodeId, bureau_of, new_id
from comity.node.directory import DirectoryCache, TrustedDirectory, instant
from comity.node.home import NetworkTrust, NodeHome
from comity.node.member_keys import keys_of
from comity.node.settings import NodeSection, check_node
from comity.protocol.members import (
    Invitation,
    JoinAnswer,
    JoinRequest,
    Member,
    MemberStatus,
    PublicKeys,
)

PREFIX: Final = "comity-invitation-1."
INVITATION_LIFE: Final = timedelta(days=7)
"""A courier's week; who comes later asks again."""
MAX_INVITATION_CHARACTERS: Final = 32 * 1024
"""Keys and the authority's certificate make about 6 KiB."""
_SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class IssuedInvitation:
    """What the secretariat keeps of an invitation; its secret only as a digest."""

    invitation_id: str
    secret_digest: str
    node: NodeId
    role: NodeRole
    country: str
    name: str
    expires_at: str
    used_by: PublicKeys | None = None
    """The keys that used it, or None. The same keys may ask again: their answer may have been lost."""


def make_invitation(  # noqa: PLR0913 - the particulars of the new member
    home: NodeHome,
    *,
    node: NodeId,
    role: NodeRole,
    country: str,
    name: str,
    at: datetime,
    life: timedelta = INVITATION_LIFE,
) -> Invitation:
    """Return a new invitation of this secretariat's network; keep `issued(invitation)` of it.

    Raises `ConfigurationError` (config.odd_value, node.…) when node, role and country do not fit.
    """
    network = home.settings.node.network
    check_node(NodeSection(id=node, role=role, country=country, name=name, network=network))
    return Invitation(
        network=network,
        invitation_id=new_id(at),
        secret=to_text(secrets.token_bytes(_SECRET_BYTES)),
        secretariat_url=home.settings.secretariat_url,
        network_ca=home.authority().certificate.decode("ascii"),
        secretariat_keys=home.public_keys,
        node=node,
        role=role,
        country=country,
        name=name,
        expires_at=to_wire(at + life),
    )


def issued(invitation: Invitation) -> IssuedInvitation:
    """Return what the secretariat keeps of `invitation`."""
    return IssuedInvitation(
        invitation_id=invitation.invitation_id,
        secret_digest=secret_digest(invitation.secret),
        node=invitation.node,
        role=invitation.role,
        country=invitation.country,
        name=invitation.name,
        expires_at=invitation.expires_at,
    )


def secret_digest(secret: str) -> str:
    """Return the digest under which a secret is kept, hexadecimal; 256 random bits need no slow digest."""
    return hashlib.sha256(b"comity/invitation/1\0" + secret.encode("utf-8")).hexdigest()


def encode_invitation(invitation: Invitation) -> str:
    """Return the one line that is handed over; it holds the secret."""
    return PREFIX + to_text(canonical_bytes(invitation))


def decode_invitation(text: str) -> Invitation:
    """Return the invitation of its line; raises `InputError` (invitation.invalid) for any other text."""
    line = text.strip()
    if not line.startswith(PREFIX) or len(line) > MAX_INVITATION_CHARACTERS:
        raise InputError(ErrorCode.INVITATION_INVALID)
    try:
        return msgspec.json.decode(from_text(line.removeprefix(PREFIX)), type=Invitation)
    except (InputError, msgspec.DecodeError, ValueError) as error:
        raise InputError(ErrorCode.INVITATION_INVALID) from error


def make_join_request(home: NodeHome, invitation: Invitation) -> JoinRequest:
    """Return this node's request to join, signed with the keys that it names.

    Raises `InputError` (invitation.invalid, naming the field) when the invitation is for another node.
    """
    own = home.settings.node
    for field in ("network", "node", "role", "country"):
        if getattr(invitation, field) != (own.id if field == "node" else getattr(own, field)):
            raise InputError(ErrorCode.INVITATION_INVALID, field=field)
    request = JoinRequest(
        invitation_id=invitation.invitation_id,
        secret=invitation.secret,
        node=home.node,
        certificate_request=home.request_certificate().decode("ascii"),
        keys=home.public_keys,
        office_url=home.settings.office_url,
        search_url=home.settings.search_url,
        signature={},
    )
    signature = home.signing.sign(SigningContext.JOIN, _request_bytes(request))
    return msgspec.structs.replace(request, signature=signature)


def verify_join_request(request: JoinRequest, kept: IssuedInvitation, at: datetime) -> None:
    """Return when `request` may join by the invitation `kept`.

    Raises `TrustError` (invitation.invalid, invitation.expired), `ConflictError` (invitation.used), or
    `InputError` naming the field of a key or address that cannot be used.
    """
    known = hmac.compare_digest(secret_digest(request.secret), kept.secret_digest)
    if not known or (request.invitation_id, request.node) != (kept.invitation_id, kept.node):
        raise TrustError(ErrorCode.INVITATION_INVALID)
    keys_of(request.keys).verify(
        SigningContext.JOIN, _request_bytes(request), request.signature, code=ErrorCode.INVITATION_INVALID
    )
    if kept.used_by is not None and kept.used_by != request.keys:
        raise ConflictError(ErrorCode.INVITATION_USED)
    if at >= instant(kept.expires_at):
        raise TrustError(ErrorCode.INVITATION_EXPIRED)
    check_public(from_text(request.keys.sealing, field="keys.sealing"))
    _check_address(request.office_url, "office_url", required=kept.role is not NodeRole.POST)
    _check_address(request.search_url, "search_url", required=False)


def admit(home: NodeHome, request: JoinRequest, kept: IssuedInvitation, at: datetime) -> tuple[Member, bytes]:
    """Return the directory entry and the certificate (PEM) of a node whose request was verified."""
    urls = [request.office_url, request.search_url]
    certificate = home.authority().issue(request.certificate_request.encode("utf-8"), request.node, urls, at)
    member = Member(
        node=kept.node,
        bureau=bureau_of(kept.node),
        role=kept.role,
        country=kept.country,
        name=kept.name,
        status=MemberStatus.ACTIVE,
        office_url=request.office_url,
        search_url=request.search_url,
        certificate_sha256=fingerprint(certificate),
        keys=request.keys,
        since=to_wire(at),
    )
    return member, certificate


def complete_join(
    home: NodeHome, invitation: Invitation, answer: JoinAnswer, at: datetime
) -> TrustedDirectory:
    """Check the secretariat's answer, keep it, and return the directory that this node now trusts.

    Raises `TrustError`: member.certificate when the certificate is not from the invitation's authority
    for this node's key, directory.… when the directory does not hold, member.unknown or
    member.certificate when this node does not stand in it as it is. Nothing is kept then. Doing it
    again does no harm; network.json is written last and is what makes the node a member.
    """
    certificate, authority = answer.certificate.encode("utf-8"), invitation.network_ca.encode("utf-8")
    check_issued(certificate, authority, read_private(home.tls_key), home.node, at)
    pinned = keys_of(invitation.secretariat_keys)
    cache = DirectoryCache(home.directory_path, pinned, invitation.network)
    trusted = cache.verified(answer.directory, at)
    own = trusted.active(home.node)
    if own.certificate_sha256 != fingerprint(certificate) or own.keys != home.public_keys:
        raise TrustError(ErrorCode.MEMBER_CERTIFICATE)
    write_private(home.network_ca, authority)
    write_private(home.tls_certificate, certificate)
    cache.accept(answer.directory, at)
    trust = NetworkTrust(network=invitation.network, secretariat_keys=invitation.secretariat_keys)
    write_private(home.trust_path, msgspec.json.encode(trust))
    return home.directory.current(at)


def _request_bytes(request: JoinRequest) -> bytes:
    fields = msgspec.to_builtins(request)
    del fields["signature"]
    return canonical_bytes(fields)


def _check_address(url: str, field: str, *, required: bool) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if (url and not usable) or (required and not url):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=field)
