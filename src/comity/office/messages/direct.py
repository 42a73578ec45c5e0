"""From node to node while the relay cannot be reached; what has no receipt by its return goes there too.

The recipient takes each envelope in once, whichever way it comes (I4).
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from comity.kernel.errors import ErrorCode, TrustError, UnavailableError
from comity.kernel.ids import SECRETARIAT, BureauId
from comity.node.peer import PeerClient, PeerRefusedError
from comity.office.messages import intake, outbox, sealing_anew
from comity.office.messages.intake import Taken
from comity.office.messages.limits import RANK
from comity.office.messages.models import Delivery
from comity.office.messages.outbox import Batch
from comity.office.runtime import home
from comity.office.scoping import acting_for
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, RelayAccepted, RelaySubmission, Verdict

DIRECT_AFTER_S: Final = 20.0
"""A relay that is restarted is back by then; a message is to be there within a minute all the same."""
_RANKS: Final = tuple(sorted(RANK.values()))


class DirectLine:
    """The worker's way past the relay."""

    def __init__(self, peer_client: PeerClient, down_for_s: Callable[[], float]) -> None:
        self._peer_client = peer_client
        self._down_for_s = down_for_s
        self._failures: dict[BureauId, int] = {}
        self._rests_until: dict[BureauId, float] = {}

    def push(self, at: datetime) -> bool:
        """Bring waiting envelopes to their recipients, the most urgent first; tell whether any left."""
        if self._down_for_s() < DIRECT_AFTER_S:
            return False
        brought = [self._push_to(recipient, at) for recipient in self._recipients()]
        return any(brought)

    def _recipients(self) -> list[BureauId]:
        waiting = Delivery.objects.filter(waiting=True, direct_at=None, item__isnull=False)
        found = waiting.order_by("rank", "recipient").values_list("recipient", flat=True).distinct()
        now = time.monotonic()
        return [
            BureauId(recipient)
            for recipient in dict.fromkeys(found)
            if recipient != SECRETARIAT and self._rests_until.get(BureauId(recipient), 0.0) <= now
        ]

    def _push_to(self, recipient: BureauId, at: datetime) -> bool:
        batch = outbox.next_batch(_RANKS, at, recipient=recipient, direct_at=None)
        if not batch.rows:
            return False
        try:
            url = home().directory.current(at).bureau_node(recipient).office_url
            submission = RelaySubmission(envelopes=batch.envelopes())
            answer = self._peer_client.post(f"{url}/node/v1/deliveries", submission, RelayAccepted)
        except (UnavailableError, PeerRefusedError, TrustError):
            # Most bureaus have no open port for others: they get their mail when the relay is back.
            self._failures[recipient] = self._failures.get(recipient, 0) + 1
            pause = outbox.retry_after_s(self._failures[recipient])
            self._rests_until[recipient] = time.monotonic() + pause
            return False
        self._failures.pop(recipient, None)
        _settle(batch, answer.verdicts, at)
        return True


def take(peer: Member, offered: Sequence[Envelope], at: datetime) -> RelayAccepted:
    """Take in envelopes that their sender brings; what the verdicts accept is durable here."""
    own = [envelope for envelope in offered if envelope.header.sender == peer.node]
    with acting_for(home().bureau):
        taken = {one.message_id: one for one in intake.take_in(own, at)}
    return RelayAccepted(
        instance=home().node,
        verdicts=[
            _verdict(envelope, taken.get(envelope.header.message_id) if envelope in own else None)
            for envelope in offered
        ],
    )


def _verdict(envelope: Envelope, taken: Taken | None) -> Verdict:
    code = ErrorCode.ENVELOPE_SENDER if taken is None else taken.refused
    accepted = taken is not None and (taken.stored or taken.again)
    return Verdict(
        message_id=envelope.header.message_id, accepted=accepted, code="" if accepted else str(code or "")
    )


def _settle(batch: Batch, verdicts: Sequence[Verdict], at: datetime) -> None:
    said = {verdict.message_id: verdict for verdict in verdicts}
    accepted = {message_id for message_id, verdict in said.items() if verdict.accepted}
    used = {key for key, verdict in said.items() if verdict.code == ErrorCode.ENVELOPE_REPLAY}
    there = [row.pk for row in batch.rows if row.item is not None and row.item.message_id in accepted]
    Delivery.objects.filter(pk__in=there).update(direct_at=at)
    anew = {
        row.item.pk
        for row in batch.rows
        if row.item is not None and row.item.message_id in used and row.attempts < outbox.MAX_SEALINGS
    }
    sealing_anew.seal_anew(anew, at)
    refused = [row for row in batch.rows if row.pk not in there]
    if refused:
        outbox.put_off(refused, str(ErrorCode.PEER_REFUSED), at)
