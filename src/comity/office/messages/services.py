"""Use cases of the line: write, reply, read. Each is one transaction: check, lock, write, journal, queue.

Order of locks, here and at the intake: hits, then threads by row, then messages, and last the lanes
that give numbers (`outgoing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from comity.kernel.codes import Action, HandlingLabel, MessageForm, MessageState, Priority, ReceiptKind
from comity.kernel.errors import AccessError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import NO_UNIT, BureauId, FormId, MessageId, ThreadId, UnitId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.attachments.services import send_with
from comity.office.cases import seen
from comity.office.clocks import services as clocks
from comity.office.messages import outgoing, receipts, threads, visibility
from comity.office.messages.limits import ENVELOPE_LIFE, MAX_SUBJECT, MAX_TEXT, check_fields, check_line
from comity.office.messages.models import Message, Thread
from comity.office.messages.outgoing import Parcel, Sealed
from comity.office.messages.threads import Opening
from comity.office.recalls.marking import mark_corrected
from comity.office.releases.demand import grounds_of
from comity.office.runtime import home
from comity.office.supervision.journal import Event, record_events
from comity.protocol.members import Member
from comity.protocol.messages import AttachmentRef, Letter, Payload, SealedHeader
from comity.rules.decisions import Subject

__all__ = ["Draft", "mark_read", "send_all", "send_form", "send_message", "subject_of"]


_FREE_TEXT: Final = FormId(MessageForm.FREE_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is sent. With `thread_id` it continues that thread."""

    recipients: tuple[BureauId, ...]
    subject: str = ""
    """Empty in a thread means the thread's."""
    text: str = ""
    form: FormId = _FREE_TEXT
    fields: dict[str, Any] = field(default_factory=dict)
    form_definition: dict[str, Any] | None = None
    priority: Priority = Priority.NORMAL
    label: HandlingLabel = HandlingLabel.OFFICIAL
    thread_id: ThreadId | None = None
    in_reply_to: MessageId | None = None
    show_recipients: bool = False
    """Whether the recipients are told of one another."""
    unit: UnitId = NO_UNIT
    attachments: tuple[str, ...] = ()
    """Ids of files that the author has attached (`attachments.services`)."""
    opens: ThreadId | None = None
    """The id of the thread that is opened, when the caller must know it before."""
    released_as: MessageId | None = None
    """The id under which a second person released it (`releases`); the database holds it to that release."""


@dataclass(slots=True)
class _Writing:
    """A draft on its way to becoming a message."""

    draft: Draft
    members: tuple[Member, ...]
    thread_id: ThreadId
    author: str
    subject: str
    message_id: MessageId
    letter: Letter | None = None
    thread: Thread | None = None
    order: int = 0
    attachments: list[AttachmentRef] = field(default_factory=list)


def send_all(caller: Caller, drafts: Sequence[Draft], at: datetime) -> list[Message]:
    """Send messages on a person's authority, all or none; durable and on their way when this returns (I4).

    Raises `AccessError` (access.not_found), `InputError` (message.empty, message.recipient,
    input.too_long, input.wrong_type), `NotFoundError` (message.not_found) for a thread or a message
    replied to that is not there, `ConflictError` (message.thread) for a thread without a recipient,
    `AccessError` (release.needed) for what a second person must release: see `releases.services.hand_in`.
    """
    drafts, events = permitted(caller, drafts, at)
    writings = [_begin(draft, caller.officer, at) for draft in drafts]
    with transaction.atomic():
        record_events(events)
        return _send(writings, at)


def permitted(caller: Caller, drafts: Sequence[Draft], at: datetime) -> tuple[list[Draft], list[Event]]:
    """Return drafts as the caller may write them, and what the journal says of that; raises as `send_all`."""
    drafts = [replace(draft, unit=caller.actor.unit) for draft in drafts]
    events = access.require_all(caller, Action.MESSAGE_SEND, [_subject(caller, one) for one in drafts], at)
    for draft in drafts:
        check_draft(draft)
        visibility.require_visible(caller, draft.thread_id, draft.in_reply_to)
    return drafts, events


def rehearse(draft: Draft, author: str, at: datetime) -> str:
    """Return the subject that a draft would have if it were sent now; raises as `send_all` if it cannot."""
    one = _begin(draft, author, at)
    if draft.thread_id is not None:
        thread = threads.own_thread(home().bureau, draft.thread_id)
        one.subject = one.subject or thread.subject
        _check_place(one, thread)
    return one.subject


