"""The member directory, invitations and joining."""

from enum import StrEnum

import msgspec

from comity.kernel.codes import NodeRole
from comity.kernel.ids import BureauId, NodeId

DIRECTORY_VALID_HOURS = 76
"""Known peers go on for 72 hours after the secretariat was last seen; after that nobody is trusted unseen.
The last directory may be an hour old then (it is signed anew hourly), and fetched minutes late by a node
whose clock is off by five minutes: 76 hours from signing always leave 72, with more than two to spare."""


class MemberStatus(StrEnum):
    """Standing of a member."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class PublicKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Public keys of one node, raw bytes in base64url without padding."""

    ed25519: str
    ml_dsa_65: str
    sealing: str
    """MLKEM768-X25519 public key for HPKE."""


class FormerKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys that a member used to have: what they signed in their time stays checkable."""

    keys: PublicKeys
    since: str
    until: str
    """When the member's next keys came into force."""
    revoked_as_of: str = ""
    """Nothing dated at or after this counts: the key was lost or stolen. Empty: retired in order."""


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One node of the network."""

    node: NodeId
    bureau: BureauId
    role: NodeRole
    country: str
    """Three letters; `XPO` for the secretariat."""
    name: str
    status: MemberStatus
    office_url: str = ""
    search_url: str = ""
    certificate_sha256: str
    """Digest of the DER certificate that the node presents, hexadecimal."""
    keys: PublicKeys
    since: str
    former_keys: list[FormerKeys] = []
    """The newest first."""


class Directory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All members, removed ones included (their old signatures must stay checkable)."""

    network: str
    version: int
    issued_at: str
    expires_at: str
    members: list[Member]


class SignedDirectory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A directory as it travels: canonical bytes with the secretariat's dual signature."""

    body: str
    signature: dict[str, str]


class Invitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the secretariat hands to a future member, on a safe way; one use, short life."""

    network: str
    invitation_id: str
    secret: str
    """One-time secret, 32 bytes in base64url; the secretariat stores only its digest."""
    secretariat_url: str
    network_ca: str
    """Certificate of the network's authority, PEM."""
    secretariat_keys: PublicKeys
    node: NodeId
    role: NodeRole
    country: str
    name: str
    expires_at: str


class JoinRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /join/v1: made by `comity join`; server-authenticated TLS pinned to the network's authority."""

    invitation_id: str
    secret: str
    node: NodeId
    certificate_request: str
    """PKCS #10 request (RFC 2986), PEM."""
    keys: PublicKeys
    office_url: str = ""
    search_url: str = ""
    signature: dict[str, str]
    """Dual signature over the canonical bytes of the other fields: proof that the keys are held."""


class JoinAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new member gets."""

    certificate: str
    """Issued certificate, PEM."""
    directory: SignedDirectory


class KeyChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /node/v1/keys: a member's word that its keys change, or that a former one was lost or stolen."""

    network: str
    node: NodeId
    at: str
    keys: PublicKeys
    """The keys from now on; the present ones when only a former one is revoked."""
    revoked: str = ""
    """Id of the sealing key whose generation counts for nothing from `revoked_as_of`; empty for none."""
    revoked_as_of: str = ""
    signature: dict[str, str] = {}
    """Dual signature with the present keys over the canonical bytes of the fields but the two signatures."""
    new_signature: dict[str, str] = {}
    """The same with the new keys: proof that they are held."""


class KeyChangeAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer to a key change: the directory that says so."""

    directory: SignedDirectory
