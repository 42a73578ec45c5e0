"""The worker's line to the relay: the outbox goes there, what waits there is taken in.

Everything here may be cut off at any point and repeated: the relay gives the same answer to the same
envelope, the intake takes each in once, and the relay erases only what is durable here (I4).
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from comity.kernel.errors import TrustError, UnavailableError
from comity.node.peer import PeerClient, PeerRefusedError
from comity.office.messages import gaps, intake, opening, outbox, outgoing
from comity.office.messages.limits import RANK
from comity.office.messages.outbox import Batch
from comity.office.messages.relay_inbox import Lane
from comity.office.messages.take_lanes import LaneKey
from comity.office.runtime import clock, home
from comity.protocol.members import SignedDirectory
from comity.protocol.messages import (
    Accepted,
    Envelope,
    LaneNumber,
    RelayAccepted,
    RelayAck,
    RelayInbox,
    RelayNumbers,
    RelaySubmission,
    TakenEnvelope,
)

_Answer = TypeVar("_Answer")

_Incoming = dict[Lane, list[LaneNumber]]
"""What the relay knows of numbers that were sent here, by the lane in which they come."""

PULL_PAGE: Final = 100
LONG_POLL_MS: Final = 10_000
"""How long the relay holds an empty answer back; a line that died is noticed within this time."""
POLL_GRACE_S: Final = 5.0
COMPARE_AFTER_S: Final = 10.0
"""A relay that was away for longer is met anew; messages go past it a little later."""
FRESH_EVERY_S: Final = 2.0
"""How often the directory is asked for on account of envelopes that it does not explain."""


class RelayLine:
    """What the worker knows of the relay. Its lanes share one."""

    def __init__(self, peer_client: PeerClient) -> None:
        self._peer_client = peer_client
        self._lock = threading.Lock()
        self._instance = ""
        self._incoming: _Incoming | None = None
        self._down_since: float | None = None
        self._asked_at = -FRESH_EVERY_S

    def down_for_s(self) -> float:
        """Return for how long the relay has not answered."""
        since = self._down_since
        return 0.0 if since is None else time.monotonic() - since

    def push(self, ranks: Sequence[int], at: datetime) -> bool:
        """Bring waiting envelopes to the relay, the most urgent first; tell whether any left.

        What the relay refuses is tried again later. Raises `UnavailableError` when it cannot be reached,
        `PeerRefusedError` when it cannot work now.
        """
        batch = outbox.next_batch(ranks, at)
        if not batch.rows:
            return False
        try:
            answer = self._submit(batch)
        except PeerRefusedError as error:
            if error.peer_retry:
                raise
            self._push_apart(batch, error, at)
            return True
        self._meet(answer.instance)
        outbox.settle(batch, answer.verdicts, clock().now())
        return True

    def pull(self, lane: Lane, at: datetime, wait_ms: int = LONG_POLL_MS) -> bool:
        """Take in what waits in one of the relay's lanes and acknowledge it; tell whether there was any.

        Waits for mail only once the relay's numbers were compared with the own: until then what is missing
        would wait as long as a line on which nothing comes.
        """
        heard = self._incoming
        if self._down_since is not None or not self._instance or heard is None or lane in heard:
            wait_ms = 0
        found = self._ask(
            lambda: self._peer_client.get(
                _relay("/inbox"),
                RelayInbox,
                params={"limit": PULL_PAGE, "wait_ms": wait_ms, "lane": lane},
                timeout_s=wait_ms / 1000 + POLL_GRACE_S,
            )
        )
        self._meet(found.instance)
        if found.envelopes:
            self._take_in(found.envelopes, at)
        elif heard is not None:
            self._look_for_missing(heard, lane, at)
        return bool(found.envelopes)

    def refresh_directory(self, at: datetime) -> bool:
        """Fetch the member directory and keep it if it is new; False, for there is never more to do at once.

        Asks on the open line to the secretariat; when that is not trusted (an expired directory, a new
        certificate) on a line of its own, where the directory proves itself.
        """
        try:
            signed = self._peer_client.get(_secretariat("/node/v1/directory"), SignedDirectory)
        except TrustError:
            signed = self._peer_client.fetch_directory()
        if not _is_known(signed):
            home().directory.accept(signed, at)
        return False

    def _submit(self, batch: Batch) -> RelayAccepted:
        submission = RelaySubmission(envelopes=batch.envelopes(), again=batch.again)
        return self._ask(lambda: self._peer_client.post(_relay(""), submission, RelayAccepted))

    def _push_apart(self, batch: Batch, error: PeerRefusedError, at: datetime) -> None:
        """Find the envelope for which the relay refused a whole submission, and put that one off."""
        apart = batch.apart()
        if len(apart) == 1:
            outbox.put_off(batch.rows, error.peer_code or str(error.code), at)
            return
        for one in apart:
            try:
                outbox.settle(one, self._submit(one).verdicts, at)
            except PeerRefusedError as refusal:
                if refusal.peer_retry:
                    raise
                outbox.put_off(one.rows, refusal.peer_code or str(refusal.code), at)

    def _take_in(self, found: Sequence[Envelope], at: datetime) -> None:
        if opening.needs_fresh_directory(found, at) and self._may_ask():
            self.refresh_directory(at)
        done = [
            TakenEnvelope(message_id=taken.message_id, sequence=taken.sequence)
            for taken in intake.take_in(found, clock().now())
        ]
        self._peer_client.post(_relay("/ack"), RelayAck(envelopes=done), Accepted)

    def _may_ask(self) -> bool:
        """Strangers' envelopes must not make this node ask for the directory all the time."""
        with self._lock:
            due = time.monotonic() - self._asked_at >= FRESH_EVERY_S
            if due:
                self._asked_at = time.monotonic()
            return due

    def _meet(self, instance: str) -> None:
        """Compare numbers with a relay that may have been put back from a backup, or this node from one."""
        with self._lock:
            if instance == self._instance:
                return
            numbers = self._ask(lambda: self._peer_client.get(_relay("/numbers"), RelayNumbers))
            own = [one for one in numbers.numbers if one.sender == home().node]
            outgoing.raise_numbers({(one.recipient, one.priority): one.sequence for one in own})
            outbox.offer_above({(one.recipient, one.priority): one.sequence for one in own}, clock().now())
            incoming = [one for one in numbers.numbers if one.recipient == home().bureau]
            self._incoming = {
                lane: [one for one in incoming if RANK[one.priority] in lane.ranks()] for lane in Lane
            }
            self._instance = numbers.instance

    def _look_for_missing(self, heard: _Incoming, lane: Lane, at: datetime) -> None:
        """Once nothing waits in a lane: what the relay had of it and is not here, is missing.

        `heard` is what it told before it was asked for the inbox; what came since may still wait there.
        """
        incoming = heard.pop(lane, [])
        if incoming:
            gaps.hear_of({LaneKey(one.priority, one.sender): one.sequence for one in incoming}, at)

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Ask the relay, and remember since when it does not answer."""
        try:
            answer = question()
        except PeerRefusedError as error:
            if error.peer_retry:
                self._down_since = self._down_since or time.monotonic()
            raise
        except UnavailableError:
            self._down_since = self._down_since or time.monotonic()
            raise
        if self.down_for_s() >= COMPARE_AFTER_S:
            # What went past it meanwhile, and whether it came back as it was, shows in the numbers.
            self._instance = ""
        self._down_since = None
        return answer


def _is_known(signed: SignedDirectory) -> bool:
    try:
        return home().directory.signed() == signed
    except TrustError:
        return False


def _relay(path: str) -> str:
    return _secretariat(f"/node/v1/relay{path}")


def _secretariat(path: str) -> str:
    return f"{home().settings.secretariat_url}{path}"
