"""This node's own copy as a source: keys are looked up at once, names compared in a process of their own."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from comity.index.questions import Plan
from comity.kernel.codes import FailureReason
from comity.kernel.errors import BusyError, ErrorCode
from comity.node.home import NodeHome
from comity.node.settings import SourceSection
from comity.search.copy_index import CopyIndex, is_slow
from comity.search.names_process import MAX_NAMES_WAITING, NamesProcess
from comity.search.sources import Question, Reply

MAX_BATCH_NAMES: Final = 100
"""Names of one batch that are compared: at some 5 ms each as many as its time allows."""
KEYS_AT_ONCE: Final = 50
"""Questions of a batch between which others get their turn: a millisecond."""


class CopySource:
    """This node's own index."""

    def __init__(self, section: SourceSection, home: NodeHome) -> None:
        self.section = section
        self.index = CopyIndex(home)
        self.names = NamesProcess(home)

    def require_room(self, question: Question, ahead: int) -> None:
        """Raise `BusyError` when too many names wait; keys always have room."""
        if is_slow(question.plan) and self.names.waiting + ahead >= MAX_NAMES_WAITING:
            raise BusyError(ErrorCode.LIMIT_RATE)

    def at_once(self, questions: Sequence[Question]) -> Sequence[Reply | None]:
        """Look keys up in the event loop: a few microseconds. Names take milliseconds."""
        return self.index.look_for_keys(questions)

    async def ask(self, question: Question, within_s: float) -> Reply:
        """Have names compared; where that fails, what the keys of the question find is told all the same."""
        try:
            async with asyncio.timeout(within_s):
                reply = await self.names.ask(question.request.query, question.asker.country, question.at)
        except TimeoutError:
            reply = Reply(reason=FailureReason.TIMEOUT)
        if reply.reason is None or not question.plan.keys:
            return reply
        return self._by_keys(question, reply.reason)

    async def ask_all(self, questions: Sequence[Question], within_s: float) -> list[Reply]:
        """Look up all keys, then compare names one after the other as far as time and number allow."""
        until = asyncio.get_running_loop().time() + within_s
        replies: list[Reply | None] = []
        for first in range(0, len(questions), KEYS_AT_ONCE):
            replies += self.at_once(questions[first : first + KEYS_AT_ONCE])
            await asyncio.sleep(0)
        return await self._names_of(questions, replies, until)

    async def _names_of(
        self, questions: Sequence[Question], replies: list[Reply | None], until: float
    ) -> list[Reply]:
        room, found = MAX_BATCH_NAMES, list[Reply]()
        for question, reply in zip(questions, replies, strict=True):
            if reply is not None:
                found.append(reply)
                continue
            left_s = until - asyncio.get_running_loop().time()
            if room and left_s > 0:
                room -= 1
                found.append(await self.ask(question, left_s))
            else:
                found.append(self._by_keys(question, FailureReason.TIMEOUT))
        return found

    async def close(self) -> None:
        """End the other process, then close the index."""
        await self.names.close()
        self.index.close()

    def _by_keys(self, question: Question, reason: FailureReason) -> Reply:
        """Return what the keys find, marked as not all: the names failed for `reason`."""
        if not question.plan.keys:
            return Reply(reason=reason)
        reply = self.index.look(Plan(keys=question.plan.keys), question.asker.country, question.at)
        return reply if reply.reason is not None else msgspec.structs.replace(reply, reason=reason)
