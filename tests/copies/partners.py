"""The other side of the follower, as small as can be: a secretariat with a feed, a bureau that takes a journal."""

import threading
import time
from urllib.parse import parse_qs, urlsplit

import msgspec

from comity.crypto.signing import SigningContext
from comity.kernel.clock import SystemClock, to_wire
from comity.node.member_keys import keys_of
from comity.protocol.feed import CopyReceipt, FeedPage, SignedCopyReceipt
from comity.protocol.journal import SpoolAck, SpoolForward
from tests.index.feeding import Feed
from tests.node.doors import Door
from tests.node.networks import publish

DOWN = (503, b'{"error": {"code": "node.not_ready", "retry": true}}')


class Secretariat:
    """Serves feed, directory and receipts of a network at a door of its own."""

    def __init__(self, network):
        self.network, self.home = network, network.homes["SEC"]
        self.feed, self.entries, self.receipts = Feed(), [], []
        self.page_entries = 1000
        self.refuse_receipts = False
        self.as_of = None
        self.lock = threading.Lock()
        self.signed = network.signed
        self.door = Door(self.home.server_tls("required"))
        self.door.answers |= {
            "/node/v1/feed": self._feed,
            "/node/v1/directory": lambda _: (200, msgspec.json.encode(self.signed)),
            "/node/v1/copy-receipts": self._receipt,
        }

    @property
    def url(self):
        return self.door.url

    def put(self, body):
        with self.lock:
            self.entries.append(self.feed.put(body))
        return body.record_id

    def withdraw(self, record_id):
        with self.lock:
            self.entries.append(self.feed.withdraw(record_id))

    def publish(self, members, version):
        self.signed = publish(self.home, members, SystemClock().now(), version)

    def close(self):
        self.door.shutdown()
        self.door.server_close()

    def confirmed(self):
        """Record ids that valid receipts confirm."""
        return [record_id for receipt in self.receipts for record_id in receipt.withdrawn]

    def _feed(self, asked):
        query = parse_qs(urlsplit(asked.path).query)
        after, limit = int(query["after"][0]), min(int(query["limit"][0]), self.page_entries)
        until = time.monotonic() + min(int(query["wait_ms"][0]), 100) / 1000
        while after >= len(self.entries) and time.monotonic() < until:
            time.sleep(0.01)
        with self.lock:
            page = FeedPage(
                entries=self.entries[after : after + limit],
                head_sequence=len(self.entries),
                as_of=self.as_of or to_wire(SystemClock().now()),
            )
        return 200, msgspec.json.encode(page)

    def _receipt(self, asked):
        if self.refuse_receipts:
            return DOWN
        signed = msgspec.json.decode(asked.body, type=SignedCopyReceipt)
        receipt = msgspec.json.decode(signed.body, type=CopyReceipt)
        member = self.home.directory.last().by_node(receipt.copy)
        keys_of(member.keys).verify(SigningContext.COPY_RECEIPT, signed.body.encode(), signed.signature)
        assert self.entries[receipt.sequence - 1].chain == receipt.chain if receipt.sequence else True
        self.receipts.append(receipt)
        return 200, b'{"accepted": true}'


class Bureau:
    """Takes a post's journal: entries that follow what it has, else it says where it stands."""

    def __init__(self, home):
        self.position, self.bodies = "", []
        self.door = Door(home.server_tls("required"))
        self.door.answers |= {
            "/node/v1/spool": self._take,
            "/node/v1/spool/position": lambda _: self._answer(),
        }

    def close(self):
        self.door.shutdown()
        self.door.server_close()

    def _take(self, asked):
        forward = msgspec.json.decode(asked.body, type=SpoolForward)
        if forward.after == self.position and forward.entries:
            self.bodies += [item.body for item in forward.entries]
            self.position = forward.entries[-1].position
        return self._answer()

    def _answer(self):
        return 200, msgspec.json.encode(SpoolAck(position=self.position))


def wait_until(condition, seconds=20.0):
    """Wait for what another thread or process brings about; tell whether it came."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
