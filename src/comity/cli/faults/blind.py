"""`comity test blind`: what the relay keeps of messages that it carries, looked through byte by byte.

Every message holds the same canary, and one in ten carries a file with another one in its name and its
content. While nobody fetches, and again when all is delivered, everything of the relay is searched for
both: files, rows, write-ahead logs, journal, logs. The same search must find them at sender and
recipient, or it would prove nothing.
"""

import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from comity.cli.bench.display import Display
from comity.cli.demo.canary import files_with, tables_with
from comity.cli.faults.bulk import BulkDesk, Waiting
from comity.cli.faults.desks import DELIVERED, RELAYED, states
from comity.cli.faults.replays import Carrier, Envelope
from comity.cli.faults.schedules import BUREAUS, RELAY
from comity.cli.faults.stored import stored_fields
from comity.cli.faults.world import FaultWorld

PREFIX: Final = "comity-blind-"
SENDER: Final = BUREAUS[0]
RECIPIENT: Final = BUREAUS[1]
AT_ONCE: Final = 50
"""Messages sent in one step."""
FILE_EVERY: Final = 10
"""A file takes ten requests on its way, a message a tenth of one."""
DELIVERED_WITHIN_S: Final = 120.0
"""Without any message arriving; a long queue takes longer as a whole."""


class BlindReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; blind when the canary is nowhere at the relay and where it must be."""

    databases: list[str]
    messages: int
    delivered: int
    attachments: int
    """Files that went with one message in ten."""
    attachments_delivered: int
    searched_files: int
    searched_bytes: int
    found_at_relay: list[str]
    """Files and tables of the relay that hold a canary or a thread's id, in any encoding."""
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
        whole = (self.delivered, self.attachments_delivered) == (self.messages, self.attachments)
        return whole and not self.found_at_relay and self.found_at_sender and self.found_at_recipient


class _Tally:
    """Collects what all databases showed."""

    def __init__(self) -> None:
        self.delivered = self.files = self.bytes = self.attached = self.attachments = 0
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
        attachments=tally.attached,
        attachments_delivered=tally.attachments,
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
        self._file_canary = f"canary-{secrets.token_hex(8)}"
        self._threads: list[str] = []
        self._files: dict[str, str] = {}
        """Own id of a file by the message that it went with."""
        self._waiting = Waiting(DELIVERED_WITHIN_S)
        self._desks = {
            node: BulkDesk(world.office_url(node), world.home(node), world.grants[node]) for node in BUREAUS
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
        for start in range(numbers.start, numbers.stop, AT_ONCE):
            batch = range(start, min(start + AT_ONCE, numbers.stop))
            drafts = [self._draft(number) for number in batch]
            for draft, header in zip(drafts, self._desks[SENDER].send_all(drafts), strict=True):
                self._threads.append(header["thread_id"])
                for file in draft.get("attachments", ()):
                    self._files[header["message_id"]] = file
            advance(batch.stop)

    def _draft(self, number: int) -> dict[str, Any]:
        draft: dict[str, Any] = {
            "recipient": RECIPIENT,
            "subject": f"{self._canary} {number}",
            # Every offset in base64 comes up, and lines long enough to be broken somewhere.
            "text": f"{'x' * (number % 7)}{self._canary} " * 20,
            "label": "confidential",
        }
        if number % FILE_EVERY == 0:
            content = f"{'x' * (number % 3)}{self._file_canary} {number}\n" * 20
            file = self._desks[SENDER].attach(f"{self._file_canary} {number}.txt", content.encode())
            draft["attachments"] = [file]
        return draft

    def _wait_relayed(self) -> None:
        self._wait(lambda header: states(header) <= RELAYED)
        sent = list(self._files.values())
        self._waiting.through(lambda: self._left_of(sent, self._is_sent), "files to the relay")

    def _wait_delivered(self) -> None:
        self._wait(lambda header: states(header) <= DELIVERED)
        self._tally.delivered += self._count
        there = list(self._files)
        self._waiting.through(lambda: self._left_of(there, self._is_there), "files to the recipient")
        self._tally.attached += len(self._files)
        self._tally.attachments += len(self._files) - len(there)

    def _wait(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Return when it holds for all own messages, which mostly move in their order."""
        after = 0

        def left() -> int:
            nonlocal after
            missing = 0
            for header in self._desks[SENDER].headers(after):
                if not holds(header):
                    missing += 1
                elif not missing:
                    after = header["id"]
            return missing

        self._waiting.through(left, "messages")

    def _left_of(self, ids: list[str], holds: Callable[[str], bool]) -> int:
        """Take from the front of `ids` what holds; return how many are left."""
        while ids and holds(ids[0]):
            ids.pop(0)
        return len(ids)

    def _is_sent(self, attachment_id: str) -> bool:
        return self._desks[SENDER].state_of(attachment_id) == "sent"

    def _is_there(self, message_id: str) -> bool:
        return [one["state"] for one in self._desks[RECIPIENT].files_of(message_id)] == ["ready"]

    def _search(self, display: Display) -> None:
        with display.step(f"{self._title}looking through the relay"):
            folder, home = self._world.folder / RELAY, self._world.home(RELAY)
            for path in folder.rglob("*"):
                if path.is_file():
                    self._tally.files += 1
                    self._tally.bytes += path.stat().st_size
            for wanted in [self._canary, self._file_canary, *self._threads[:1]]:
                self._tally.at_relay |= {str(path.relative_to(folder)) for path in files_with(wanted, folder)}
                self._tally.at_relay |= set(tables_with(wanted, home))

    def _control(self, display: Display) -> None:
        """Look in the same way where the canaries must be, and into a file that arrived."""
        with display.step(f"{self._title}looking where it must be"):
            message = next(reversed(self._files))
            (file,) = self._desks[RECIPIENT].files_of(message)
            content = self._desks[RECIPIENT].content_of(file["attachment_id"])
            self._tally.at_sender &= self._is_at(SENDER)
            self._tally.at_recipient &= self._is_at(RECIPIENT) and self._file_canary.encode() in content

    def _is_at(self, node: str) -> bool:
        home = self._world.home(node)
        return all(tables_with(wanted, home) for wanted in (self._canary, self._file_canary))
