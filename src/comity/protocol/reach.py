"""Who receives a message and who does not, by the member directory: one list, a region, or all.

A broadcast goes to bureaus. The secretariat is told only when it is chosen by name: to let it read is an
act of its own.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from comity.kernel.codes import NodeRole
from comity.kernel.codes.regions import Region, region_of
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId
from comity.protocol.members import Directory, Member, MemberStatus

ALL: Final = "all"
REGION_PREFIX: Final = "region:"


class Reason(StrEnum):
    """Why a bureau does not receive."""

    SUSPENDED = "suspended"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    OWN = "own"
    SECRETARIAT = "secretariat"
    """Only when it is chosen by name."""


class LeftOut(NamedTuple):
    """A bureau that somebody might expect to receive, and does not."""

    bureau: BureauId
    reason: Reason


class Reach(NamedTuple):
    """Both sides of the sentence, each by code."""

    receive: tuple[BureauId, ...]
    left_out: tuple[LeftOut, ...]


def reach_of_list(bureaus: Iterable[str], directory: Directory, own: BureauId) -> Reach:
    """Return who of the named bureaus receives; everybody else of them is left out with the reason."""
    known = _offices(directory)
    receive: set[BureauId] = set()
    left_out: set[LeftOut] = set()
    for code in {BureauId(code) for code in bureaus}:
        reason = Reason.OWN if code == own else _reason(known.get(code))
        if reason is None:
            receive.add(code)
        else:
            left_out.add(LeftOut(code, reason))
    return Reach(tuple(sorted(receive)), tuple(sorted(left_out)))


def reach_of(broadcast: str, directory: Directory, own: BureauId) -> Reach:
    """Return who receives what goes to `all` or to `region:NAME`.

    Raises `InputError` (reach.region) for a region that is not known or in which the network has nobody.
    """
    known = _offices(directory)
    if broadcast != ALL:
        region = _region(broadcast)
        known = {code: member for code, member in known.items() if region_of(member.country) is region}
        if not known:
            raise InputError(ErrorCode.REACH_REGION, field="reach")
    known = {code: m for code, m in known.items() if m.status is not MemberStatus.REMOVED and code != own}
    secretariats = {code for code, member in known.items() if member.role is NodeRole.SECRETARIAT}
    found = reach_of_list(known.keys() - secretariats, directory, own)
    apart = tuple(LeftOut(code, Reason.SECRETARIAT) for code in sorted(secretariats))
    return Reach(found.receive, found.left_out + apart)


def regions_in(directory: Directory) -> list[Region]:
    """Return the regions in which the network has a bureau, in the order of the table."""
    found = {
        region_of(member.country)
        for member in _offices(directory).values()
        if member.status is not MemberStatus.REMOVED and member.role is NodeRole.BUREAU
    }
    return [region for region in Region if region in found]


def _region(broadcast: str) -> Region:
    try:
        return Region(broadcast.removeprefix(REGION_PREFIX))
    except ValueError:
        raise InputError(ErrorCode.REACH_REGION, field="reach") from None


def _offices(directory: Directory) -> dict[BureauId, Member]:
    """Return the node that receives for each bureau; where one joined again, the entry that is in force."""
    ranked = sorted(directory.members, key=lambda member: member.status is not MemberStatus.REMOVED)
    return {member.bureau: member for member in ranked if member.role is not NodeRole.POST}


def _reason(member: Member | None) -> Reason | None:
    if member is None:
        return Reason.UNKNOWN
    return {MemberStatus.SUSPENDED: Reason.SUSPENDED, MemberStatus.REMOVED: Reason.REMOVED}.get(member.status)