def send_message(  # noqa: PLR0913, PLR0917 - the parts of a message
    caller: Caller,
    recipient: BureauId,
    subject: str,
    text: str,
    priority: Priority,
    label: HandlingLabel,
    at: datetime,
    thread_id: ThreadId | None = None,
    in_reply_to: MessageId | None = None,
) -> Message:
    """Send a free text to one other bureau; as `send_all`."""
    draft = Draft(
        recipients=(recipient,),
        subject=subject,
        text=text,
        priority=priority,
        label=label,
        thread_id=thread_id,
        in_reply_to=in_reply_to,
    )
    return send_all(caller, [draft], at)[0]


def send_form(  # noqa: PLR0913, PLR0917 - the parts of a form
    bureau: BureauId,
    recipient: BureauId,
    form: MessageForm,
    fields: dict[str, Any],
    subject: str,
    text: str,
    thread_id: ThreadId,
    at: datetime,
    priority: Priority = Priority.URGENT,
    label: HandlingLabel = HandlingLabel.RESTRICTED,
) -> Message:
    """Send a coded form in the caller's transaction and on the caller's authority.

    The thread is opened when there is none. Raises `InputError` (message.recipient), `TrustError`
    (directory.…), `ConflictError` (message.thread).
    """
    if bureau != home().bureau:
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="bureau")
    draft = Draft(
        recipients=(recipient,),
        subject=subject,
        text=text,
        form=FormId(form),
        fields=fields,
        priority=priority,
        label=label,
        opens=thread_id,
    )
    _check_lengths(draft)
    return send_drafts([draft], at)[0]


def send_drafts(drafts: Sequence[Draft], at: datetime, author: str = "") -> list[Message]:
    """Send checked drafts in the caller's transaction and on the caller's authority; raises as `send_all`."""
    return _send([_begin(draft, author, at) for draft in drafts], at)


def check_draft(draft: Draft) -> None:
    """Raise `InputError` (message.empty, input.too_long, input.wrong_type) unless a draft can be sent."""
    if draft.form == _FREE_TEXT:
        if not draft.text.strip():
            raise InputError(ErrorCode.MESSAGE_EMPTY, field="text")
        if not draft.subject.strip() and draft.thread_id is None:
            raise InputError(ErrorCode.MESSAGE_EMPTY, field="subject")
    _check_lengths(draft)


def mark_read(caller: Caller, message_id: MessageId, at: datetime) -> Message:
    """Note that a received message was read and confirm it to its sender, once; own ones stay as they are.

    Raises `NotFoundError` (message.not_found), `AccessError` (access.not_found).
    """
    message = _found(message_id)
    access.require(caller, Action.MESSAGE_VIEW, subject_of(message, caller.actor.unit), at)
    if caller.actor.unit:
        visibility.note_unit_reading(caller, [message], at)
        return message
    with transaction.atomic():
        thread = Thread.objects.select_for_update().get(pk=message.thread_id)
        message = Message.objects.select_for_update(of=("self",)).select_related("thread").get(pk=message.pk)
        if message.state == MessageState.RECEIVED and message.read_at is None:
            message.read_at = at
            message.save(update_fields=["read_at"])
            thread.unread = max(0, thread.unread - 1)
            thread.save(update_fields=["unread"])
            receipts.queue_receipts(ReceiptKind.READ, [message], at)
    return message


def subject_of(message: Message, unit: UnitId = NO_UNIT) -> Subject:
    """Return what `rules.decide` is told about a message; its units only where one asks."""
    return Subject(
        owner=BureauId(message.sender),
        recipients=frozenset(map(BureauId, filter(None, [*message.recipients, message.recipient]))),
        units=visibility.units_of_message(message) if unit else frozenset(),
        label=HandlingLabel(message.label),
    )


def _subject(caller: Caller, draft: Draft) -> Subject:
    return Subject(owner=caller.bureau, recipients=frozenset(draft.recipients), label=draft.label)


def _found(message_id: MessageId) -> Message:
    found = Message.objects.filter(message_id=message_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    return found


def _check_lengths(draft: Draft) -> None:
    check_line(draft.subject, "subject", MAX_SUBJECT)
    check_line(draft.text, "text", MAX_TEXT)
    check_fields(draft.fields)


def _begin(draft: Draft, author: str, at: datetime) -> _Writing:
    if not draft.recipients or len(set(draft.recipients)) != len(draft.recipients):
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="recipients")
    return _Writing(
        draft=draft,
        members=tuple(outgoing.recipient_member(each, at) for each in sorted(draft.recipients)),
        thread_id=draft.thread_id or draft.opens or ThreadId(new_id(at)),
        author=author,
        subject=draft.subject.strip(),
        message_id=draft.released_as or MessageId(new_id(at)),
    )


