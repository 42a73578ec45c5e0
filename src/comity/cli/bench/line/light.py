"""Light members: keys and a small client that pulls, verifies, opens, acknowledges and receipts."""

import threading
import time
from collections.abc import Sequence
from typing import Final, Self

import msgspec

from comity.kernel.clock import SystemClock
from comity.kernel.codes import MessageForm, Priority, ReceiptKind
from comity.kernel.errors import ComityError
from comity.kernel.ids import FormId, MessageId, ThreadId, new_id
from comity.node import envelopes
from comity.node.envelopes import Addressee
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.protocol.messages import (
    Accepted,
    Envelope,
    Letter,
    Payload,
    ReceiptSheet,
    RelayAccepted,
    RelayAck,
    RelayInbox,
    RelaySubmission,
    SealedHeader,
    TakenEnvelope,
)

WAIT_MS: Final = 5_000
REST_AFTER_FAULT_S: Final = 0.5


class LightMember:
    """One member with a thread that waits for its mail."""

    def __init__(self, home: NodeHome, stop: threading.Event) -> None:
        self.seen: dict[str, float] = {}
        """Instant (`time.perf_counter`) at which a message was verified and opened, by id."""
        self._home = home
        self._stop = stop
        self._sent = 0
        self._relay = f"{home.settings.secretariat_url}/node/v1/relay"
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with PeerClient(self._home) as peer:
            while not self._stop.is_set():
                try:
                    self._pull(peer)
                except ComityError:
                    self._stop.wait(REST_AFTER_FAULT_S)

    def _pull(self, peer: PeerClient) -> None:
        params: dict[str, str | int] = {"limit": 100, "wait_ms": WAIT_MS}
        found = peer.get(f"{self._relay}/inbox", RelayInbox, params=params, timeout_s=20.0).envelopes
        if found:
            for envelope in found:
                self._take(envelope)
            taken = [
                TakenEnvelope(message_id=one.header.message_id, sequence=one.stanzas[0].sequence)
                for one in found
            ]
            peer.post(f"{self._relay}/ack", RelayAck(envelopes=taken), Accepted)
            sheet = RelaySubmission(envelopes=[self._receipts(found)])
            peer.post(self._relay, sheet, RelayAccepted)

    def _take(self, envelope: Envelope) -> None:
        at, home = SystemClock().now(), self._home
        envelopes.verify(envelope, home.directory.current(at), at, recipient=home.bureau)
        envelopes.open_envelope(envelope, home.sealing)
        self.seen.setdefault(envelope.header.message_id, time.perf_counter())

    def _receipts(self, found: Sequence[Envelope]) -> Envelope:
        at, home = SystemClock().now(), self._home
        receipts = [
            envelopes.make_receipt(
                ReceiptKind.DELIVERED,
                envelope.header.message_id,
                envelopes.digest(envelope, home.bureau),
                home.bureau,
                at,
                home.signing,
            )
            for envelope in found
        ]
        self._sent += 1
        sender = home.directory.current(at).active(found[0].header.sender)
        letter = Letter(
            header=SealedHeader(thread_id=ThreadId(new_id(at)), form=FormId(MessageForm.RECEIPT)),
            payload=Payload(fields=msgspec.to_builtins(ReceiptSheet(receipts=receipts))),
        )
        return envelopes.seal(
            letter,
            message_id=MessageId(new_id(at)),
            sender=home.node,
            priority=Priority.NORMAL,
            created_at=at,
            expires_at=at + envelopes.MAX_LIFE,
            addressees=[Addressee(sender, self._sent)],
            signing=home.signing,
        )


class LightMembers:
    """All of them, waiting for mail while the block runs."""

    def __init__(self, homes: Sequence[NodeHome]) -> None:
        self._stop = threading.Event()
        self.members = [LightMember(home, self._stop) for home in homes]
        self.bureaus = [home.bureau for home in homes]

    def __enter__(self) -> Self:
        for member in self.members:
            member.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def reached(self, message_id: str) -> list[float]:
        """Return when the members that have a message had it."""
        return [member.seen[message_id] for member in self.members if message_id in member.seen]
