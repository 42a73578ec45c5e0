"""Whether this process can do its work: the truth, in one word, with no details for strangers."""

import asyncio
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from comity.kernel.clock import Clock
from comity.kernel.codes import FailureReason
from comity.kernel.errors import ComityError, ErrorCode, UnavailableError
from comity.ledger.spool import SpoolWriter
from comity.node.home import NodeHome
from comity.search.copy_source import CopySource

REMEMBERED_S: Final = 0.5
"""A finding is good for half a second, so that asking often costs nothing."""


class Obstacle(StrEnum):
    """What keeps a search process from its work."""

    STARTING = "starting"
    """Tables and the first pages of the index are being loaded."""
    DIRECTORY = "directory"
    """There is no member directory in force: nobody can be trusted."""
    JOURNAL = "journal"
    """The next entry could not be stored."""
    INDEX_MISSING = "index_missing"
    """There is no index, or it was never up to date."""
    INDEX_DAMAGED = "index_damaged"
    """It is damaged or of another format."""
    INDEX_TOO_OLD = "index_too_old"
    """The copy is older than it may be (I7)."""
    NAMES = "names"
    """The process that compares names is away."""


_OF_INDEX: Final = {
    FailureReason.GARBLED: Obstacle.INDEX_DAMAGED,
    FailureReason.TOO_OLD: Obstacle.INDEX_TOO_OLD,
}


class NotReadyError(UnavailableError):
    """Tells which `Obstacle` there is."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(ErrorCode.NOT_READY)
        self.obstacle = obstacle

    def page(self) -> dict[str, Any]:
        """Return what is shown: the error, and the obstacle beside it."""
        return {**self.public(), "obstacle": self.obstacle}


class Readiness:
    """Looks whether index, names, spool and directory are there and usable."""

    def __init__(
        self, home: NodeHome, clock: Clock, spool: SpoolWriter, copies: Sequence[CopySource]
    ) -> None:
        self._home = home
        self._clock = clock
        self._spool = spool
        self._copies = copies
        self._found: Obstacle | None = None
        self._looked_at = float("-inf")
        self.started = False

    async def check(self) -> None:
        """Return when ready. Raises `NotReadyError` (node.not_ready) otherwise."""
        if not self.started:
            raise NotReadyError(Obstacle.STARTING)
        if time.monotonic() - self._looked_at > REMEMBERED_S:
            self._found = await asyncio.to_thread(self._look)
            self._looked_at = time.monotonic()
        obstacle = self._found
        if obstacle is None and not all(copy.names.ready.is_set() for copy in self._copies):
            obstacle = Obstacle.NAMES
        if obstacle is not None:
            raise NotReadyError(obstacle)

    def _look(self) -> Obstacle | None:
        at = self._clock.now()
        try:
            self._home.directory.current(at)
        except ComityError:
            return Obstacle.DIRECTORY
        try:
            self._spool.probe()
        except ComityError:
            return Obstacle.JOURNAL
        for copy in self._copies:
            reason = copy.index.unfit(at)
            if reason is not None:
                return _OF_INDEX.get(reason, Obstacle.INDEX_MISSING)
        return None
