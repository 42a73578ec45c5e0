"""Approvals and disclosures from the command line; called where the office is open."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from comity.cli.callers import caller_named
from comity.kernel.codes import Action
from comity.kernel.ids import MessageId


def ask_disclosure(username: str, message_id: MessageId, reason: str, at: datetime) -> dict[str, Any]:
    """Ask that a message be shown to the secretariat."""
    from comity.office.disclosures.services import request_disclosure

    return _shown(request_disclosure(caller_named(username), message_id, reason, at))


def list_approvals(username: str, at: datetime) -> list[dict[str, Any]]:
    """Return what waits and what was decided, the newest first."""
    from comity.office.access import require
    from comity.office.approvals.models import Approval
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.APPROVAL_LIST, Subject(owner=caller.bureau), at)
    return [_shown(row)["header"] for row in Approval.objects.order_by("-id")[:200]]


def show(username: str, approval_id: str, at: datetime) -> dict[str, Any]:
    """Return one request with its content as it is now."""
    from comity.office.access import require
    from comity.office.approvals import services
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    found = services.found(approval_id)
    about = f"approval:{approval_id}"
    require(caller, Action.APPROVAL_LIST, Subject(owner=services.subject_of(found).owner), at, about=about)
    return _shown(found)


def approve(username: str, approval_id: str, content_hash: str, at: datetime) -> dict[str, Any]:
    """Approve exactly the content with this hash.

    Who may run commands on the node's machine has shown who they are to that machine, just now.
    """
    from comity.office.approvals import services

    caller = replace(caller_named(username), proved_at=at)
    return _shown(services.approve(caller, approval_id, content_hash, at))


def refuse(username: str, approval_id: str, note: str, at: datetime) -> dict[str, Any]:
    """Refuse a request."""
    from comity.office.approvals import services

    return _shown(services.refuse(caller_named(username), approval_id, note, at))


def _shown(approval: Any) -> dict[str, Any]:
    from comity.office.approvals.api import read_answer

    shown: dict[str, Any] = msgspec.to_builtins(read_answer(approval))
    return shown
