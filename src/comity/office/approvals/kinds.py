"""What each kind of approval is about and does. The apps that have something to approve register here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from comity.kernel.ids import OfficerId
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text of which something was changed."""

    text: str
    was: bool
    """Whether it stood in the former text."""
    stands: bool
    """Whether it stands in the present one."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One part that is not as the reader last saw it."""

    part: str
    """A code of `pages.words.PARTS`, or the label of a coded field."""
    pieces: tuple[Piece, ...]


class Handler(Protocol):
    """One kind."""

    needs_proof: bool
    """Whether who approves must have shown lately who they are (`rules.release.PROOF_LASTS`)."""

    def matter(self, approval: Approval) -> Matter:
        """Return what the request is about, as it is now. Raises `NotFoundError` when it is gone."""

    def look(self, approval: Approval, officer: OfficerId, /) -> tuple[Changed, ...]:
        """Note that somebody has it before their eyes; return what changed since they last had it."""

    def carry_out(self, approval: Approval, matter: Matter, at: datetime) -> None:
        """Do what was approved, in the transaction of the approval."""

    def turn_down(self, approval: Approval, at: datetime, /) -> None:
        """Give back what was held for it, in the transaction of the refusal."""


HANDLERS: Final[dict[ApprovalKind, Handler]] = {}
"""Filled when Django starts, by the app that each kind belongs to."""


def handler_of(approval: Approval) -> Handler:
    """Return who handles requests of this kind."""
    return HANDLERS[ApprovalKind(approval.kind)]
