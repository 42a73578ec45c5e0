"""Who asks: an officer by his grant, and the node that brings the question by its certificate."""

import time
from collections import OrderedDict
from datetime import datetime
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


class Doorkeeper:
    """Checks grants and certificates. Owned by the event loop."""

    def __init__(self, home: NodeHome) -> None:
        self._home = home
        self._is_secretariat = home.settings.node.role is NodeRole.SECRETARIAT
        self._directory: TrustedDirectory | None = None
        self._looked_at = 0.0
        self._verified: OrderedDict[str, Grant] = OrderedDict()
        self._allowed: dict[str, set[Purpose]] = {}

    def admit(self, authorization: bytes | None, certificate: str | None, at: datetime) -> Asker:
        """Return who asks. `certificate`: SHA-256 of the client's, hexadecimal, None when none was shown.

        Raises `AuthenticationError` (grant.…) and `TrustError` (member.…, directory.…).
        """
        directory = self._current(at)
        asked_by = self._node_behind(certificate, directory)
        token = _token(authorization)
        grant = self._verify(token, directory, at)
        member = directory.bureau_node(grant.bureau)
        if asked_by is not None and directory.active(asked_by).bureau != grant.bureau:
            # A grant is the officers' of one bureau; another member that found one gains nothing by it.
            raise AuthenticationError(ErrorCode.GRANT_FOREIGN)
        role = member.role if self._is_secretariat else self._home.settings.node.role
        return Asker(grant, token, member.country, role, asked_by)

    def require_right(self, asker: Asker, purpose: Purpose, at: datetime) -> None:
        """Raise `AccessError` (access.denied, purpose.not_allowed) unless the asker may search for this.

        What the rules allow depends on grant and purpose alone, so it is remembered with the grant.
        """
        allowed = self._allowed.get(asker.token)
        if allowed is not None and purpose in allowed:
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
        self._allowed.setdefault(asker.token, set()).add(purpose)

    def _current(self, at: datetime) -> TrustedDirectory:
        """Return the directory, read again when its file changed. Forgets every grant then."""
        if self._directory is None or time.monotonic() - self._looked_at > REREAD_AFTER_S:
            directory = self._home.directory.current(at)
            self._looked_at = time.monotonic()
            if directory is not self._directory:
                self._directory = directory
                self._verified.clear()
                self._allowed.clear()
        return self._directory

    def _node_behind(self, certificate: str | None, directory: TrustedDirectory) -> NodeId | None:
        if certificate is None:
            return None
        node = directory.by_certificate(certificate).node
        return None if node == self._home.node else node

    def _verify(self, token: str, directory: TrustedDirectory, at: datetime) -> Grant:
        grant = self._verified.get(token)
        if grant is None:
            accepted = None if self._is_secretariat else self._home.bureau
            grant = verify_grant(token, directory, at, accepted)
            self._verified[token] = grant
            if len(self._verified) > MAX_REMEMBERED:
                self._allowed.pop(self._verified.popitem(last=False)[0], None)
        elif at.timestamp() >= grant.expires_at:
            del self._verified[token]
            self._allowed.pop(token, None)
            raise AuthenticationError(ErrorCode.GRANT_EXPIRED)
        return grant


def _token(authorization: bytes | None) -> str:
    if not authorization:
        raise AuthenticationError(ErrorCode.GRANT_MISSING)
    if authorization[: len(_SCHEME)].lower() != _SCHEME or not authorization.isascii():
        raise AuthenticationError(ErrorCode.GRANT_MALFORMED)
    return authorization[len(_SCHEME) :].decode("ascii").strip()
