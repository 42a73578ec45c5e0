"""Threads: one exchange between the bureaus that take part in it. Nobody else can write into it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comity.kernel.errors import ConflictError, ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, ThreadId
from comity.office.messages.limits import MAX_SUBJECT
from comity.office.messages.models import Message, Thread

_CHANGED: Final = ["peer", "parties", "last_at", "unread", "last_order"]


@dataclass(frozen=True, slots=True)
class Opening:
    """A thread as it is opened when there is none under its id."""

    thread_id: ThreadId
    parties: frozenset[BureauId]
    subject: str


def own_thread(bureau: BureauId, thread_id: ThreadId) -> Thread:
    """Return a thread of the own desk; raises `NotFoundError` (message.not_found)."""
    found = Thread.objects.filter(bureau=bureau, thread_id=thread_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND, field="thread_id")
    return found


def lock_all(bureau: BureauId, openings: Iterable[Opening], at: datetime) -> dict[ThreadId, Thread]:
    """Return the threads by id, locked, and new ones for those that are not there; `save_all` stores these.

    Locks are taken in the order of the rows, so that two who need the same threads never wait for
    each other in a circle.
    """
    first: dict[ThreadId, Opening] = {}
    for opening in openings:
        first.setdefault(opening.thread_id, opening)
    locked = Thread.objects.select_for_update().filter(bureau=bureau, thread_id__in=list(first))
    known = {ThreadId(thread.thread_id): thread for thread in locked.order_by("pk")}
    return {key: known.get(key) or _opened(bureau, opening, at) for key, opening in first.items()}


def check_party(thread: Thread, others: Iterable[BureauId]) -> None:
    """Raise `ConflictError` (message.thread) unless all of `others` take part in the thread."""
    if not set(others) <= set(thread.parties):
        raise ConflictError(ErrorCode.MESSAGE_THREAD, field="thread_id")


def introduce(thread: Thread, others: Iterable[BureauId]) -> None:
    """Add bureaus that a party has shown as recipients: they may write here from now on."""
    parties = sorted({*thread.parties, *others} - {thread.bureau})
    thread.parties, thread.peer = parties, _sole(parties)


def save_all(threads: Iterable[Thread]) -> None:
    """Write what messages change in threads: who takes part, counts, and the instant of the last one."""
    new = [thread for thread in threads if thread.pk is None]
    known = [thread for thread in threads if thread.pk is not None]
    Thread.objects.bulk_create(new)
    if len(known) == 1:
        known[0].save(update_fields=_CHANGED)
    elif known:
        Thread.objects.bulk_update(known, _CHANGED)


def in_order(messages: Sequence[Message]) -> list[Message]:
    """Return messages of one thread, each sender's in that sender's order.

    A message that overtook an earlier one in a faster lane keeps the place at which it was stored; what
    its sender wrote before it moves up to just before it. Messages of order 0 stay where they are.
    """
    latest: dict[str, list[Message]] = {}
    for message in sorted(messages, key=lambda one: one.order):
        if message.order:
            latest.setdefault(message.sender, []).append(message)
    shown: list[Message] = []
    for message in messages:
        if not message.order:
            shown.append(message)
            continue
        queue = latest[message.sender]
        while queue and queue[0].order <= message.order:
            shown.append(queue.pop(0))
    return shown


def messages_in_order(thread: Thread) -> list[Message]:
    """Return a thread's messages in the order in which its desk reads them."""
    return in_order(list(thread.messages.order_by("id")))


def _opened(bureau: BureauId, opening: Opening, at: datetime) -> Thread:
    parties = sorted(opening.parties - {bureau})
    return Thread(
        bureau=bureau,
        thread_id=opening.thread_id,
        peer=_sole(parties),
        parties=parties,
        subject=opening.subject[:MAX_SUBJECT],
        opened_at=at,
        last_at=at,
    )


def _sole(parties: Sequence[str]) -> str:
    return parties[0] if len(parties) == 1 else ""
