"""A post hands its journal to its bureau: each search, in order, until the bureau says that it is durable."""

from typing import Final

import structlog

from comity.kernel.errors import ErrorCode, InputError, UnavailableError
from comity.ledger.positions import START, SpoolPosition
from comity.ledger.reader import SpoolReader
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.protocol.journal import MAX_SPOOL_ITEMS, SpoolAck, SpoolForward, SpoolItem

MAX_FORWARD_BYTES: Final = 4 * 1024 * 1024
"""Half of what a bureau takes at a time; quotes inside the entries grow when they become JSON text."""

_LOG = structlog.get_logger("comity.copies")


class JournalHandover:
    """Hands over what the post's spool holds. Used by one thread."""

    def __init__(self, home: NodeHome, peer: PeerClient, bureau_url: str) -> None:
        self._url = bureau_url.rstrip("/") + "/node/v1/spool"
        self._node = home.node
        self._pause_s = home.settings.worker.poll_ms / 1000
        self._reader = SpoolReader(home.spool_dir)
        self._peer = peer
        self._acknowledged: str | None = None

    def step(self) -> float:
        """Send what follows the position that the bureau last told; its word counts, not this node's."""
        if self._acknowledged is None:
            self._acknowledged = self._peer.get(f"{self._url}/position", SpoolAck).position
        items = self._read(self._acknowledged)
        if not items:
            return self._pause_s
        forward = SpoolForward(node=self._node, after=self._acknowledged, entries=items)
        self._acknowledged = None
        answer = self._peer.post(self._url, forward, SpoolAck)
        self._acknowledged = answer.position
        if answer.position != items[-1].position:
            # The bureau stands elsewhere, and has said where: go on from there.
            raise UnavailableError(ErrorCode.PEER_ANSWER, field="position")
        _LOG.info("journal:entries:handed_over", entries=len(items))
        return 0.0

    def _read(self, after: str) -> list[SpoolItem]:
        items: list[SpoolItem] = []
        size = 0
        for position, body in self._reader.read(_position(after), MAX_SPOOL_ITEMS):
            size += len(body)
            if items and size > MAX_FORWARD_BYTES:
                break
            items.append(SpoolItem(position=position.text(), body=body.decode("utf-8")))
        return items


def _position(text: str) -> SpoolPosition:
    try:
        return SpoolPosition.parse(text) if text else START
    except InputError as error:
        raise UnavailableError(ErrorCode.PEER_ANSWER, field="position") from error
