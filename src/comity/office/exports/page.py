"""What stands on the paper of a thread: the same content as on the desk, and what proves it."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from comity.kernel.clock import from_wire
from comity.kernel.codes import Purpose
from comity.kernel.errors import ComityError
from comity.node.member_keys import keys_of
from comity.office.exports.gathering import Gathered
from comity.office.runtime import home
from comity.protocol.bundles import BundledMessage
from comity.protocol.forms import ShownField, form_received, shown, text_in
from comity.protocol.messages import MessageReceipt

RIGHT_TO_LEFT: Final = frozenset({"ar"})
_STYLE: Final = Path(__file__).parents[1] / "templates" / "exports" / "print.css"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One receipt as it is printed."""

    receipt: MessageReceipt
    at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """One message as it is printed."""

    message: BundledMessage
    own: bool
    form_name: str
    created_at: datetime
    coded: Sequence[ShownField]
    digests: Sequence[str]
    """What the recipients' receipts confirm."""
    confirmations: Sequence[Confirmation]
    direction: str
    """Of the message's own text, which may be another than the page's."""
    proven: bool
    """Whether the envelope's signature is in the bundle of this thread."""


def sheet_of(found: Gathered, purpose: Purpose, language: str, at: datetime) -> dict[str, Any]:
    """Return what `exports/thread.html` shows, in `language`."""
    proven = {proof.header.message_id for proof in found.proofs}
    return {
        "style": _STYLE.read_text(encoding="utf-8"),
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "thread": found.thread,
        "label": found.label,
        "purpose": purpose,
        "made_at": at,
        "node": home().settings.node,
        "secretariat": keys_of(home().trust().secretariat_keys).key_id,
        "directory_version": home().directory.last().version,
        "sheets": [
            _sheet(each, found.receipts, language, proven=each.message_id in proven)
            for each in found.messages
        ],
    }


def _sheet(
    message: BundledMessage, receipts: Sequence[MessageReceipt], language: str, *, proven: bool
) -> Sheet:
    own = [receipt for receipt in receipts if receipt.message_id == message.message_id]
    form = _form(message)
    return Sheet(
        message=message,
        own=message.sender == home().bureau,
        form_name="" if form is None else text_in(form.name, language),
        created_at=from_wire(message.created_at),
        coded=shown(form, message.fields, language),
        digests=sorted({receipt.envelope_digest for receipt in own}),
        confirmations=[Confirmation(receipt, from_wire(receipt.at)) for receipt in own],
        direction=_direction(message.text),
        proven=proven,
    )


def _direction(text: str) -> str:
    """Return `rtl` or `ltr` by the first letter that has a direction (UAX #9, rule P2)."""
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in {"L", "R", "AL"}:
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def _form(message: BundledMessage) -> Any:
    try:
        return form_received(message.form, message.form_definition, message.sender)
    except ComityError:
        return None
