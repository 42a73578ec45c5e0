"""Making a node and joining it to a network: what `comity init`, `invite` and `join` do, and the demo too."""

from datetime import datetime
from pathlib import Path

from comity.cli.callers import caller_or_machine
from comity.kernel.clock import Clock
from comity.kernel.codes import NodeRole
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.node.invitations import complete_join, make_join_request
from comity.node.settings import Settings
from comity.protocol.members import Invitation


def make_node(path: Path, settings: Settings, clock: Clock) -> NodeHome:
    """Make the data directory of a new node (0700, keys 0600) and return it.

    Raises `ConfigurationError`: config.exists when a node is there already, config.odd_value and
    config.missing for settings that do not fit.
    """
    return NodeHome.create(path, settings, clock)


def invite(  # noqa: PLR0913, PLR0917 - the particulars of the new member
    node: NodeId, role: NodeRole, country: str, name: str, at: datetime, by: str = "", valid_hours: int = 72
) -> Invitation:
    """Issue an invitation in the secretariat's office that is open in this process.

    `by` is the username of the administrator who does it; empty when the machine's operator does.
    """
    from comity.office.members.services import issue_invitation

    return issue_invitation(caller_or_machine(by), node, role, country, name, at, valid_hours)


def join(home: NodeHome, invitation: Invitation, at: datetime) -> NodeHome:
    """Redeem an invitation at the secretariat, over TLS that trusts only the network's authority.

    Returns the node, opened anew as a member. Raises `UnavailableError` (peer.unreachable) and what
    the secretariat refused with.
    """
    from comity.node.peer import send_join_request

    answer = send_join_request(invitation, make_join_request(home, invitation))
    complete_join(home, invitation, answer, at)
    return NodeHome.open(home.path)


def refresh_directory(home: NodeHome) -> None:
    """Fetch the newest member directory from the secretariat, as a node's processes do by themselves."""
    from comity.kernel.clock import SystemClock
    from comity.node.peer import PeerClient

    with PeerClient(home) as peer:
        home.directory.accept(peer.fetch_directory(), SystemClock().now())
