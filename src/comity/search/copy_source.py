"""This node's own copy as a source: it refuses rather than answer from data that are too old (I7)."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from comity.index.alarms import Alarms
from comity.index.reader import IndexReader
from comity.kernel.codes import FailureReason
from comity.kernel.errors import ErrorCode, IntegrityError, TrustError, UnavailableError
from comity.kernel.ids import BureauId
from comity.node.alarm_settings import overrides_of
from comity.node.home import NodeHome
from comity.node.settings import SourceSection
from comity.search.sources import Question, Reply

NAME_THREADS: Final = 2
"""Name comparisons beside the event loop; more only wait for the interpreter's lock."""
REOPEN_AFTER_S: Final = 1.0
"""How often a missing index is looked for again."""


class CopySource:
    """This node's own index. Keys are looked up at once, names are compared in a thread."""

    def __init__(self, section: SourceSection, home: NodeHome) -> None:
        self.section = section
        self._home = home
        self._max_age_s = home.settings.search.copy_max_age_s
        search = home.settings.search
        self._alarms = Alarms(home.index_dir, search.alarm_rate, overrides_of(search.thresholds))
        self._reader: IndexReader | None = None
        self._tried_at = float("-inf")
        self._opening = threading.Lock()
        self._threads = ThreadPoolExecutor(NAME_THREADS, thread_name_prefix="names")

    def reader(self) -> IndexReader:
        """Return the open index. Raises `UnavailableError` and `IntegrityError` as `IndexReader`."""
        # A process may open an index once, so threads that find it closed wait for the first.
        with self._opening:
            if self._reader is None:
                if time.monotonic() - self._tried_at < REOPEN_AFTER_S:
                    raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE)
                self._tried_at = time.monotonic()
                self._reader = IndexReader(self._home.index_dir, self._country_of, self._alarms)
            return self._reader

    def at_once(self, question: Question) -> Reply | None:
        """Look keys up in the event loop: a few microseconds. Names take milliseconds and a thread."""
        return None if question.plan.names else self._answer(question)

    async def ask(self, question: Question) -> Reply:
        """Answer from a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)

    def _answer(self, question: Question) -> Reply:
        """Answer unless the copy is missing, damaged or too old."""
        try:
            found = self.reader().find(question.plan, question.asker.country, question.at)
        except UnavailableError:
            return Reply(reason=FailureReason.NOT_READY)
        except IntegrityError:
            return Reply(reason=FailureReason.GARBLED)
        status = found.status
        if not status.as_of:
            return Reply(reason=FailureReason.NOT_READY, version=status.sequence)
        age = question.at - datetime.fromisoformat(status.as_of)
        age_s = max(0, int(age.total_seconds()))
        if age_s > self._max_age_s:
            return Reply(reason=FailureReason.TOO_OLD, version=status.sequence, age_s=age_s)
        return Reply(found.candidates, found.warnings, None, status.sequence, age_s, found.alarm)

    async def close(self) -> None:
        """Close the index once no thread reads it any more."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self._reader is not None:
            self._reader.close()

    def _country_of(self, bureau: BureauId) -> str:
        try:
            return self._home.directory.last().bureau_node(bureau).country
        except TrustError:
            # A bureau that has left looks at nothing any more; its records go by their lists.
            return ""
