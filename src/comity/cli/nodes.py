"""Making a node and joining it to a network: what `comity init`, `invite` and `join` do, and the demo too."""

import ssl
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
import msgspec

from comity.kernel.clock import Clock
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ComityError, ErrorCode, UnavailableError
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.node.invitations import complete_join, make_join_request
from comity.node.settings import Settings
from comity.protocol.members import Invitation, JoinAnswer

JOIN_TIMEOUT_S: Final = 30.0
"""Joining writes one row and signs one certificate; a slow line is the rest."""


def make_node(path: Path, settings: Settings, clock: Clock) -> NodeHome:
    """Make the data directory of a new node (0700, keys 0600) and return it.

    Raises `ConfigurationError`: config.exists when a node is there already, config.odd_value and
    config.missing for settings that do not fit.
    """
    return NodeHome.create(path, settings, clock)


def invite(node: NodeId, role: NodeRole, country: str, name: str, at: datetime, by: str = "") -> Invitation:
    """Issue an invitation in the secretariat's office that is open in this process.

    `by` is the username of the administrator who does it; empty when the machine's operator does.
    """
    from comity.cli.callers import caller_named
    from comity.office.members.services import issue_invitation

    return issue_invitation(caller_named(by) if by else None, node, role, country, name, at)


def join(home: NodeHome, invitation: Invitation, at: datetime) -> NodeHome:
    """Redeem an invitation at the secretariat over TLS that trusts only the network's authority.

    Returns the node, opened anew as a member. Raises `UnavailableError` (peer.unreachable) and what
    the secretariat refused with.
    """
    request = make_join_request(home, invitation)
    context = ssl.create_default_context(cadata=invitation.network_ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        answer = httpx.post(
            f"{invitation.secretariat_url.rstrip('/')}/join/v1",
            content=msgspec.json.encode(request),
            headers={"Content-Type": "application/json"},
            verify=context,
            timeout=JOIN_TIMEOUT_S,
        )
    except httpx.TransportError as error:
        raise UnavailableError(ErrorCode.PEER_UNREACHABLE, field="secretariat") from error
    if answer.status_code != httpx.codes.OK:
        raise _refusal(answer)
    complete_join(home, invitation, msgspec.json.decode(answer.content, type=JoinAnswer), at)
    return NodeHome.open(home.path)


def _refusal(answer: httpx.Response) -> ComityError:
    try:
        error = msgspec.json.decode(answer.content)["error"]
        refused = UnavailableError if error["retry"] else ComityError
        return refused(ErrorCode(error["code"]), field=error["field"], remedy=error["remedy"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return ComityError(ErrorCode.PEER_REFUSED, detail=f"status {answer.status_code}")
