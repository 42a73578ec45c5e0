"""The messages of one thread as its reader sees them: coded fields in the reader's own language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from comity.kernel.codes import MessageForm, MessageState
from comity.office.access import Caller
from comity.office.forms.services import form_to_show
from comity.office.messages import alarm_words, standing, visibility
from comity.office.messages.alarm_words import AlarmShown
from comity.office.messages.models import Delivery, LineAlarm, Message, Thread
from comity.office.messages.threads import in_order
from comity.office.pages.words import FORMS, HIT_STATES, PURPOSES, STATES, word
from comity.office.units.models import PassedOn
from comity.protocol.forms import ShownField, shown, text_in


@dataclass(frozen=True, slots=True)
class Step:
    """One station of an own message; `at` is empty until it was reached."""

    state: str
    at: datetime | None
    receipt: bool = False


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded field: label and value in the reader's language."""

    label: str
    value: str
    note: str = ""
    plain: bool = False
    """The form as known here does not allow it: shown as it was sent, nothing made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message of a thread."""

    message: Message
    own: bool
    form_name: str
    """In the reader's language; empty for free text."""
    steps: list[Step]
    deliveries: list[Delivery]
    """Of an own message to several."""
    coded: list[Coded]
    passed: list[PassedOn] = field(default_factory=list)
    alarms: list[AlarmShown] = field(default_factory=list)
    """What stands about its delivery, by recipient."""


def letters(caller: Caller, thread: Thread) -> list[Letter]:
    """Return the messages of a thread that the caller may see, each sender's in that sender's order."""
    rows = visibility.messages_for(caller, thread.messages.order_by("id"))
    messages = in_order(list(rows.prefetch_related("receipts", "deliveries")))
    passed = PassedOn.objects.filter(thread_id=thread.thread_id).select_related("unit").order_by("at")
    if caller.actor.unit:
        passed = passed.filter(unit__code=caller.actor.unit)
    by_message: dict[str, list[PassedOn]] = {}
    for row in passed:
        by_message.setdefault(row.message_id, []).append(row)
    alarms = standing.of_messages(messages)
    return [
        _letter(message, by_message.get(message.message_id, []), alarms.get(message.pk, []))
        for message in messages
    ]


def form_name(form_id: str, definition: dict[str, Any] | None) -> str:
    """Return the name of a form in the reader's language; its id where it is not known here."""
    known = form_to_show(form_id, definition)
    return word(FORMS, form_id) if known is None else text_in(known.name, get_language() or "en")


def _letter(message: Message, passed: list[PassedOn], alarms: list[LineAlarm]) -> Letter:
    own = message.state != MessageState.RECEIVED
    receipts = {receipt.kind for receipt in message.receipts.all()}
    steps = [
        Step("queued", message.created_at),
        Step("relayed", message.relayed_at),
        Step("delivered", message.delivered_at, receipt="delivered" in receipts),
        Step("read", message.read_at, receipt="read" in receipts),
        *(
            [Step("answered", message.answered_at, receipt="answered" in receipts)]
            if message.answered_at
            else []
        ),
    ]
    deliveries = sorted(message.deliveries.all(), key=lambda row: row.recipient) if own else []
    return Letter(
        message=message,
        own=own,
        form_name=""
        if message.form == MessageForm.FREE_TEXT
        else form_name(message.form, message.form_definition),
        steps=steps if own else [],
        deliveries=deliveries if len(deliveries) > 1 else [],
        coded=coded_of(message.form, message.fields, message.form_definition),
        passed=passed,
        alarms=[alarm_words.shown(alarm) for alarm in alarms],
    )


def coded_of(form_id: str, fields: dict[str, Any], definition: dict[str, Any] | None) -> list[Coded]:
    """Return a form's coded fields in the reader's language: no translator is needed for them."""
    if form_id == MessageForm.HIT_ALARM:
        return [
            Coded(_("Asked"), _joined(fields.get("asked"))),
            Coded(_("Found"), f"{word(STATES, fields.get('strength'))} {_percent(fields.get('score'))}"),
            Coded(_("Purpose"), word(PURPOSES, fields.get("purpose"))),
        ]
    if form_id == MessageForm.HIT_ANSWER:
        return [Coded(word(FORMS, form_id), word(HIT_STATES, fields.get("state")))]
    form = form_to_show(form_id, definition)
    return [_line(line) for line in shown(form, fields, get_language() or "en")]


def _line(line: ShownField) -> Coded:
    return Coded(line.label, line.value, line.note, line.kind is None)


def _joined(items: object) -> str:
    return ", ".join(map(str, items)) if isinstance(items, Sequence) and not isinstance(items, str) else ""


def _percent(score: object) -> str:
    return f"{round(score / 10)} %" if isinstance(score, int) else ""
