"""Filling a new generation of the index from the feed, beside the one that is searched.

It is followed to exactly where the one in use stands, and must arrive at the same chain: so nothing
that was confirmed is confirmed again, nothing goes unconfirmed, and both saw the same history (I7). What
an earlier attempt brought is kept: a refill that was broken off goes on where it stood.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from comity.copies.feed import PAGE_ENTRIES, ask_feed, feed_url
from comity.index import generations
from comity.index.opening import start_over
from comity.index.reader import IndexReader, IndexStatus
from comity.index.rebuilding import SWAP_WAIT_S, Rebuilt, Tell
from comity.index.writer import IndexWriter
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.node.home import NodeHome
from comity.node.peer import PeerClient

WAY: Final = generations.RESUMABLE.removeprefix(".")


def refill(home: NodeHome, peer: PeerClient, tell: Tell) -> Rebuilt:
    """Fill a generation from the first entry to where the one in use stands, then put it into use.

    Where the one in use cannot be read, an empty one takes its place at once, and the copy process fills
    that. Raises `UnavailableError` (index.rebuilding, peer.unreachable), `IntegrityError` as
    `IndexWriter.apply` does, and feed.chain when the feed's history is not the one that was applied.
    """
    directory = home.index_dir
    with generations.rebuilding(directory):
        built = generations.unfinished(directory, WAY)
        generations.discard_unfinished(directory, keep=built)
        try:
            live = IndexReader(directory)
            live.status()
        except (UnavailableError, IntegrityError):
            start_over(directory)
            return Rebuilt(generation=generations.current_number(directory) or 0, records=0, sequence=0)
        with closing(live):
            return _Refill(home, peer, live, built).run(tell)


class _Refill:
    """One refill of one generation."""

    def __init__(self, home: NodeHome, peer: PeerClient, live: IndexReader, built: Path) -> None:
        self._home = home
        self._peer = peer
        self._live = live
        self._built = built

    def run(self, tell: Tell) -> Rebuilt:
        """Follow, catch up while the writer waits, swap."""
        directory = self._home.index_dir
        with self._open() as writer:
            self._follow(writer, tell)
        with generations.writing(directory, SWAP_WAIT_S):
            with self._open() as writer:
                self._follow(writer, tell)
                reached = self._agreed(writer)
            number = generations.publish(directory, self._built)
        return Rebuilt(generation=number, records=reached.records, sequence=reached.sequence)

    def _open(self) -> IndexWriter:
        country = self._home.settings.node.country
        try:
            return IndexWriter(self._built, country, beside=True)
        except (UnavailableError, IntegrityError):
            # Left by an attempt of another version, or damaged: it holds nothing that cannot be had again.
            generations.remove(self._built)
            return IndexWriter(self._built, country, beside=True)

    def _follow(self, writer: IndexWriter, tell: Tell) -> None:
        url = feed_url(self._home)
        while True:
            wanted, reached = self._live.status().sequence, writer.status().sequence
            tell("entries", reached, wanted)
            if reached >= wanted:
                return
            page = ask_feed(self._peer, url, reached, limit=min(PAGE_ENTRIES, wanted - reached))
            writer.apply(page.entries, "")

    def _agreed(self, writer: IndexWriter) -> IndexStatus:
        """Return where both stand. Raises `IntegrityError` (feed.chain) when their histories differ."""
        live, reached = self._live.status(), writer.status()
        if (reached.sequence, reached.chain) != (live.sequence, live.chain):
            raise IntegrityError(ErrorCode.FEED_CHAIN, field="chain")
        writer.touch(live.as_of)
        return writer.status()
