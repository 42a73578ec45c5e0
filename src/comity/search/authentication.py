"""Who asks: an officer by his grant, and the node that brings the question by its certificate."""

import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final

import msgspec

from comity.kernel.codes import Action, NodeRole, Purpose
from comity.kernel.errors import AuthenticationError, ErrorCode
from comity.kernel.ids import NodeId
from comity.node.directory import TrustedDirectory
from comity.node.grants import verify_grant
from comity.node.home import NodeHome
from comity.protocol.grants import Grant
from comity.rules.decisions import NO_SUBJECT, Actor, Context, decide

MAX_REMEMBERED: Final = 10_000
"""Grants of one shift at the largest node, some 2 KiB each. Verifying one anew takes 0.15 ms."""
REREAD_AFTER_S: Final = 0.01
"""How long the directory is taken as read: a removed member gets no hundredth of a second more."""

_SCHEME: Final = b"bearer "


class Asker(msgspec.Struct, frozen=True):
    """An officer with the right to be here, and with whose eyes he looks."""

    grant: Grant
    token: str
    country: str
    """The viewer's, three letters (I6)."""
    node_role: NodeRole
    """Of the node where the officer works."""
    asked_by: NodeId | None
    """The node that passes the question on, when it is not this one."""
    expires: datetime
    """Of the grant."""
    allowed: set[Purpose] = msgspec.field(default_factory=set)
    """Purposes that the rules were asked about already: they depend on grant and purpose alone."""


class Doorkeeper:
    """Checks grants and certificates. Owned by the event loop."""

    def __init__(self, home: NodeHome) -> None:
        self._home = home
        self._is_secretariat = home.settings.node.role is NodeRole.SECRETARIAT
        self._directory: TrustedDirectory | None = None
        self._look_at = 0.0
        self._askers: OrderedDict[tuple[bytes | None, str | None], Asker] = OrderedDict()

    def admit(self, authorization: bytes | None, certificate: str | None, at: datetime) -> Asker:
        """Return who asks. `certificate`: SHA-256 of the client's, hexadecimal, None when none was shown.

        Raises `AuthenticationError` (grant.…) and `TrustError` (member.…, directory.…).
        """
        directory = self._directory
        if directory is None or time.monotonic() > self._look_at:
            directory = self._look(at)
        asker = self._askers.get((authorization, certificate))
        if asker is not None and at < asker.expires:
            return asker
        asker = self._verified(authorization, certificate, directory, at)
        self._askers[authorization, certificate] = asker
        if len(self._askers) > MAX_REMEMBERED:
            self._askers.popitem(last=False)
        return asker

    def require_right(self, asker: Asker, purpose: Purpose, at: datetime) -> None:
        """Raise `AccessError` (access.denied, purpose.not_allowed) unless the asker may search for this."""
        if purpose in asker.allowed:
            return
        grant = asker.grant
        actor = Actor(
            bureau=grant.bureau,
            node_role=asker.node_role,
            country=asker.country,
            roles=grant.roles,
            officer=grant.officer,
            purposes=grant.purposes,
        )
        decide(actor, Action.SEARCH_RUN, NO_SUBJECT, Context(at=at, purpose=purpose)).require()
        asker.allowed.add(purpose)

    def _look(self, at: datetime) -> TrustedDirectory:
        """Return the directory, read again when its file changed. Forgets everyone then."""
        known, self._directory = self._directory, None
        directory = self._home.directory.current(at)
        if directory is not known:
            self._askers.clear()
        self._directory = directory
        self._look_at = time.monotonic() + REREAD_AFTER_S
        return directory

    def _verified(
        self, authorization: bytes | None, certificate: str | None, directory: TrustedDirectory, at: datetime
    ) -> Asker:
        asked_by = self._node_behind(certificate, directory)
        token = _token(authorization)
        accepted = None if self._is_secretariat else self._home.bureau
        grant = verify_grant(token, directory, at, accepted)
        member = directory.bureau_node(grant.bureau)
        if asked_by is not None and directory.active(asked_by).bureau != grant.bureau:
            # A grant is the officers' of one bureau; another member that found one gains nothing by it.
            raise AuthenticationError(ErrorCode.GRANT_FOREIGN)
        role = member.role if self._is_secretariat else self._home.settings.node.role
        expires = datetime.fromtimestamp(grant.expires_at, UTC)
        return Asker(grant, token, member.country, role, asked_by, expires)

    def _node_behind(self, certificate: str | None, directory: TrustedDirectory) -> NodeId | None:
        if certificate is None:
            return None
        node = directory.by_certificate(certificate).node
        return None if node == self._home.node else node


def _token(authorization: bytes | None) -> str:
    if not authorization:
        raise AuthenticationError(ErrorCode.GRANT_MISSING)
    if authorization[: len(_SCHEME)].lower() != _SCHEME or not authorization.isascii():
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED)
    return authorization[len(_SCHEME) :].decode("ascii").strip()
