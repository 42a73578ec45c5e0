"""`comity test blind`: what the relay keeps of messages that it carries, looked through byte by byte.

Every message holds the same canary. While nobody fetches, and again when all is delivered, everything of
the relay is searched for it: files, rows, write-ahead logs, journal, logs. The same search must find it
at sender and recipient, or it would prove nothing.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec

from comity.cli.bench.display import Display
from comity.cli.demo.canary import files_with, tables_with
from comity.cli.faults.desks import DELIVERED, Desk, states
from comity.cli.faults.replays import Carrier, Envelope
from comity.cli.faults.schedules import BUREAUS, RELAY
from comity.cli.faults.stored import stored_fields
from comity.cli.faults.waiting import until
from comity.cli.faults.world import FaultWorld
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.node.home import NodeHome

PREFIX: Final = "comity-blind-"
SENDER: Final = BUREAUS[0]
RECIPIENT: Final = BUREAUS[1]
WRITERS: Final = 4
"""Messages written side by side: a desk on two cores takes no more."""
DELIVERED_WITHIN_S: Final = 120.0
"""Without any message arriving; a long queue takes longer as a whole."""


class BlindReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; blind when the canary is nowhere at the relay and where it must be."""

    databases: list[str]
    messages: int
    delivered: int
    searched_files: int
    searched_bytes: int
    found_at_relay: list[str]
    """Files and tables of the relay that hold the canary or a thread's id, in any encoding."""
    found_at_sender: bool
    found_at_recipient: bool
    seen: dict[str, list[str]]
    """Fields of an envelope that pass the relay in the open: of the envelope, its header, its stanzas."""
    stored: list[str]
    """Fields that the relay stores: columns of its tables, and the keys of the JSON in them."""
    seconds: float

    @property
    def blind(self) -> bool:
        """Whether nothing was found, by a search that finds."""
        whole = self.delivered == self.messages
        return whole and not self.found_at_relay and self.found_at_sender and self.found_at_recipient


class _Tally:
    """Collects what all databases showed."""

    def __init__(self) -> None:
        self.delivered = self.files = self.bytes = 0
        self.at_relay: set[str] = set()
        self.at_sender = self.at_recipient = True
        self.seen: dict[str, set[str]] = {"envelope": set(), "header": set(), "stanza": set()}
        self.stored: set[str] = set()

    def see(self, envelopes: list[Envelope]) -> None:
        for envelope in envelopes:
            self.seen["envelope"] |= envelope.keys()
            self.seen["header"] |= envelope["header"].keys()
            for stanza in envelope["stanzas"]:
                self.seen["stanza"] |= stanza.keys()


def run(count: int, databases: tuple[str, ...], parent: Path | None, display: Display) -> BlindReport:
    """Send `count` messages on each database's share and look for them.

    Raises `NoPostgresError`, and `UnavailableError` when messages do not arrive.
    """
    begun, tally = time.perf_counter(), _Tally()
    shares = [count // len(databases) + (number < count % len(databases)) for number in range(len(databases))]
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent) as folder:
        Path(folder).chmod(0o711)
        for database, share in zip(databases, shares, strict=True):
            world = FaultWorld.build(Path(folder) / database, database, with_disks=False)
            try:
                _Trial(world, f"{database}: ", share, tally).run(display)
            finally:
                world.close()
    return BlindReport(
        databases=list(databases),
        messages=count,
        delivered=tally.delivered,
        searched_files=tally.files,
        searched_bytes=tally.bytes,
        found_at_relay=sorted(tally.at_relay),
        found_at_sender=tally.at_sender,
        found_at_recipient=tally.at_recipient,
        seen={part: sorted(fields) for part, fields in tally.seen.items()},
        stored=sorted(tally.stored),
        seconds=round(time.perf_counter() - begun, 1),
    )


class _Trial:
    """The messages of one world."""

    def __init__(self, world: FaultWorld, title: str, count: int, tally: _Tally) -> None:
        self._world = world
        self._title = title
        self._count = count
        self._tally = tally
        self._canary = f"canary-{secrets.token_hex(8)}"
        self._threads: set[str] = set()
        self._desks = {
            node: Desk(node, world.office_url(node), world.home(node), world.grants[node]) for node in BUREAUS
        }

    def run(self, display: Display) -> None:
        """Send half while nobody fetches, look; send the rest, let all arrive, look again."""
        line = self._world.lines[RECIPIENT][0]
        self._world.switchboard.reset(line)
        with display.step(f"{self._title}messages that wait at the relay", self._count // 2) as advance:
            self._send(range(self._count // 2), advance)
            self._wait_relayed()
        self._tally.see(Carrier(self._world).take(RECIPIENT))
        self._tally.stored |= set(stored_fields(self._world.home(RELAY)))
        self._search(display)
        self._world.switchboard.mend(line)
        with display.step(f"{self._title}messages that pass through", self._count) as advance:
            self._send(range(self._count // 2, self._count), advance)
            self._wait_delivered()
        self._search(display)
        self._control(display)
        for desk in self._desks.values():
            desk.close()

    def _send(self, numbers: range, advance: Callable[[int], None]) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            for done, _ in enumerate(pool.map(self._send_one, numbers), numbers.start + 1):
                advance(done)

    def _send_one(self, number: int) -> None:
        draft = self._draft(number)
        answer = self._desks[SENDER].send(draft)
        if answer is None:
            raise UnavailableError(ErrorCode.NOT_READY, field=f"{SENDER}.office")
        self._threads.add(answer[1])

    def _draft(self, number: int) -> dict[str, Any]:
        return {
            "recipient": RECIPIENT,
            "subject": f"{self._canary} {number}",
            # Every offset in base64 comes up, and lines long enough to be broken somewhere.
            "text": f"{'x' * (number % 7)}{self._canary} " * 20,
            "label": "confidential",
        }

    def _wait_relayed(self) -> None:
        self._wait(lambda header: states(header) <= DELIVERED | {"relayed"})

    def _wait_delivered(self) -> None:
        self._wait(lambda header: states(header) <= DELIVERED)
        self._tally.delivered += sum(states(one) <= DELIVERED for one in self._desks[SENDER].headers())

    def _wait(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Return when it holds for all own messages; give up when nothing moves any more."""
        left = -1
        while True:
            before = left

            def moved(before: int = before) -> bool:
                nonlocal left
                left = sum(not holds(header) for header in self._desks[SENDER].headers())
                return left == 0 or left != before

            if not until(moved, DELIVERED_WITHIN_S):
                raise UnavailableError(ErrorCode.NOT_READY, field=f"{left} messages")
            if left == 0:
                return

    def _search(self, display: Display) -> None:
        with display.step(f"{self._title}looking through the relay"):
            folder, home = self._world.folder / RELAY, self._world.home(RELAY)
            for path in folder.rglob("*"):
                if path.is_file():
                    self._tally.files += 1
                    self._tally.bytes += path.stat().st_size
            for wanted in [self._canary, *sorted(self._threads)[:1]]:
                self._tally.at_relay |= {str(path.relative_to(folder)) for path in files_with(wanted, folder)}
                self._tally.at_relay |= set(tables_with(wanted, home))

    def _control(self, display: Display) -> None:
        """Look in the same way where the canary must be."""
        with display.step(f"{self._title}looking where it must be"):
            self._tally.at_sender &= any(self._places(self._world.home(SENDER)))
            self._tally.at_recipient &= any(self._places(self._world.home(RECIPIENT)))

    def _places(self, home: NodeHome) -> Iterator[bool]:
        yield bool(tables_with(self._canary, home))
