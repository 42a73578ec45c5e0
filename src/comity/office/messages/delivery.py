"""Carrying envelopes: the outbox to the relay, the relay's mail to the intake. Steps of the worker.

Everything here may be cut off at any point and repeated: the relay gives the same answer to the same
envelope, the intake takes each in once, and the relay erases only what is durable here (I4).
"""

import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import Min

from comity.kernel.codes import MessageState, Priority
from comity.kernel.errors import TrustError
from comity.kernel.ids import BureauId, NodeId
from comity.node.peer import PeerClient, PeerRefusedError
from comity.office.messages import intake
from comity.office.messages.models import Message, OutboxItem, RelayCursor
from comity.office.runtime import clock, home
from comity.protocol.members import SignedDirectory
from comity.protocol.messages import Accepted, Envelope, RelayAccepted, RelayAck, RelayedEnvelope, RelayInbox

PUSH_BATCH: Final = 25
"""Envelopes to one recipient before the next recipient has its turn, and settled in one transaction."""
PULL_PAGE: Final = 100
LONG_POLL_MS: Final = 10_000
"""How long the relay holds an empty answer back; a line that died is noticed within this time."""
POLL_GRACE_S: Final = 5.0
FIRST_RETRY_S: Final = 1.0
LONGEST_RETRY_S: Final = 60.0
"""A refusal by the relay is rarely cured in seconds; a minute is soon enough for what is."""
_URGENCY: Final = {Priority.FLASH: 0, Priority.URGENT: 1, Priority.NORMAL: 2}


class _Queue(NamedTuple):
    """What waits for one recipient: leaves in order of its numbers, whatever the priorities within."""

    urgency: int
    head: int
    recipient: BureauId


def push_outbox(peer_client: PeerClient, at: datetime) -> bool:
    """Bring waiting envelopes to the relay, the most urgent queues first; tell whether any left.

    A refusal holds up its own queue only and is tried again later. Raises `UnavailableError` when the
    relay cannot be reached, `PeerRefusedError` when it cannot work now; what was brought is settled.
    """
    settled = [_push_queue(peer_client, queue, at) for queue in _queues()]
    return any(settled)


def pull_inbox(peer_client: PeerClient, at: datetime, wait_ms: int = LONG_POLL_MS) -> bool:
    """Take in what waits at the relay and acknowledge it; tell whether there was anything.

    Raises `ConflictError` (envelope.gap) at a missing number; what came before it is acknowledged.
    """
    bureau = home().bureau
    after = RelayCursor.objects.filter(bureau=bureau).values_list("position", flat=True).first() or 0
    found = peer_client.get(
        _relay("/inbox"),
        RelayInbox,
        params={"after": after, "limit": PULL_PAGE, "wait_ms": wait_ms},
        timeout_s=wait_ms / 1000 + POLL_GRACE_S,
    ).envelopes
    _know_senders(peer_client, found, at)
    done = after
    try:
        for item in found:
            intake.take_in(item.position, item.envelope, clock().now())
            done = item.position
    finally:
        if done > after:
            peer_client.post(_relay("/ack"), RelayAck(position=done), Accepted)
    return bool(found)


def acknowledge_again(peer_client: PeerClient) -> None:
    """Tell the relay how far the intake is, in case the last word was lost: it may erase up to there."""
    position = RelayCursor.objects.filter(bureau=home().bureau).values_list("position", flat=True).first()
    if position:
        peer_client.post(_relay("/ack"), RelayAck(position=position), Accepted)


def refresh_directory(peer_client: PeerClient, at: datetime) -> bool:
    """Fetch the member directory and keep it if it is new; False, for there is never more to do at once.

    Asks on the open line to the secretariat; when that is not trusted (an expired directory, a new
    certificate) on a line of its own, where the directory proves itself.
    """
    try:
        signed = peer_client.get(f"{home().settings.secretariat_url}/node/v1/directory", SignedDirectory)
    except TrustError:
        signed = peer_client.fetch_directory()
    if not _is_known(signed):
        home().directory.accept(signed, at)
    return False


def _is_known(signed: SignedDirectory) -> bool:
    try:
        return home().directory.signed() == signed
    except TrustError:
        return False


def _queues() -> list[_Queue]:
    """Return what waits: a queue is as urgent as the most urgent thing in it, for order is kept."""
    queues: dict[str, _Queue] = {}
    rows = OutboxItem.objects.values("recipient", "priority").annotate(head=Min("sequence"))
    for row in rows:
        urgency, head = _URGENCY[Priority(row["priority"])], row["head"]
        known = queues.get(row["recipient"], _Queue(urgency, head, BureauId(row["recipient"])))
        queues[row["recipient"]] = _Queue(min(urgency, known.urgency), min(head, known.head), known.recipient)
    return sorted(queues.values())


def _push_queue(peer_client: PeerClient, queue: _Queue, at: datetime) -> bool:
    waiting = OutboxItem.objects.filter(recipient=queue.recipient).order_by("sequence")
    items = list(waiting[:PUSH_BATCH])
    accepted: list[OutboxItem] = []
    try:
        for item in items:
            if item.next_attempt_at > at:
                break
            _push(peer_client, item)
            accepted.append(item)
    except PeerRefusedError as error:
        if error.peer_retry:
            raise
        _put_off(items[len(accepted)], error, at)
    finally:
        _settle(accepted, at)
    return bool(accepted)


def _push(peer_client: PeerClient, item: OutboxItem) -> None:
    envelope = msgspec.json.decode(item.envelope, type=Envelope)
    peer_client.post(_relay(""), envelope, RelayAccepted)


def _settle(items: list[OutboxItem], at: datetime) -> None:
    """Let go of what the relay has. A receipt may have come in meanwhile, so states only go forward."""
    if not items:
        return
    ids = [item.message_id for item in items]
    with transaction.atomic():
        OutboxItem.objects.filter(message_id__in=ids).delete()
        sent = Message.objects.filter(message_id__in=ids)
        sent.filter(state=MessageState.QUEUED).update(state=MessageState.RELAYED)
        sent.update(relayed_at=at)


def _put_off(item: OutboxItem, error: PeerRefusedError, at: datetime) -> None:
    item.attempts += 1
    item.last_error = (error.peer_code or str(error.code))[:60]
    item.next_attempt_at = at + timedelta(seconds=retry_after_s(item.attempts))
    item.save(update_fields=["attempts", "last_error", "next_attempt_at"])


def retry_after_s(attempts: int) -> float:
    """Return the pause before the next attempt: doubling to a minute, with half of it left to chance.

    Chance keeps nodes that failed together from coming back together.
    """
    whole = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(attempts - 1, 10))
    return whole * (0.5 + secrets.randbelow(500) / 1000)


def _know_senders(peer_client: PeerClient, found: list[RelayedEnvelope], at: datetime) -> None:
    """Fetch the directory before a sender that it does not list is refused: it may have joined just now."""
    directory = home().directory.current(at)
    for node in {item.envelope.header.sender for item in found}:
        try:
            directory.active(NodeId(node))
        except TrustError:
            refresh_directory(peer_client, at)
            return


def _relay(path: str) -> str:
    return f"{home().settings.secretariat_url}/node/v1/relay{path}"
