"""What each kind of approval is about and does. The apps that have something to approve register here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from comity.office.approvals.models import Approval, ApprovalKind


@dataclass(frozen=True, slots=True)
class Matter:
    """What the second person has before their eyes, and what is approved: nothing more, nothing less."""

    content: dict[str, Any]
    """Of JSON types without floats; its hash is what is approved."""
    recipients: tuple[str, ...]
    """Codes of the bureaus that receive it."""
    template: str
    """Shows `content` on the page of the request."""


class Handler(Protocol):
    """One kind."""

    def matter(self, approval: Approval) -> Matter:
        """Return what the request is about, as it is now. Raises `NotFoundError` when it is gone."""

    def carry_out(self, approval: Approval, matter: Matter, at: datetime) -> None:
        """Do what was approved, in the transaction of the approval."""


HANDLERS: Final[dict[ApprovalKind, Handler]] = {}
"""Filled when Django starts, by the app that each kind belongs to."""


def handler_of(approval: Approval) -> Handler:
    """Return who handles requests of this kind."""
    return HANDLERS[ApprovalKind(approval.kind)]
