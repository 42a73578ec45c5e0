"""Deliveries that come twice or in another order: what a broken or hostile carrier does with envelopes.

It reads none of them. It takes them where their recipient would, and hands them in again at the doors by
which they come, with the identity of the node that may.
"""

import random
import threading
from collections import deque
from contextlib import suppress
from typing import Any, Final

import httpx

from comity.cli.faults.schedules import RELAY
from comity.cli.faults.world import FaultWorld

REMEMBERED: Final = 200
"""Envelopes kept for later: a replay may be much older than its schedule."""
AT_ONCE: Final = 20
TIMEOUT_S: Final = 8.0

Envelope = dict[str, Any]


class Carrier:
    """Takes envelopes of a world and delivers them again."""

    def __init__(self, world: FaultWorld) -> None:
        self._world = world
        self._kept: deque[Envelope] = deque(maxlen=REMEMBERED)
        self._keeping = threading.Lock()

    def take(self, bureau: str) -> list[Envelope]:
        """Return what waits at the relay for `bureau`, without taking it away; some older ones too."""
        with self._client(bureau, RELAY) as client, suppress(httpx.HTTPError, ValueError, KeyError):
            answer = client.get("/node/v1/relay/inbox", params={"limit": AT_ONCE, "wait_ms": 0})
            with self._keeping:
                self._kept.extend(answer.raise_for_status().json()["envelopes"])
        with self._keeping:
            return [one for one in self._kept if _recipient(one) == bureau]

    def again(self, envelopes: list[Envelope], chance: random.Random) -> int:
        """Hand envelopes in at the relay once more, each as its sender; return how many it was."""
        return sum(
            self._hand_in(one["header"]["sender"], RELAY, "/node/v1/relay", one)
            for one in _some(envelopes, chance)
        )

    def shuffled(self, bureau: str, envelopes: list[Envelope], chance: random.Random) -> int:
        """Bring envelopes to their recipient itself, in any order and some twice; return how many it was."""
        return sum(
            self._hand_in(one["header"]["sender"], bureau, "/node/v1/deliveries", one)
            for one in _some(envelopes, chance)
        )

    def _hand_in(self, sender: str, to: str, path: str, envelope: Envelope) -> bool:
        if sender == to:
            return False
        with self._client(sender, to) as client, suppress(httpx.HTTPError):
            return client.post(path, json={"envelopes": [envelope]}).is_success
        return False

    def _client(self, identity: str, to: str) -> httpx.Client:
        context = self._world.home(identity).client_tls()
        return httpx.Client(
            base_url=self._world.office_url(to), verify=context, timeout=TIMEOUT_S, trust_env=False
        )


def _some(envelopes: list[Envelope], chance: random.Random) -> list[Envelope]:
    """Return the newest and some of the older ones, shuffled, some of them twice."""
    chosen = envelopes[-AT_ONCE // 2 :]
    chosen += chance.sample(envelopes, min(len(envelopes), AT_ONCE // 4))
    chosen += chance.sample(chosen, len(chosen) // 2)
    chance.shuffle(chosen)
    return chosen


def _recipient(envelope: Envelope) -> str:
    recipient: str = envelope["stanzas"][0]["recipient"]
    return recipient
