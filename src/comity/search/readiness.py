"""Whether this process can do its work: the truth, in one word, with no details for strangers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from comity.kernel.clock import Clock
from comity.kernel.errors import ComityError, ErrorCode, UnavailableError
from comity.ledger.spool import SpoolWriter
from comity.node.home import NodeHome
from comity.search.copy_source import CopySource
from comity.search.sources import Source

REMEMBERED_S: Final = 0.5
"""A finding is good for half a second, so that asking often costs nothing."""


class Readiness:
    """Looks whether index, spool and directory are there and usable."""

    def __init__(self, home: NodeHome, clock: Clock, spool: SpoolWriter, sources: Sequence[Source]) -> None:
        self._home = home
        self._clock = clock
        self._spool = spool
        self._copies = [source for source in sources if isinstance(source, CopySource)]
        self._error: ComityError | None = UnavailableError(ErrorCode.NOT_READY)
        self._looked_at = float("-inf")
        self.started = False

    async def check(self) -> None:
        """Return when ready. Raises `UnavailableError` (node.not_ready) otherwise."""
        if time.monotonic() - self._looked_at > REMEMBERED_S:
            self._error = await asyncio.to_thread(self._look)
            self._looked_at = time.monotonic()
        if self._error is not None or not self.started:
            raise UnavailableError(ErrorCode.NOT_READY) from self._error

    def _look(self) -> ComityError | None:
        try:
            self._home.directory.current(self._clock.now())
            self._spool.probe()
            for copy in self._copies:
                copy.reader().status()
        except ComityError as error:
            return error
        return None