def _check_released(draft: Draft, at: datetime) -> None:
    """I9: whatever door it comes through, what needs a second person does not leave without."""
    if draft.released_as is None and grounds_of(
        draft.form, draft.label, draft.priority, draft.recipients, at
    ):
        raise AccessError(ErrorCode.RELEASE_NEEDED)


def _send(writings: Sequence[_Writing], at: datetime) -> list[Message]:
    bureau = home().bureau
    for one in writings:
        _check_released(one.draft, at)
    for one in writings:
        if one.draft.thread_id is not None:
            known = threads.own_thread(bureau, one.thread_id)
            one.subject = one.subject or known.subject
    openings = [Opening(one.thread_id, frozenset(one.draft.recipients), one.subject) for one in writings]
    opened = threads.lock_all(bureau, openings, at)
    for one in writings:
        _place(one, opened[one.thread_id], at)
        _attach(one, at)
    threads.save_all(list(opened.values()))
    answered = _answered(writings, at)
    sealed = outgoing.seal_all([_parcel(one) for one in writings], at)
    messages = Message.objects.bulk_create(
        _message(one, each, at) for one, each in zip(writings, sealed, strict=True)
    )
    outgoing.store_all(sealed, at, {MessageId(each.message_id): each for each in messages})
    receipts.queue_receipts(ReceiptKind.ANSWERED, answered, at)
    mark_corrected(messages, at)
    clocks.note(messages, at)
    seen.note_messages(messages)
    return messages


def _place(one: _Writing, thread: Thread, at: datetime) -> None:
    """Give a message its place in its thread."""
    _check_place(one, thread)
    thread.last_order = max(thread.last_order, home().life(at)) + 1
    thread.last_at = max(thread.last_at, at)
    one.thread, one.order = thread, thread.last_order


def _check_place(one: _Writing, thread: Thread) -> None:
    threads.check_party(thread, one.draft.recipients)
    replied = one.draft.in_reply_to
    known = thread.pk is not None
    if replied is not None and not (known and thread.messages.filter(message_id=replied).exists()):
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="in_reply_to")


def _attach(one: _Writing, at: datetime) -> None:
    """Make the author's files part of a message; they are on their way with it."""
    draft = one.draft
    if draft.attachments:
        one.attachments = send_with(
            one.author, draft.attachments, one.message_id, draft.recipients, at + ENVELOPE_LIFE, at
        )


def _answered(writings: Sequence[_Writing], at: datetime) -> list[Message]:
    """Return the received messages that are answered to their senders for the first time, noted as such."""
    asked = {one.draft.in_reply_to: one.draft.recipients for one in writings if one.draft.in_reply_to}
    if not asked:
        return []
    received = Message.objects.select_for_update().filter(
        message_id__in=list(asked), state=MessageState.RECEIVED, answered_at=None
    )
    found = [
        message
        for message in received.order_by("pk")
        if message.sender in asked[MessageId(message.message_id)]
    ]
    Message.objects.filter(pk__in=[message.pk for message in found]).update(answered_at=at)
    return found


def _parcel(one: _Writing) -> Parcel:
    draft = one.draft
    sealed = SealedHeader(
        thread_id=one.thread_id,
        form=draft.form,
        label=draft.label,
        order=one.order,
        unit=draft.unit,
        in_reply_to=draft.in_reply_to,
        recipients=sorted(draft.recipients) if draft.show_recipients else None,
    )
    payload = Payload(
        subject=one.subject,
        text=draft.text,
        fields=draft.fields,
        form_definition=draft.form_definition,
        attachments=one.attachments,
    )
    return Parcel(one.message_id, Letter(header=sealed, payload=payload), one.members, draft.priority)


def _message(one: _Writing, sealed: Sealed, at: datetime) -> Message:
    draft, bureau = one.draft, home().bureau
    sole = draft.recipients[0] if len(draft.recipients) == 1 else None
    return Message(
        message_id=one.message_id,
        thread=one.thread,
        bureau=bureau,
        sender=bureau,
        unit=draft.unit,
        recipient=sole or "",
        recipients=sorted(draft.recipients),
        shows_recipients=draft.show_recipients,
        sequence=sealed.sequences[sole] if sole else 0,
        order=one.order,
        form=draft.form,
        form_definition=draft.form_definition,
        priority=draft.priority,
        label=draft.label,
        subject=one.subject,
        text=draft.text,
        fields=msgspec.to_builtins(draft.fields),
        attachments=msgspec.to_builtins(one.attachments),
        in_reply_to=draft.in_reply_to or "",
        author=one.author,
        state=MessageState.QUEUED,
        envelope_digest=sealed.digests[sole] if sole else "",
        created_at=at,
        stored_at=at,
    )
