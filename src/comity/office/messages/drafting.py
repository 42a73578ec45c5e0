"""From what a person or a program says to a draft: the form's rules, and who is reached.

Pages, machine API and command line all come through here, so that a form means the same at each door.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from comity.kernel.codes import HandlingLabel, Priority
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, FormId, MessageId, ThreadId
from comity.office import runtime
from comity.office.access import Caller
from comity.office.forms.services import form_named
from comity.office.messages.services import Draft
from comity.protocol.forms import Form, FreeText, declared, require_values, travelling
from comity.protocol.reach import Reach, reach_of, reach_of_list

__all__ = ["draft_of", "reach_now", "recipients_of"]


def draft_of(  # noqa: PLR0913 - the parts of a message, all by name
    caller: Caller,
    recipients: Sequence[BureauId],
    *,
    form: str = "free_text",
    fields: Mapping[str, Any] | None = None,
    subject: str = "",
    text: str = "",
    priority: Priority | None = None,
    label: HandlingLabel = HandlingLabel.OFFICIAL,
    thread_id: ThreadId | None = None,
    in_reply_to: MessageId | None = None,
    show_recipients: bool = False,
    attachments: Sequence[str] = (),
) -> Draft:
    """Return the draft of a message in a declared form; without `priority` the form's own.

    Raises `InputError` form.unknown, form.no_text, message.empty, and what `require_values` raises with
    `fields.NAME` as its field.
    """
    chosen = form_named(form)
    check_text(chosen, subject, text, in_thread=thread_id is not None)
    return Draft(
        recipients=tuple(recipients),
        subject=subject,
        text=text,
        form=FormId(chosen.id),
        fields=require_values(chosen, fields or {}),
        form_definition=None if chosen.id in declared() else travelling(chosen),
        priority=priority or chosen.priority,
        label=label,
        thread_id=thread_id,
        in_reply_to=in_reply_to,
        show_recipients=show_recipients,
        attachments=tuple(attachments),
        unit=caller.actor.unit,
    )


def check_text(form: Form, subject: str, text: str, *, in_thread: bool) -> None:
    """Raise `InputError` unless the words beside the coded fields are what the form asks for.

    Words alone need a subject; a coded form is called by its name in each reader's language.
    """
    if form.text is FreeText.NONE and text.strip():
        raise InputError(ErrorCode.FORM_NO_TEXT, field="text")
    if form.text is FreeText.REQUIRED and not text.strip():
        raise InputError(ErrorCode.MESSAGE_EMPTY, field="text")
    if not form.fields and not subject.strip() and not in_thread:
        raise InputError(ErrorCode.MESSAGE_EMPTY, field="subject")


def recipients_of(
    recipient: BureauId | None, recipients: Sequence[BureauId], broadcast: str, at: datetime
) -> tuple[BureauId, ...]:
    """Return who receives, of the one, the several or the broadcast that was named; exactly one of them.

    A bureau that is named and cannot receive is refused later; a broadcast leaves it out. Raises
    `InputError` (input.missing_field, reach.region, reach.nobody), `TrustError` (directory.…).
    """
    if (recipient is not None) + bool(recipients) + bool(broadcast) != 1:
        raise InputError(
            ErrorCode.INPUT_MISSING_FIELD,
            field="recipient",
            remedy="Give recipient, recipients or reach, and only one of them.",
        )
    if not broadcast:
        return (recipient,) if recipient is not None else tuple(recipients)
    receive = reach_now(broadcast, at).receive
    if not receive:
        raise InputError(ErrorCode.REACH_NOBODY, field="reach")
    return receive


def reach_now(whom: str | Sequence[str], at: datetime) -> Reach:
    """Return who of a broadcast or of named bureaus receives now, and who does not."""
    directory, own = runtime.home().directory.current(at).directory, runtime.home().bureau
    return reach_of(whom, directory, own) if isinstance(whom, str) else reach_of_list(whom, directory, own)
