"""What the secretariat does with its members: invite, admit, suspend, remove. Nobody else does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.clock import to_wire
from comity.kernel.codes import Action, NodeRole
from comity.kernel.errors import ConflictError, ErrorCode, InputError, NotFoundError, TrustError
from comity.kernel.ids import NodeId, bureau_of
from comity.node import invitations
from comity.node.directory import instant
from comity.office import runtime
from comity.office.access import Caller, require
from comity.office.members import directory
from comity.office.members.models import IssuedInvitation
from comity.office.supervision.journal import record_own
from comity.protocol.members import Invitation, JoinAnswer, JoinRequest, Member, MemberStatus, PublicKeys
from comity.rules.decisions import Subject

VALID_HOURS: Final = 72
"""Long enough for a courier over a weekend; a secret that lies about longer is a risk."""
MAX_REASON: Final = 300
"""One sentence; a report belongs into a message."""


def issue_invitation(  # noqa: PLR0913, PLR0917 - the particulars of the new member
    caller: Caller | None,
    node: NodeId,
    role: NodeRole,
    country: str,
    name: str,
    at: datetime,
    valid_hours: int = VALID_HOURS,
) -> Invitation:
    """Make an invitation for one node, good once, for `valid_hours`; it is shown now and never again.

    `caller` None is the operator of the secretariat's machine, who invites the first members. Raises
    `ConflictError` (member.exists), `ConfigurationError` (config.odd_value, node.…), `NotFoundError`
    (access.not_found) for a caller without the right.
    """
    about = f"node:{node}"
    if caller is not None:
        require(caller, Action.MEMBER_INVITE, Subject(), at, about=about)
    home = runtime.home()
    _refuse_present(home.directory.current(at).by_node(node))
    made = invitations.make_invitation(
        home, node=node, role=role, country=country, name=name, at=at, life=timedelta(hours=valid_hours)
    )
    with transaction.atomic():
        kept = invitations.issued(made)
        IssuedInvitation.objects.create(
            invitation_id=kept.invitation_id,
            secret_sha256=kept.secret_digest,
            node=node,
            role=role.value,
            country=country,
            name=name,
            issued_at=at,
            expires_at=instant(kept.expires_at),
        )
        if caller is None:
            _journal_local(Action.MEMBER_INVITE, about, at)
    return made


def redeem_invitation(request: JoinRequest, at: datetime) -> JoinAnswer:
    """Make the asking node a member: certificate, directory version + 1, all in one transaction.

    The same keys may ask again and get the same certificate: their answer may have been lost. Raises
    `TrustError` (invitation.invalid, invitation.expired, member.unknown for a post without its
    bureau), `ConflictError` (invitation.used, member.exists), `InputError` (certificate_request, keys.…,
    office_url, search_url); nothing is changed then.
    """
    if runtime.home().settings.node.role is not NodeRole.SECRETARIAT:
        raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
    with transaction.atomic():
        row = IssuedInvitation.objects.select_for_update().filter(invitation_id=request.invitation_id).first()
        if row is None:
            raise TrustError(ErrorCode.INVITATION_INVALID)
        kept = _kept(row)
        invitations.verify_join_request(request, kept, at)
        if not row.certificate:
            _admit(request, kept, row, at)
    return JoinAnswer(certificate=row.certificate, directory=directory.share(at))


def set_standing(
    caller: Caller | None, node: NodeId, status: MemberStatus, at: datetime, reason: str = ""
) -> None:
    """Suspend, restore or remove a member; every node learns it with its next directory.

    Removing is for good: whoever comes back is invited anew. The journal keeps the reason.
    Raises `NotFoundError` (member.unknown), `ConflictError` (member.not_active) for a removed one,
    `InputError` for the secretariat itself.
    """
    about, detail = f"node:{node}", {"status": status.value, "reason": reason}
    if len(reason) > MAX_REASON:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="reason")
    if caller is not None:
        require(caller, Action.MEMBER_REMOVE, Subject(), at, about=about, detail=detail)
    if node == runtime.home().node:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, field="node")
    with transaction.atomic():
        directory.publish(_Standing(node, status).applied, at)
        if caller is None:
            _journal_local(Action.MEMBER_REMOVE, about, at, detail)
    directory.share(at)


@dataclass(frozen=True, slots=True)
class _Standing:
    node: NodeId
    status: MemberStatus

    def applied(self, members: list[Member]) -> list[Member]:
        """Return `members` with the present entry of the node changed."""
        known = [member for member in members if member.node == self.node]
        if not known:
            raise NotFoundError(ErrorCode.MEMBER_UNKNOWN)
        present = [member for member in known if member.status is not MemberStatus.REMOVED]
        if not present:
            raise ConflictError(ErrorCode.MEMBER_NOT_ACTIVE)
        changed = msgspec.structs.replace(present[0], status=self.status)
        return [changed if member is present[0] else member for member in members]


def _admit(
    request: JoinRequest, kept: invitations.IssuedInvitation, row: IssuedInvitation, at: datetime
) -> None:
    member, certificate = invitations.admit(runtime.home(), request, kept, at)

    def with_new(members: list[Member]) -> list[Member]:
        present = {old.node: old for old in members if old.status is not MemberStatus.REMOVED}
        _refuse_present(present.get(member.node))
        bureau = present.get(NodeId(bureau_of(member.node)))
        if member.role is NodeRole.POST and bureau is None:
            raise TrustError(ErrorCode.MEMBER_UNKNOWN)
        return [*members, member]

    directory.publish(with_new, at)
    row.used_at = at
    row.used_by = msgspec.json.encode(request.keys).decode("utf-8")
    row.certificate = certificate.decode("ascii")
    row.save()
    _journal_local(Action.MEMBER_INVITE, f"node:{member.node}", at)


def _refuse_present(member: Member | None) -> None:
    if member is not None and member.status is not MemberStatus.REMOVED:
        raise ConflictError(ErrorCode.MEMBER_EXISTS)


def _kept(row: IssuedInvitation) -> invitations.IssuedInvitation:
    return invitations.IssuedInvitation(
        invitation_id=row.invitation_id,
        secret_digest=row.secret_sha256,
        node=NodeId(row.node),
        role=NodeRole(row.role),
        country=row.country,
        name=row.name,
        expires_at=to_wire(row.expires_at),
        used_by=msgspec.json.decode(row.used_by, type=PublicKeys) if row.used_by else None,
    )


def _journal_local(action: Action, about: str, at: datetime, detail: dict[str, str] | None = None) -> None:
    """Write down what the machine's operator or the admission itself did; no account stands behind it."""
    record_own(action, about, at, detail)
