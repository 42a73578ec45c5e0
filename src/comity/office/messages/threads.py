"""Threads: one exchange with one other bureau. Nobody can write into the exchange of two others."""

from datetime import datetime

from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, ThreadId
from comity.office.messages.limits import MAX_SUBJECT
from comity.office.messages.models import Message, Thread


def own_thread(bureau: BureauId, thread_id: ThreadId) -> Thread:
    """Return a thread of the own desk; raises `NotFoundError` (message.not_found)."""
    found = Thread.objects.filter(bureau=bureau, thread_id=thread_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="thread_id")
    return found


def thread_with(bureau: BureauId, peer: BureauId, thread_id: ThreadId, subject: str, at: datetime) -> Thread:
    """Return the thread with `peer` under this id, locked; it is opened when there is none.

    Raises `ConflictError` (message.thread) when the id stands for an exchange with somebody else.
    """
    thread, _ = Thread.objects.select_for_update().get_or_create(
        bureau=bureau,
        thread_id=thread_id,
        defaults={"peer": peer, "subject": subject[:MAX_SUBJECT], "opened_at": at, "last_at": at},
    )
    if thread.peer != peer:
        raise ConflictError(ErrorCode.MESSAGE_THREAD, field="thread_id")
    return thread


def touch(thread: Thread, at: datetime, *, unread: int) -> None:
    """Move a thread to the top of its desk's list; `unread` is added to its count."""
    thread.last_at = max(thread.last_at, at)
    thread.unread = max(0, thread.unread + unread)
    thread.save(update_fields=["last_at", "unread"])


def messages_in_order(thread: Thread) -> "list[Message]":
    """Return a thread's messages in the order in which this desk stored them."""
    return list(thread.messages.order_by("id"))
