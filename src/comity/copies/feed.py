"""Following the feed: ask for what comes after, apply it whole, note how fresh the copy is."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from comity.copies.receipts import ReceiptBox
from comity.copies.status import StatusFile
from comity.index.layout import FORMAT
from comity.index.opening import format_in_use, start_over
from comity.index.reader import IndexStatus
from comity.index.writer import IndexWriter
from comity.kernel.clock import Clock, to_wire
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.kernel.ids import RecordId
from comity.node.directory import instant
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.protocol.feed import FeedPage

PAGE_ENTRIES: Final = 1_000
WAIT_MS: Final = 2_000
"""How long the secretariat may hold the question until something is new; also what a stop waits for."""
ANSWER_TIMEOUT_S: Final = 60.0
"""A full page of large records over a thin line."""
TOUCH_EVERY: Final = timedelta(seconds=5)
"""How exact the age of an idle copy is; each note is a durable write, and small machines have small disks."""
CONFIRM_EVERY: Final = timedelta(seconds=60)
"""A copy speaks up at least this often, so that the secretariat sees who follows."""

_LOG = structlog.get_logger("comity.copies")


class FeedFollower:
    """Keeps the index up to date. Used by one thread; the only writer of the index."""

    def __init__(
        self, home: NodeHome, peer: PeerClient, box: ReceiptBox, status: StatusFile, clock: Clock
    ) -> None:
        self._url = feed_url(home)
        self._country = home.settings.node.country
        self._index = _open_index(home.index_dir, self._country)
        self._peer = peer
        self._box = box
        self._status = status
        self._clock = clock
        self._confirmed_at: datetime | None = None
        now = clock.now()
        found = self._index.status()
        box.recover(found.sequence, lambda record_id: self._is_gone(record_id, now), now)
        self._tell(found)

    def step(self) -> float:
        """Ask once and apply what came. Raises what `PeerClient.get` and `IndexWriter.apply` raise."""
        before = self._index.status()
        page = ask_feed(self._peer, self._url, before.sequence, wait_ms=WAIT_MS)
        now = self._clock.now()
        as_of = _believable(page.as_of, now)
        if page.entries:
            self._apply(page, as_of, now)
        else:
            self._touch(before, as_of)
        after = self._index.status()
        self._confirm_now_and_then(after, now)
        self._tell(after)
        return 0.0

    def close(self) -> None:
        """Give the index back."""
        self._index.close()

    def _apply(self, page: FeedPage, as_of: str, now: datetime) -> None:
        complete = page.entries[-1].sequence == page.head_sequence
        self._box.note(page.entries)
        applied = self._index.apply(page.entries, as_of if complete else "")
        if applied.withdrawn:
            self._box.confirm(applied.sequence, applied.chain, applied.withdrawn, now)
            self._confirmed_at = now
        else:
            self._box.forget_note()
        _LOG.info(
            "feed:page:applied",
            sequence=applied.sequence,
            entries=len(page.entries),
            withdrawn=len(applied.withdrawn),
        )

    def _touch(self, before: IndexStatus, as_of: str) -> None:
        if not before.as_of or instant(as_of) - instant(before.as_of) >= TOUCH_EVERY:
            self._index.touch(as_of)

    def _confirm_now_and_then(self, status: IndexStatus, now: datetime) -> None:
        due = self._confirmed_at is None or now - self._confirmed_at >= CONFIRM_EVERY
        # What waits already says as much; a copy without a line does not fill its disk with receipts.
        if due and status.as_of and not self._box.unsent():
            self._box.confirm(status.sequence, status.chain, [], now)
            self._confirmed_at = now

    def _is_gone(self, record_id: RecordId, now: datetime) -> bool:
        return self._index.reader().record(record_id, self._country, now) is None

    def _tell(self, found: IndexStatus) -> None:
        self._status.copy_stands_at(found.sequence, found.as_of)


def _believable(as_of: str, now: datetime) -> str:
    """Return `as_of`, or this machine's time where that is earlier.

    Otherwise a secretariat whose clock is ahead would make the copy look fresh long after the line is cut.
    """
    try:
        return to_wire(min(instant(as_of), now))
    except ValueError as error:
        raise UnavailableError(ErrorCode.PEER_ANSWER, field="as_of") from error


def feed_url(home: NodeHome) -> str:
    """Return where the secretariat serves the feed."""
    return home.settings.secretariat_url + "/node/v1/feed"


def ask_feed(
    peer: PeerClient, url: str, after: int, *, limit: int = PAGE_ENTRIES, wait_ms: int = 0
) -> FeedPage:
    """Return the page behind position `after`.

    Raises what `PeerClient.get` raises, and `IntegrityError` when the feed is shorter than what was
    applied (feed.chain) or keeps something back (feed.gap).
    """
    params = {"after": after, "limit": limit, "wait_ms": wait_ms}
    page = peer.get(url, FeedPage, params=params, timeout_s=ANSWER_TIMEOUT_S)
    if page.head_sequence < after:
        raise IntegrityError(ErrorCode.FEED_CHAIN, field="head_sequence")
    if not page.entries and page.head_sequence > after:
        raise IntegrityError(ErrorCode.FEED_GAP, field="entries")
    return page


def _open_index(directory: Path, country: str) -> IndexWriter:
    """Open the index; one of another format is begun anew, to be filled from the first entry."""
    found = format_in_use(directory)
    if found not in {None, FORMAT}:
        start_over(directory)
        _LOG.info("index:generation:started_over", format=FORMAT, before=found)
    return IndexWriter(directory, country)
