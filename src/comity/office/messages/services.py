"""Use cases of the line: write, reply, read. Each is one transaction: check, lock, write, journal, queue.

Order of locks, here and at the intake: the peer's counter, then the hit, then thread or message.
"""

from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from comity.kernel.codes import Action, HandlingLabel, MessageForm, MessageState, Priority
from comity.kernel.errors import ErrorCode, InputError, NotFoundError
from comity.kernel.ids import BureauId, MessageId, OfficerId, ThreadId, new_id
from comity.office import access
from comity.office.access import Caller
from comity.office.messages import outgoing, receipts, threads
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT, check_fields, check_line
from comity.office.messages.models import Message, Thread
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import Payload
from comity.rules.decisions import Subject

__all__ = ["mark_read", "send_form", "send_message"]


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
    """Send a free text to another bureau; it is durable and on its way when this returns (I4).

    With `thread_id` it continues that thread and an empty subject means the thread's.
    Raises `AccessError` (access.not_found), `InputError` (message.empty, message.recipient,
    input.too_long, input.wrong_type), `NotFoundError` (message.not_found) for a thread or a message
    replied to that is not there, `ConflictError` (message.thread) for a thread with another bureau.
    """
    sent = Subject(owner=caller.bureau, recipients=frozenset({recipient}), label=label)
    access.require(caller, Action.MESSAGE_SEND, sent, at)
    _check_text(subject, text, is_reply=thread_id is not None)
    member = outgoing.recipient_member(recipient, at)
    with transaction.atomic():
        if thread_id is not None:
            thread = threads.own_thread(caller.bureau, thread_id)
            subject = subject.strip() or thread.subject
        payload = Payload(
            form=MessageForm.FREE_TEXT,
            thread_id=thread_id or ThreadId(new_id(at)),
            in_reply_to=in_reply_to,
            label=label,
            subject=subject.strip(),
            text=text,
        )
        return _send(member, payload, priority, at, author=caller.officer)


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

    Raises `InputError` (message.recipient), `TrustError` (directory.…), `ConflictError` (message.thread).
    """
    if bureau != home().bureau:
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="bureau")
    check_line(subject, "subject", MAX_SUBJECT)
    check_line(text, "text", MAX_TEXT)
    check_fields(fields)
    payload = Payload(form=form, thread_id=thread_id, label=label, subject=subject, text=text, fields=fields)
    return _send(outgoing.recipient_member(recipient, at), payload, priority, at, author="")


def mark_read(caller: Caller, message_id: MessageId, at: datetime) -> Message:
    """Note that a received message was read and confirm it to its sender, once; own ones stay as they are.

    Raises `NotFoundError` (message.not_found), `AccessError` (access.not_found).
    """
    message = _found(message_id)
    access.require(caller, Action.MESSAGE_VIEW, subject_of(message), at)
    with transaction.atomic():
        if message.recipient == caller.bureau:
            outgoing.lock_counter(caller.bureau, BureauId(message.sender))
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.recipient == caller.bureau and message.read_at is None:
            message.read_at = at
            message.save(update_fields=["read_at"])
            thread = Thread.objects.select_for_update().get(pk=message.thread_id)
            thread.unread = max(0, thread.unread - 1)
            thread.save(update_fields=["unread"])
            receipts.queue_read_receipt(message, at)
    return message


def subject_of(message: Message) -> Subject:
    """Return what `rules.decide` is told about a message."""
    return Subject(
        owner=BureauId(message.sender),
        recipients=frozenset({BureauId(message.recipient)}),
        label=HandlingLabel(message.label),
    )


def _found(message_id: MessageId) -> Message:
    found = Message.objects.filter(message_id=message_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    return found


def _check_text(subject: str, text: str, *, is_reply: bool) -> None:
    if not text.strip() or not (subject.strip() or is_reply):
        raise InputError(ErrorCode.MESSAGE_EMPTY, field="text" if not text.strip() else "subject")
    check_line(subject, "subject", MAX_SUBJECT)
    check_line(text, "text", MAX_TEXT)


def _send(
    recipient: Member, payload: Payload, priority: Priority, at: datetime, *, author: OfficerId | str
) -> Message:
    bureau = home().bureau
    outgoing.lock_counter(bureau, recipient.bureau)
    thread = threads.thread_with(bureau, recipient.bureau, payload.thread_id, payload.subject, at)
    if payload.in_reply_to is not None and not _is_in(thread, payload.in_reply_to):
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="in_reply_to")
    message_id = MessageId(new_id(at))
    queued = outgoing.queue(message_id, recipient, payload, priority, at)
    threads.touch(thread, at, unread=0)
    return Message.objects.create(
        message_id=message_id,
        thread=thread,
        bureau=bureau,
        sender=bureau,
        recipient=recipient.bureau,
        sequence=queued.sequence,
        form=payload.form,
        priority=priority,
        label=payload.label,
        subject=payload.subject,
        text=payload.text,
        fields=msgspec.to_builtins(payload.fields),
        in_reply_to=payload.in_reply_to or "",
        author=author,
        state=MessageState.QUEUED,
        envelope_digest=queued.digest,
        created_at=at,
        stored_at=at,
    )


def _is_in(thread: Thread, message_id: MessageId) -> bool:
    return thread.messages.filter(message_id=message_id).exists()
